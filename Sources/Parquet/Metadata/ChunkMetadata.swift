/// Where a column chunk is and what is in it: `ColumnChunk` and `ColumnMetaData` of parquet.thrift.
struct ChunkMetadata {
  var type: Int32 = -1
  var encodings: [Int32] = []
  var path: [String] = []
  var codec: Int32 = -1
  var valueCount = 0
  var uncompressedBytes = 0
  var compressedBytes = 0
  var dataPageOffset = 0
  var dictionaryPageOffset: Int?
  var statistics: ChunkStatistics?
  var pageStatistics: [PageEncodingStatistics] = []
  var columnIndex: Range<Int>?
  var offsetIndex: Range<Int>?

  /// Where its first page begins.
  var start: Int {
    // Some writers say 0 where there is no dictionary.
    if let dictionaryPageOffset, dictionaryPageOffset > 0 { return min(dictionaryPageOffset, dataPageOffset) }
    return dataPageOffset
  }

  init() {}

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.i64(2, 0)
      $0.structure(3) { writeColumn(to: &$0) }
      if let offsetIndex {
        $0.i64(4, Int64(offsetIndex.lowerBound))
        $0.i32(5, Int32(offsetIndex.count))
      }
      if let columnIndex {
        $0.i64(6, Int64(columnIndex.lowerBound))
        $0.i32(7, Int32(columnIndex.count))
      }
    }
  }

  private func writeColumn(to writer: inout ThriftWriter) {
    writer.i32(1, type)
    writer.list(2, of: .i32, count: encodings.count)
    for encoding in encodings { writer.integer(Int64(encoding)) }
    writer.list(3, of: .binary, count: path.count)
    for name in path { writer.binary(name.utf8) }
    writer.i32(4, codec)
    writer.i64(5, Int64(valueCount))
    writer.i64(6, Int64(uncompressedBytes))
    writer.i64(7, Int64(compressedBytes))
    writer.i64(9, Int64(dataPageOffset))
    if let dictionaryPageOffset { writer.i64(11, Int64(dictionaryPageOffset)) }
    if let statistics { statistics.write(12, to: &writer) }
    writer.list(13, of: .structure, count: pageStatistics.count)
    for entry in pageStatistics { entry.write(to: &writer) }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var offsetIndexAt: Int?
    var offsetIndexBytes: Int?
    var columnIndexAt: Int?
    var columnIndexBytes: Int?
    var hasColumn = false
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .binary): throw reader.flaw("columns in other files are not supported")
      case (3, .structure):
        try readColumn(&reader)
        hasColumn = true
      case (4, .i64): offsetIndexAt = try reader.size()
      case (5, .i32): offsetIndexBytes = try reader.size()
      case (6, .i64): columnIndexAt = try reader.size()
      case (7, .i32): columnIndexBytes = try reader.size()
      case (8, _): throw reader.flaw("encryption is not supported")
      default: try reader.skip(field.type)
      }
    }
    guard hasColumn else { throw reader.flaw("a column chunk without its metadata") }
    offsetIndex = try Self.range(offsetIndexAt, offsetIndexBytes, reader)
    columnIndex = try Self.range(columnIndexAt, columnIndexBytes, reader)
  }

  private mutating func readColumn(_ reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): type = try reader.i32()
      case (2, .list): for _ in 0..<(try reader.list(of: .i32)) { encodings.append(try reader.i32()) }
      case (3, .list): for _ in 0..<(try reader.list(of: .binary)) { path.append(try reader.string()) }
      case (4, .i32): codec = try reader.i32()
      case (5, .i64): valueCount = try reader.size()
      case (6, .i64): uncompressedBytes = try reader.size()
      case (7, .i64): compressedBytes = try reader.size()
      case (9, .i64): dataPageOffset = try reader.size()
      case (11, .i64): dictionaryPageOffset = try reader.size()
      case (12, .structure): statistics = try ChunkStatistics(reading: &reader)
      case (13, .list):
        for _ in 0..<(try reader.list(of: .structure)) {
          pageStatistics.append(try PageEncodingStatistics(reading: &reader))
        }
      default: try reader.skip(field.type)
      }
    }
  }

  private static func range(_ offset: Int?, _ count: Int?, _ reader: ThriftReader) throws(ParquetError) -> Range<Int>? {
    guard let offset, let count else { return nil }
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow else { throw reader.flaw("an index beyond the file") }
    return offset..<end
  }
}
