/// The header of the field that a `ThriftReader` stands at.
struct ThriftField {
  /// 0 before the first field of a structure: ids are written as differences.
  var id: Int16 = 0
  var type: ThriftType = .structure
}
