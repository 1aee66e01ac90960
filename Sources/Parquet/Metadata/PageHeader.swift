/// What stands before each page: `PageHeader` of parquet.thrift.
struct PageHeader {
  var type: Int32 = -1
  var uncompressedBytes = 0
  var compressedBytes = 0
  /// CRC-32 of the page as it is stored.
  var checksum: UInt32?
  /// Of a data page rows, nulls included; of a dictionary page entries.
  var valueCount = -1
  var encoding: Int32 = -1
  var levelEncoding: Int32 = -1
  /// Of a data page of version 2: octets of the levels, which stand before the values and are never compressed.
  var repetitionBytes = 0
  var definitionBytes = 0
  /// Of a data page of version 2: whether its values are compressed.
  var isCompressed = true

  init() {}

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.i32(1, type)
      $0.i32(2, Int32(uncompressedBytes))
      $0.i32(3, Int32(compressedBytes))
      if let checksum { $0.i32(4, Int32(bitPattern: checksum)) }
      if type == PageType.data.rawValue {
        $0.structure(5) {
          $0.i32(1, Int32(valueCount))
          $0.i32(2, encoding)
          $0.i32(3, ValueEncoding.rle.rawValue)
          $0.i32(4, ValueEncoding.rle.rawValue)
        }
      } else {
        $0.structure(7) {
          $0.i32(1, Int32(valueCount))
          $0.i32(2, encoding)
        }
      }
    }
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): type = try reader.i32()
      case (2, .i32): uncompressedBytes = try reader.size()
      case (3, .i32): compressedBytes = try reader.size()
      case (4, .i32): checksum = UInt32(bitPattern: try reader.i32())
      case (5, .structure) where type == PageType.data.rawValue,
        (7, .structure) where type == PageType.dictionary.rawValue:
        try readKind(&reader)
      case (8, .structure) where type == PageType.dataV2.rawValue: try readVersionTwo(&reader)
      default: try reader.skip(field.type)
      }
    }
  }

  private mutating func readKind(_ reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): valueCount = try reader.size()
      case (2, .i32): encoding = try reader.i32()
      case (3, .i32): levelEncoding = try reader.i32()
      default: try reader.skip(field.type)
      }
    }
  }

  private mutating func readVersionTwo(_ reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): valueCount = try reader.size()
      case (4, .i32): encoding = try reader.i32()
      case (5, .i32): definitionBytes = try reader.size()
      case (6, .i32): repetitionBytes = try reader.size()
      case (7, .no): isCompressed = false
      case (7, .yes): isCompressed = true
      default: try reader.skip(field.type)
      }
    }
    levelEncoding = ValueEncoding.rle.rawValue
  }
}
