import Testing

@testable import Import

/// Rows and cells of CSV, and which column is what.
@Suite struct CSVRowsTests {
  @Test func aRowKnowsItsLine() throws {
    let file = try ImportedFile("a.csv", "\u{FEFF}a;b\r\n\r\n\"1\n2\";\"3\"\"4\"\r\n\"5\"6;7\n8;9")
    var rows = try CSVRows(file.path, separator: nil)
    var found: [String] = []
    loop: while true {
      switch try rows.next() {
      case .row:
        let cells = (0..<rows.count).map { String(decoding: rows.cell($0), as: UTF8.self) }
        found.append("\(rows.line) " + cells.joined(separator: "|"))
      case .fault(let cause): found.append("\(rows.line) \(cause)")
      case .end: break loop
      }
    }
    #expect(found == ["1 a|b", "3 1\n2|3\"4", "5 text stands behind a closing quote", "6 8|9"])
    #expect(rows.separator == UInt8(ascii: ";") && rows.offset == rows.byteCount)
  }

  @Test func aHeaderTellsWhichColumnIsWhat() throws {
    let file = try ImportedFile("a.csv", "v,time,port,code,device,rest\n")
    var rows = try CSVRows(file.path, separator: nil)
    _ = try rows.next()
    var options = ImportOptions()
    options.tags = ["port"]
    options.texts = ["code"]
    options.skipped = ["rest"]
    options.nulls = ["-"]
    let header = try CSVHeader(rows, "a.csv", options)
    #expect(header.time == 1 && header.device == 4 && header.tags.map(\.column) == [2] && header.skipped == ["rest"])
    #expect(header.fields.map(\.name) == ["v", "code"] && header.fields.map(\.isText) == [false, true])
    #expect(header.isHeader(rows) && header.isSame(rows) && header.isNull(Array("-".utf8)[...]))
    options.timeColumn = "when"
    #expect(throws: ImportError.self) { try CSVHeader(rows, "a.csv", options) }
  }

  @Test func aFileTellsByWhatItIsRead() throws {
    func source(_ text: String, _ name: String = "a.csv") throws -> any ImportSource {
      let file = try ImportedFile(name, text)
      return try ImportFile.open(file.path, ImportOptions())
    }
    #expect(try source("time,device,v\n1,a,2\n") is CSVFile)
    #expect(try source("#group,false\n#datatype,string\n") is FluxFile)
    #expect(try source("x", "a") is LineFile)
  }

  @Test func aFormIsACells() {
    func form(_ text: String, mark: Character = ".") -> CellForm {
      CellForm(Array(text.utf8)[...], mark: mark.asciiValue ?? 0)
    }
    #expect(form("12") == .integer && form("1,5", mark: ",") == .number && form("1.5", mark: ",") == .text)
    #expect(form("-inf") == .notANumber && form("False") == .boolean && form("") == .text)
    var column = LearnedColumn()
    #expect(column.kind == nil)
    column.learn(.integer)
    #expect(column.kind == .integer)
    column.learn(.notANumber)
    #expect(column.kind == .number)
    column.learn(.boolean)
    #expect(column.kind == .text)
  }
}
