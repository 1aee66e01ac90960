import Import
import Mutation
import Primitives
import Testing

/// What is wrong with CSV costs its own row or value, and is named.
@Suite struct CSVFaultTests {
  @Test func badRowsAreNamed() throws {
    let text = """
      time,device,v
      1,a,1
      2,a
      3,a,3,4
      yesterday,a,5
      6,,6
      ,a,7
      8,a,
      9,a,"9"x
      2026-11-20T00:00:00,a,10
      99999999999999999999,a,11
      2026-11-20,a,12
      13,"b\\",13
      14,"b
      c",14
      16,a,16

      """
    let outcome = try ImportedFile("weather.csv", text).read()
    #expect(outcome.lines == ["weather,device=a v=1i 1", "weather,device=a v=16i 16"])
    let said = outcome.faults.map { $0.sentence(path: "weather.csv") }
    #expect(
      said == [
        "cannot import weather.csv row 3: it has 2 values, and the header names 3",
        "cannot import weather.csv row 4: it has 4 values, and the header names 3",
        "cannot import weather.csv row 5: its time 'yesterday' is no time",
        "cannot import weather.csv row 6: it has no device",
        "cannot import weather.csv row 7: it has no time",
        "cannot import weather.csv row 8: it has no value",
        "cannot import weather.csv row 9: text stands behind a closing quote",
        "cannot import weather.csv row 10: its time '2026-11-20T00:00:00' names no zone: say which by --zone, such as "
          + "Asia/Ho_Chi_Minh or UTC",
        "cannot import weather.csv row 11: its time '99999999999999999999' is not between the years 1678 and 2261",
        "cannot import weather.csv row 12: its time '2026-11-20' is a day and no time",
        "cannot import weather.csv row 13: the device 'b\\' is nothing that a line can say: it holds a line end, or "
          + "ends in a backslash",
        "cannot import weather.csv row 14: the device 'b⏎c' is nothing that a line can say: it holds a line end, or "
          + "ends in a backslash",
      ])
    #expect(outcome.refused == 12 && outcome.flawed == 0 && outcome.rows == 2)
  }

  @Test func aBadValueCostsItselfAlone() throws {
    var text = Array("time,device,v,w\n1,a,1.5,x\n2,a,NaN,y\n3,a,-Infinity,\n4,a,2,".utf8)
    text += [0xFF, 0xFE, 0x0A]
    let outcome = try ImportedFile("weather.csv", text).read()
    #expect(
      outcome.lines == ["weather,device=a v=1.5,w=\"x\" 1", "weather,device=a w=\"y\" 2", "weather,device=a v=2 4"])
    #expect(outcome.flawed == 2 && outcome.refused == 1)
    #expect(
      outcome.faults.map(\.cause) == [
        "column v: 'NaN' is no number", "column v: '-Infinity' is no number", "none of its values can be sent",
        "column w: '\u{FFFD}\u{FFFD}' is no UTF-8",
      ])
    #expect(outcome.faults.map(\.row) == [3, 4, 4, 5])
  }

  @Test func aQuoteThatIsNeverClosedCostsItsOwnRow() throws {
    let outcome = try ImportedFile("weather.csv", "time,device,v\n1,a,1\n2,\"a,2\n3,a,3\n4,a,4\n").read()
    #expect(outcome.lines == ["weather,device=a v=1i 1", "weather,device=a v=3i 3", "weather,device=a v=4i 4"])
    #expect(outcome.faults == [RowFault(row: 3, cause: "a quoted value is not closed")])
    // However much comes behind it.
    let cell = String(repeating: "x", count: 50_000)
    let many = (3..<53).map { "\($0),a,\(cell)\n" }.joined()
    let long = try ImportedFile("weather.csv", "time,device,v\n2,\"a,2\n" + many).read()
    #expect(long.rows == 50 && long.refused == 1 && long.faults.first?.row == 2)
  }

  @Test func aRowThatIsTooLongIsPassedOver() throws {
    let cell = String(repeating: "x", count: 3 << 20)
    let outcome = try ImportedFile("weather.csv", "time,device,v\n1,a,\(cell)\n2,a,2\n").read()
    #expect(outcome.lines == ["weather,device=a v=2i 2"])
    #expect(outcome.faults == [RowFault(row: 2, cause: "it is longer than any row may be")])
    let line = String(repeating: "y", count: 70_000)
    let refused = try ImportedFile("weather.csv", "time,device,v\n1,a,\(line)\n").read()
    #expect(refused.faults.first?.cause == "its line has 70024 bytes, and a server takes \(Limits.linePieceBytes)")
  }

  @Test func aFileThatCannotBeReadSaysWhy() throws {
    func failure(_ text: String, _ set: (inout ImportOptions) -> Void = { _ in }) throws -> String? {
      try ImportedFile("weather.csv", text).failure(set)
    }
    #expect(try failure("") == "cannot import FILE: it is empty")
    #expect(
      try failure("a,b\n1,2\n")
        == "cannot import FILE: it has no column 'time' among 'a', 'b'; name the one with the time by --time")
    #expect(
      try failure("time,b\n1,2\n")
        == "cannot import FILE: it has no column 'device' among 'time', 'b'; say whose rows it has by --device ID")
    #expect(try failure("time,device,v,v\n") == "cannot import FILE: two of its columns are called 'v'")
    #expect(try failure("time,device\n") == "cannot import FILE: it has no column with values")
    #expect(
      try failure("time,device,v\n") { $0.tags = ["port"] } == "cannot import FILE: it has no column 'port'")
    #expect(
      try failure(",time,device,v\n0,1,a,2\n")
        == "cannot import FILE: its column 1 has no name; leave it out by --skip ''")
    #expect(try failure(",time,device,v\n0,1,a,2\n") { $0.skipped = [""] } == nil)
    #expect(
      try failure("time,device,v\n1,a,2\n") { $0.measurement = "#m" }
        == "cannot import FILE: no line can have the measurement '#m'; give another one by --measurement")
    #expect(
      try ImportedFile("weather.csv", [0xFF, 0xFE, 0x74, 0]).failure()
        == "cannot import FILE: it is UTF-16; save it as UTF-8")
  }

  @Test(arguments: 0..<20)
  func damageIsSurvived(seed: UInt64) throws {
    var mutation = Mutation(seed: seed)
    let whole = Array("time,device,v,w\n1,a,1,\"x\ny\"\r\n2,\"b\"\"c\",2.5,\n2026-11-20T00:00:00Z,a,true,'=\n".utf8)
    for _ in 0..<20 {
      let file = try ImportedFile("weather.csv", mutation.damage(whole))
      guard let outcome = try? file.read() else { continue }
      #expect(outcome.rows + outcome.refused <= 60)
    }
  }
}
