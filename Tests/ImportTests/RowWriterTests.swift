import Gzip
import Parquet
import Testing

@testable import Import

/// Rows become pieces of lines; files come unpacked.
@Suite struct RowWriterTests {
  @Test func aRowThatIsRefusedLeavesNothingBehind() throws {
    var writer = RowWriter()
    #expect(writer.take() == nil)
    writer.begin(row: 2, Array("m".utf8))
    writer.tag(Array("t".utf8), "a b".utf8, shown: "the tag t")
    writer.integer(Array("n".utf8), "5".utf8)
    writer.end(time: 1)
    writer.begin(row: 3, Array("m".utf8))
    writer.field(Array("x".utf8)) { $0 += "1".utf8 }
    writer.refuse("first")
    writer.refuse("second")
    writer.end(time: 1)
    writer.begin(row: 4, Array("m".utf8))
    writer.leaveOut("its value")
    writer.field(Array("x".utf8)) { $0 += "1".utf8 }
    writer.end(time: nil)
    writer.refuse(row: 5, "whole")
    let taken: ImportPiece? = writer.take()
    let piece = try #require(taken)
    #expect(String(decoding: piece.lines, as: UTF8.self) == "m,t=a\\ b n=5i 1\n")
    #expect(piece.rows == 1 && piece.places == 2...2 && piece.refused == 3 && piece.flawed == 0)
    #expect(piece.faults.map(\.cause) == ["first", "its value", "it has no time", "whole"])
    #expect(writer.take() == nil && RowWriter.excerpt("a\nb".utf8) == "'a⏎b'")
  }

  @Test func whatIsWrongWithARowIsNamedUpToABound() throws {
    var writer = RowWriter()
    for row in 0..<250 { writer.refuse(row: row, "bad") }
    let taken = writer.take()
    let piece = try #require(taken)
    #expect(piece.refused == 250 && piece.faults.count == 100 && piece.unnamedFaults == 150)
  }

  private func packed(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    GzipStream(level: 1).compress(Array(text.utf8), isLast: true, appendingTo: &bytes)
    return bytes
  }

  private func unpacked(_ bytes: [UInt8]) throws -> String {
    let kept = try ImportedFile("a", bytes)
    var file = try UnpackedFile(kept.path)
    var found: [UInt8] = []
    while !file.isAtEnd { found += try file.next() }
    #expect(file.offset == file.byteCount)
    return String(decoding: found, as: UTF8.self)
  }

  @Test func membersOfGzipFollowEachOther() throws {
    #expect(try unpacked([]) == "")
    #expect(try unpacked(Array("plain".utf8)) == "plain")
    #expect(try unpacked(packed("one") + packed("") + packed("two")) == "onetwo")
    let long = String(repeating: "0123456789", count: 100_000)
    #expect(try unpacked(packed(long) + packed("end")) == long + "end")
    #expect(throws: ImportError.self) { try unpacked(packed("one") + [1, 2, 3]) }
    #expect(throws: ImportError.self) { try unpacked(packed(long).dropLast(5)) }
  }

  @Test func aPlanNamesWhatIsRead() throws {
    let file = try ForeignFile(MemoryBytes(ForeignRows.duck))
    var options = ImportOptions()
    options.tags = ["note"]
    options.skipped = ["x", "ok", "u"]
    options.texts = ["i"]
    let plan = try ParquetPlan(file, "a/m.parquet", options)
    #expect(plan.measurement == "m" && plan.skipped == ["u", "x", "ok"] && plan.tags.map(\.name) == ["note"])
    #expect(plan.fields.map(\.name) == ["i", "f", "d", "day"] && plan.columns.count == 7)
    let column = plan.columns[plan.fields[2].sources[0]]
    let cells = ParquetCells(column, try file.read(column, rowGroup: 0, rows: 1..<3))
    var text: [UInt8] = []
    #expect(cells.append(0, to: &text) && String(decoding: text, as: UTF8.self) == "-0.01" && !cells.isPresent(1))
  }
}
