/// A row group: `RowGroup` and `SortingColumn` of parquet.thrift.
struct RowGroupMetadata {
  var chunks: [ChunkMetadata] = []
  var rowCount = 0
  var sortedBy: [Int] = []
  var ordinal = 0

  init() {}

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.list(1, of: .structure, count: chunks.count)
      for chunk in chunks { chunk.write(to: &$0) }
      $0.i64(2, Int64(chunks.reduce(0) { $0 + $1.uncompressedBytes }))
      $0.i64(3, Int64(rowCount))
      if !sortedBy.isEmpty {
        $0.list(4, of: .structure, count: sortedBy.count)
        for column in sortedBy {
          $0.structure {
            $0.i32(1, Int32(column))
            $0.bool(2, false)
            $0.bool(3, false)
          }
        }
      }
      $0.i64(5, Int64(chunks.first?.start ?? 0))
      $0.i64(6, Int64(chunks.reduce(0) { $0 + $1.compressedBytes }))
      // Left out where it does not fit: the field is optional.
      if let ordinal = Int16(exactly: ordinal) { $0.i16(7, ordinal) }
    }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .list):
        for _ in 0..<(try reader.list(of: .structure)) { chunks.append(try ChunkMetadata(reading: &reader)) }
      case (3, .i64): rowCount = try reader.size()
      case (4, .list): try readSorting(&reader)
      default: try reader.skip(field.type)
      }
    }
  }

  /// Only what `ParquetSchema.sortedBy` can say is kept: the leading columns that ascend with nulls last.
  private mutating func readSorting(_ reader: inout ThriftReader) throws(ParquetError) {
    var stands = true
    for _ in 0..<(try reader.list(of: .structure)) {
      var column = -1
      var field = ThriftField()
      while try reader.next(&field) {
        switch (field.id, field.type) {
        case (1, .i32): column = Int(try reader.i32())
        case (2, .yes), (3, .yes): stands = false
        default: try reader.skip(field.type)
        }
      }
      if stands { sortedBy.append(column) }
    }
  }
}
