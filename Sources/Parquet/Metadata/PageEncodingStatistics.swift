/// How many pages of a kind are written how: `PageEncodingStats` of parquet.thrift. Readers learn from it that a chunk
/// is dictionary-coded throughout.
struct PageEncodingStatistics {
  var pageType: Int32
  var encoding: Int32
  var count: Int32

  init(_ pageType: PageType, _ encoding: ValueEncoding, count: Int) {
    self.pageType = pageType.rawValue
    self.encoding = encoding.rawValue
    self.count = Int32(count)
  }

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.i32(1, pageType)
      $0.i32(2, encoding)
      $0.i32(3, count)
    }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    (pageType, encoding, count) = (-1, -1, 0)
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): pageType = try reader.i32()
      case (2, .i32): encoding = try reader.i32()
      case (3, .i32): count = try reader.i32()
      default: try reader.skip(field.type)
      }
    }
  }
}
