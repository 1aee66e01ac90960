/// A node of the schema: `SchemaElement` of parquet.thrift.
struct SchemaElement {
  var name = ""
  var type: Int32?
  /// Octets of each value of a FIXED_LEN_BYTE_ARRAY; only read.
  var typeLength: Int32?
  var repetition: Int32?
  var childCount: Int32?
  var convertedType: Int32?
  var scale: Int32?
  var precision: Int32?
  var logicalType: LogicalAnnotation?

  static let required: Int32 = 0
  static let optional: Int32 = 1

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      if let type { $0.i32(1, type) }
      if let repetition { $0.i32(3, repetition) }
      $0.binary(4, name.utf8)
      if let childCount { $0.i32(5, childCount) }
      if let convertedType { $0.i32(6, convertedType) }
      if let scale { $0.i32(7, scale) }
      if let precision { $0.i32(8, precision) }
      if let logicalType { logicalType.write(10, to: &$0) }
    }
  }

  init(name: String) {
    self.name = name
  }

  /// The root of a flat schema.
  init(root name: String, childCount: Int) {
    self.init(name: name)
    self.childCount = Int32(childCount)
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .i32): type = try reader.i32()
      case (2, .i32): typeLength = try reader.i32()
      case (3, .i32): repetition = try reader.i32()
      case (4, .binary): name = try reader.string()
      case (5, .i32): childCount = try reader.i32()
      case (6, .i32): convertedType = try reader.i32()
      case (7, .i32): scale = try reader.i32()
      case (8, .i32): precision = try reader.i32()
      case (10, .structure): logicalType = try LogicalAnnotation.read(&reader)
      default: try reader.skip(field.type)
      }
    }
  }
}
