/// Bounds of each of a chunk's data pages: `ColumnIndex` of parquet.thrift.
struct ColumnIndex {
  /// `BoundaryOrder` of parquet.thrift.
  enum Order: Int32 {
    case unordered = 0
    case ascending = 1
    case descending = 2
  }

  var isNullPage: [Bool] = []
  var minima: [[UInt8]] = []
  var maxima: [[UInt8]] = []
  var order = Order.unordered
  var nullCounts: [Int] = []
  /// Of a DOUBLE column.
  var nanCounts: [Int]?

  init() {}

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.list(1, of: .yes, count: isNullPage.count)
      for flag in isNullPage { $0.bool(flag) }
      $0.list(2, of: .binary, count: minima.count)
      for bound in minima { $0.binary(bound) }
      $0.list(3, of: .binary, count: maxima.count)
      for bound in maxima { $0.binary(bound) }
      $0.i32(4, order.rawValue)
      $0.list(5, of: .i64, count: nullCounts.count)
      for count in nullCounts { $0.integer(Int64(count)) }
      if let nanCounts {
        $0.list(8, of: .i64, count: nanCounts.count)
        for count in nanCounts { $0.integer(Int64(count)) }
      }
    }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .list): for _ in 0..<(try reader.list(of: .yes)) { isNullPage.append(try reader.listedBool()) }
      case (2, .list): for _ in 0..<(try reader.list(of: .binary)) { minima.append(try reader.binary()) }
      case (3, .list): for _ in 0..<(try reader.list(of: .binary)) { maxima.append(try reader.binary()) }
      case (4, .i32): order = Order(rawValue: try reader.i32()) ?? .unordered
      case (5, .list): for _ in 0..<(try reader.list(of: .i64)) { nullCounts.append(try reader.size()) }
      default: try reader.skip(field.type)
      }
    }
  }
}
