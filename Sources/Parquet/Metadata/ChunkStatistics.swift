/// Statistics of a column chunk: `Statistics` of parquet.thrift without its deprecated fields.
struct ChunkStatistics {
  var nullCount: Int64?
  var maximum: [UInt8]?
  var minimum: [UInt8]?
  var isMaximumExact: Bool?
  var isMinimumExact: Bool?
  /// Of a DOUBLE column: how many values are NaN.
  var nanCount: Int64?

  init() {}

  func write(_ id: Int16, to writer: inout ThriftWriter) {
    writer.structure(id) {
      if let nullCount { $0.i64(3, nullCount) }
      if let maximum { $0.binary(5, maximum) }
      if let minimum { $0.binary(6, minimum) }
      if let isMaximumExact { $0.bool(7, isMaximumExact) }
      if let isMinimumExact { $0.bool(8, isMinimumExact) }
      if let nanCount { $0.i64(9, nanCount) }
    }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (3, .i64): nullCount = try reader.i64()
      case (5, .binary): maximum = try reader.binary()
      case (6, .binary): minimum = try reader.binary()
      case (7, .yes), (7, .no): isMaximumExact = field.type == .yes
      case (8, .yes), (8, .no): isMinimumExact = field.type == .yes
      case (9, .i64): nanCount = try reader.i64()
      default: try reader.skip(field.type)
      }
    }
  }
}
