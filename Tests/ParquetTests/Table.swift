import Parquet
import Testing

/// Columns with their cells, to be written and read back.
struct Table {
  var columns: [(schema: ColumnSchema, cells: Cells)] = []
  var sortedBy: [Int] = []

  var schema: ParquetSchema { ParquetSchema(columns: columns.map(\.schema), sortedBy: sortedBy) }
  var rowCount: Int { columns.first?.cells.count ?? 0 }

  mutating func add(_ name: String, _ type: ColumnType, isOptional: Bool = true, _ cells: Cells) {
    columns.append((ColumnSchema(name: name, type: type, isOptional: isOptional), cells))
  }

  /// The file, in row groups of `rowsPerGroup`; taken piece by piece.
  func written(rowsPerGroup: Int = 1 << 20, zstdLevel: Int32 = 1) -> [UInt8] {
    var writer = ParquetWriter(schema: schema, zstdLevel: zstdLevel, metadata: [("site", "Quy Nhơn"), ("empty", "")])
    var file: [UInt8] = []
    for start in stride(from: 0, to: rowCount, by: rowsPerGroup) {
      let rows = start..<min(start + rowsPerGroup, rowCount)
      writer.append(columns.map { $0.cells[rows].data(isOptional: $0.schema.isOptional) }, rowCount: rows.count)
      #expect(writer.byteCount > file.count)
      file += writer.takeBytes()
      #expect(writer.byteCount == file.count)
    }
    file += writer.finish()
    return file
  }

  /// Whether `reader` yields exactly this table, row group by row group.
  func equals(_ reader: ParquetReader) throws -> Bool {
    guard reader.schema == schema, reader.rowCount == rowCount else { return false }
    for (index, column) in columns.enumerated() {
      var start = 0
      for group in reader.rowGroups.indices {
        let data = try reader.read(column: index, rowGroup: group)
        guard start + data.count <= rowCount, Cells(data) == column.cells[start..<start + data.count] else {
          return false
        }
        start += data.count
      }
      guard start == rowCount else { return false }
    }
    return true
  }
}
