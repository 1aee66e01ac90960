import Primitives
import Testing

@Suite struct DelimitedTextTests {
  private func rows(_ text: String) throws -> [[String]] {
    var reader = DelimitedText(Array(text.utf8))
    var rows: [[String]] = []
    while try reader.nextRow() { rows.append((0..<reader.count).map { reader.text($0) ?? "not UTF-8" }) }
    return rows
  }

  @Test func plainRows() throws {
    #expect(try rows("a,b\n1,2\n") == [["a", "b"], ["1", "2"]])
    #expect(try rows("a,b\n1,") == [["a", "b"], ["1", ""]])
    #expect(try rows(",\n") == [["", ""]])
    #expect(try rows("") == [])
    #expect(try rows("\u{FEFF}") == [])
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func lineEnds(end: String) throws {
    let text = ["\u{FEFF}a;b", "", "\"x\(end)y\";2", "3;4", ""].joined(separator: end)
    #expect(try rows(text) == [["a", "b"], ["x\(end)y", "2"], ["3", "4"]])
    var reader = DelimitedText(Array(text.utf8))
    var lines: [Int] = []
    while try reader.nextRow() { lines.append(reader.line) }
    #expect(lines == [1, 3, 5])
  }

  @Test func quotedValues() throws {
    #expect(try rows(#"a,"b ""c"", d",e"#) == [["a", #"b "c", d"#, "e"]])
    #expect(try rows(#""""","""""""#) == [[#"""#, #""""#]].map { [$0[0], $0[1]] })
    #expect(try rows("\"\",\"\"\n") == [["", ""]])
    #expect(try rows(#"5" pipe,b"#) == [[#"5" pipe"#, "b"]])
  }

  @Test func delimiterIsFound() throws {
    #expect(try rows("a;b;c\n1,5;2;3\n")[1] == ["1,5", "2", "3"])
    #expect(try rows("a\tb,c\td\n")[0] == ["a", "b,c", "d"])
    #expect(try rows("\"a,b,c\";d\n")[0] == ["a,b,c", "d"])
    #expect(try rows("one\ntwo,2\n")[1] == ["two", "2"])
    #expect(try rows("sep=;\r\na,b;c\r\n") == [["a,b", "c"]])
    var given = DelimitedText(Array("a,b;c".utf8), delimiter: UInt8(ascii: ";"))
    #expect(try given.nextRow() && given.count == 2)
  }

  @Test func blankRowsAndShortOnes() throws {
    var reader = DelimitedText(Array("a;b\n;;\n1\n".utf8))
    _ = try reader.nextRow()
    _ = try reader.nextRow()
    #expect(reader.isBlank && reader.count == 3)
    _ = try reader.nextRow()
    #expect(!reader.isBlank && reader.text(1) == "")
  }

  @Test func faultsHaveTheirLine() {
    #expect(throws: DelimitedTextError(line: 2, cause: "a quoted value is not closed")) {
      _ = try rows("a,b\n1,\"2\n3,4\n")
    }
    #expect(throws: DelimitedTextError(line: 3, cause: "text stands behind a closing quote")) {
      _ = try rows("a,b\n\"1\n1\"x,2\n")
    }
  }

  @Test func readingGoesOnAfterAFault() throws {
    var reader = DelimitedText(Array("\"a\"b,c\nd,e\n".utf8))
    #expect(throws: DelimitedTextError.self) { _ = try reader.nextRow() }
    #expect(try reader.nextRow())
    #expect(reader.text(0) == "d" && reader.line == 2)
  }

  @Test func whatIsNotUTF8() throws {
    var reader = DelimitedText([0x61, 0x2C, 0xE9, 0x0A])
    #expect(try reader.nextRow())
    #expect(reader.text(0) == "a")
    #expect(reader.text(1) == nil)
  }
}
