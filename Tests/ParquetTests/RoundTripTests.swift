import Parquet
import Primitives
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [1, 2, 7, 8, 9, 31, 32, 33, 128, 129, 130, 1_000])
  func everyTypeComesBack(rows: Int) throws {
    let table = Table.everything(rows: rows, seed: UInt64(rows))
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(try table.equals(reader))
    #expect(reader.rowGroups.count == 1)
    try reader.verify()
  }

  @Test func rowGroupsComeBack() throws {
    let table = Table.everything(rows: 1_000)
    let reader = try ParquetReader(MemoryBytes(table.written(rowsPerGroup: 300)))
    #expect(try table.equals(reader))
    #expect(reader.rowGroups.map(\.rowCount) == [300, 300, 300, 100])
  }

  @Test func aFileWithoutRowsComesBack() throws {
    let table = Table.everything(rows: 0)
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(reader.schema.columns == table.schema.columns)
    #expect(reader.rowCount == 0)
    // The order is declared by row groups.
    #expect(reader.schema.sortedBy.isEmpty)
    #expect(reader.rowGroups.isEmpty)
    try reader.verify()
  }

  @Test func anEmptyRowGroupAddsNothing() throws {
    let schema = ParquetSchema(columns: [ColumnSchema(name: "n", type: .int64, isOptional: false)])
    var writer = ParquetWriter(schema: schema)
    writer.append([ColumnData(values: .int64([]))], rowCount: 0)
    writer.append([ColumnData(values: .int64([7]))], rowCount: 1)
    #expect(writer.rowCount == 1)
    let reader = try ParquetReader(MemoryBytes(writer.finish()))
    #expect(reader.rowGroups.count == 1)
  }

  @Test func metadataComesBack() throws {
    let reader = try ParquetReader(MemoryBytes(Table.everything(rows: 3).written()))
    #expect(reader.metadata.map(\.0) == ["site", "empty"])
    #expect(reader.metadata.map(\.1) == ["Quy Nhơn", ""])
    #expect(reader.createdBy?.hasPrefix("thinai version") == true)
    #expect(reader.schema.sortedBy == [0, 1])
    #expect(reader.schema.index(of: "celsius") == 8)
    #expect(reader.schema.index(of: "kelvin") == nil)
  }

  @Test func takingBytesChangesNothing() throws {
    let table = Table.everything(rows: 500)
    let schema = table.schema
    var writer = ParquetWriter(schema: schema, zstdLevel: 1, metadata: [("site", "Quy Nhơn"), ("empty", "")])
    writer.append(table.columns.map { $0.cells.data(isOptional: $0.schema.isOptional) }, rowCount: 500)
    #expect(writer.finish() == table.written())
  }

  @Test func manyPagesComeBack() throws {
    let table = Table.series(rows: 3 * Limits.rowsPerPage + 5)
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(try table.equals(reader))
    #expect(try reader.pages(column: 0, rowGroup: 0).count == 4)
  }

  @Test func longTextsMakeSmallPages() throws {
    var table = Table()
    let texts = (0..<60).map { String(repeating: "\($0) ", count: 20_000) }
    table.add("text", .string, isOptional: false, .string(texts))
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(try table.equals(reader))
    #expect(try reader.pages(column: 0, rowGroup: 0).count > 2)
    #expect(try Cells(reader.read(column: 0, rowGroup: 0, rows: 41..<43)) == .string(Array(texts[41..<43])))
  }

  @Test func equalStringsHaveEqualIndexes() throws {
    // Written PLAIN, because hardly any repeats.
    var table = Table()
    table.add("text", .string, isOptional: false, .string((0..<400).map { "text \($0 % 390)" }))
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(reader.rowGroups[0].columns[0].encodings.contains(.plain))
    guard case .string(let column) = try reader.read(column: 0, rowGroup: 0).values else {
      Issue.record("no strings")
      return
    }
    #expect(column.dictionaryCount == 390)
    #expect(column.indexes[0] == column.indexes[390])
  }
}
