/// The footer: `FileMetaData` of parquet.thrift.
struct FileMetadata {
  var schema: [SchemaElement] = []
  var rowCount = 0
  var rowGroups: [RowGroupMetadata] = []
  var keyValues: [(key: String, value: String)] = []
  var createdBy: String?

  init() {}

  /// Writes the footer. Returns where the digits of its checksums begin (see `FooterChecksums`).
  func write(to writer: inout ThriftWriter) -> Int {
    var digitsAt = 0
    writer.structure {
      $0.i32(1, 1)
      $0.list(2, of: .structure, count: schema.count)
      for element in schema { element.write(to: &$0) }
      $0.i64(3, Int64(rowCount))
      $0.list(4, of: .structure, count: rowGroups.count)
      for group in rowGroups { group.write(to: &$0) }
      $0.list(5, of: .structure, count: keyValues.count + 1)
      for (key, value) in keyValues {
        $0.structure {
          $0.binary(1, key.utf8)
          $0.binary(2, value.utf8)
        }
      }
      $0.structure {
        $0.binary(1, ParquetFormat.checksumKey.utf8)
        $0.binary(2, repeatElement(FooterChecksums.zero, count: FooterChecksums.digits))
        digitsAt = $0.bytes.count - FooterChecksums.digits
      }
      $0.binary(6, (createdBy ?? "").utf8)
      // TYPE_ORDER for every leaf.
      let leaves = schema.count { $0.type != nil }
      $0.list(7, of: .structure, count: leaves)
      for _ in 0..<leaves { $0.structure { $0.structure(1) { _ in } } }
    }
    return digitsAt
  }

  /// - Parameter digitsAt: becomes where the digits of the checksums begin, if there are any.
  init(reading reader: inout ThriftReader, digitsAt: inout Int?) throws(ParquetError) {
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (2, .list):
        for _ in 0..<(try reader.list(of: .structure)) { schema.append(try SchemaElement(reading: &reader)) }
      case (3, .i64): rowCount = try reader.size()
      case (4, .list):
        for _ in 0..<(try reader.list(of: .structure)) { rowGroups.append(try RowGroupMetadata(reading: &reader)) }
      case (5, .list):
        for _ in 0..<(try reader.list(of: .structure)) { try readKeyValue(&reader, &digitsAt) }
      case (6, .binary): createdBy = try reader.string()
      case (8, _): throw reader.flaw("encryption is not supported")
      default: try reader.skip(field.type)
      }
    }
  }

  private mutating func readKeyValue(_ reader: inout ThriftReader, _ digitsAt: inout Int?) throws(ParquetError) {
    var key = ""
    var value = ""
    var valueEnd = 0
    var field = ThriftField()
    while try reader.next(&field) {
      switch (field.id, field.type) {
      case (1, .binary): key = try reader.string()
      case (2, .binary):
        value = try reader.string()
        valueEnd = reader.position
      default: try reader.skip(field.type)
      }
    }
    if key == ParquetFormat.checksumKey {
      if value.utf8.count == FooterChecksums.digits { digitsAt = valueEnd - FooterChecksums.digits }
    } else {
      keyValues.append((key, value))
    }
  }
}
