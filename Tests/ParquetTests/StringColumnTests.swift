import Parquet
import Testing

@Suite struct StringColumnTests {
  @Test func rowsComeBack() {
    let column = StringColumn(["a", nil, "", "b", "a", "lỗi"])
    #expect(column.count == 6)
    #expect(column.dictionaryCount == 4)
    #expect(column.string(at: 0) == "a")
    #expect(column.string(at: 2) == "")
    #expect(column.indexes[0] == column.indexes[4])
    #expect(Array(column.bytes(at: 5)) == Array("lỗi".utf8))
    #expect(column.entryIndex(of: "b".utf8) == column.indexes[3])
    #expect(column.entryIndex(of: "c".utf8) == nil)
  }

  @Test func nullsAloneNeedNoDictionary() {
    let column = StringColumn([nil, nil])
    #expect(column.count == 2)
    #expect(column.dictionaryCount == 0)
  }

  @Test func manyAreFoundAgain() {
    var builder = StringColumnBuilder()
    for round in 0..<2 {
      for number in 0..<3_000 { builder.append("entry \(number)") }
      #expect(builder.dictionaryCount == 3_000, "round \(round)")
    }
    builder.append(entry: 17)
    builder.appendNull()
    let column = builder.finish()
    #expect(column.count == 6_002)
    for row in 0..<3_000 { #expect(column.indexes[row] == UInt32(row) && column.indexes[row + 3_000] == UInt32(row)) }
    #expect(column.string(at: 6_000) == "entry 17")
  }
}
