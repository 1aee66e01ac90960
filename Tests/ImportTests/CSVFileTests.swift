import Gzip
import Import
import Primitives
import Testing

/// CSV becomes lines.
@Suite struct CSVFileTests {
  private func lines(_ text: String, _ set: (inout ImportOptions) -> Void = { _ in }) throws -> [String] {
    try ImportedFile("weather.csv", text).read(set).lines
  }

  @Test func columnsBecomeFields() throws {
    let text = """
      time,device,t,n,ok,note
      2026-11-20T00:00:00Z,a,20.5,3,true,fair
      2026-11-20T07:00:01.5+07:00,b,-1,,false,"rain, ""heavy""\"

      """
    let outcome = try ImportedFile("weather.csv", text).read()
    #expect(
      outcome.lines == [
        "weather,device=a t=20.5,n=3i,ok=true,note=\"fair\" 1795132800000000000",
        "weather,device=b t=-1,ok=false,note=\"rain, \\\"heavy\\\"\" 1795132801500000000",
      ])
    #expect(outcome.plan.said == "t number, n integer, ok boolean, note text")
    #expect(outcome.plan.measurement == "weather" && outcome.plan.device == "device" && outcome.rows == 2)
    #expect(outcome.faults.isEmpty)
  }

  @Test func tagsDeviceAndMeasurementAreNamed() throws {
    let text = "at;port;v\n1764000000;e 0;1,5\n1764000000.25;;2\n"
    let found = try lines(text) {
      $0.timeColumn = "at"
      $0.precision = "s"
      $0.device = "cam=1"
      $0.measurement = "bts power"
      $0.tags = ["port"]
      $0.decimalMark = UInt8(ascii: ",")
    }
    #expect(
      found == [
        "bts\\ power,device=cam\\=1,port=e\\ 0 v=1.5 1764000000000000000",
        "bts\\ power,device=cam\\=1 v=2 1764000000250000000",
      ])
  }

  @Test func spreadsheetsAreRead() throws {
    let mark = "\u{FEFF}sep=;\r\ntime;device;v\r\n"
    #expect(try lines(mark + "1;a;2\r\n3;b;4\r\n\r\n;;\r\n") == ["weather,device=a v=2i 1", "weather,device=b v=4i 3"])
    #expect(try lines("time\tdevice\tv\r1\ta\tx,y\r") == ["weather,device=a v=\"x,y\" 1"])
    #expect(try lines("time|device|v\n1|a|2", { $0.separator = UInt8(ascii: "|") }) == ["weather,device=a v=2i 1"])
  }

  @Test func packedFilesAreRead() throws {
    var packed: [UInt8] = []
    GzipStream(level: 6).compress(Array("time,device,v\n1,a,2\n".utf8), isLast: true, appendingTo: &packed)
    #expect(try ImportedFile("air.csv.gz", packed).read().lines == ["air,device=a v=2i 1"])
    let cut = try ImportedFile("air.csv.gz", Array(packed.dropLast(9)))
    #expect(cut.failure() == "cannot import FILE: its gzip is damaged, or ends before it is whole")
  }

  @Test func aColumnHasOneType() throws {
    func kind(_ cells: String...) throws -> String {
      let rows = cells.enumerated().map { "\($0 + 1),a,\($1)\n" }.joined()
      return try ImportedFile("m.csv", "time,device,v\n" + rows).read().plan.said
    }
    #expect(try kind("1", "-2", "0") == "v integer")
    #expect(try kind("1", "2.5", "", "3") == "v number")
    #expect(try kind("1", "2e3") == "v number")
    #expect(try kind("1", "NaN") == "v number")
    #expect(try kind("true", "FALSE", "False") == "v boolean")
    #expect(try kind("true", "1") == "v text")
    #expect(try kind("1", "n/a") == "v text")
    #expect(try kind("", "") == "")
    // Codes, telephone numbers, and what no number of 64 bits holds.
    for text in [
      "007", "+84905", "0x1F", "1.2.3", "1,5", "12:30", "9223372036854775808", "1e400", "tRUE", "-", ".", "1e",
    ] {
      #expect(try kind("\"\(text)\"") == "v text", "\(text)")
    }
    for number in ["0.5", ".5", "5.", "-0", "-0.0", "1E-7"] { #expect(try kind(number) != "v text", "\(number)") }
    #expect(try kind("9223372036854775807", "-9223372036854775808") == "v integer")
  }

  @Test func aTypeHoldsForTheWholeColumn() throws {
    #expect(
      try lines("time,device,v,w\n1,a,1,1\n2,a,2.5,x\n3,a,1234567890123456789,-\n") == [
        "weather,device=a v=1,w=\"1\" 1", "weather,device=a v=2.5,w=\"x\" 2",
        // A double has fewer digits: the number keeps all of them.
        "weather,device=a v=1234567890123456789i,w=\"-\" 3",
      ])
    #expect(
      try lines("time,device,v\n1,a,1\n") { $0.texts = ["v"] } == ["weather,device=a v=\"1\" 1"])
  }

  @Test func whatMeansNoValueIsLeftOut() throws {
    let text = "time,device,v,w\n1,a,N/A,1\n2,a,-999,2\n3,a,4,3\n"
    #expect(
      try lines(text) { $0.nulls = ["N/A", "-999"] } == [
        "weather,device=a w=1i 1", "weather,device=a w=2i 2", "weather,device=a v=4i,w=3i 3",
      ])
  }

  @Test func unicodeAndEscapesComeThrough() throws {
    let text = "time,device,độ ẩm,ghi chú\n1,trạm=1,5,\"C:\\dir \"\"x\"\"\nhai\"\n"
    let found = try ImportedFile("thời tiết.csv", text).read()
    #expect(
      found.lines == [
        "thời\\ tiết,device=trạm\\=1 độ\\ ẩm=5i,ghi\\ chú=\"C:\\\\dir \\\"x\\\"", "hai\" 1",
      ])
  }

  @Test func ourOwnApostropheGoes() throws {
    let text = "time,device,v\n1,'-a,'=1+1\n2,b,'quoted'\n3,c,'\n"
    #expect(
      try lines(text) == [
        "weather,device=-a v=\"=1+1\" 1", "weather,device=b v=\"'quoted'\" 2", "weather,device=c v=\"'\" 3",
      ])
  }

  @Test func pagesBehindEachOtherAreOneFile() throws {
    let text = "time,device,v\n1,a,1\ntime,device,v\n2,a,2\ntime,device,w,v\n3,a,x,3.5\n"
    let outcome = try ImportedFile("weather.csv", text).read()
    #expect(
      outcome.lines == ["weather,device=a v=1 1", "weather,device=a v=2 2", "weather,device=a w=\"x\",v=3.5 3"])
    #expect(outcome.plan.said == "v number, w text")
  }

  @Test func aLargeFileComesInPieces() throws {
    let long = String(repeating: "x", count: 5_000)
    var text = "time,device,v,note\n"
    for row in 0..<400 { text += "\(row),d\(row % 7),\(row)\(row == 399 ? ".5" : ""),\"\(long)\nend \(row)\"\n" }
    let outcome = try ImportedFile("weather.csv", text).read()
    #expect(outcome.rows == 400 && outcome.pieces == 3 && outcome.refused == 0 && outcome.longest <= 1 << 20)
    #expect(outcome.lines.count == 800)
    #expect(outcome.lines[798] == "weather,device=d0 v=399.5,note=\"\(long)" && outcome.lines[799] == "end 399\" 399")
    #expect(outcome.lines[0] == "weather,device=d0 v=0,note=\"\(long)")
  }
}
