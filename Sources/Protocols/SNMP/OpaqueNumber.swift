/// Numbers that SMIv2 lacks, wrapped in an Opaque (NET-SNMP's `opaque special types`, after draft-perkins-opaque-01):
/// ```
/// 44 07  9F 78 04 41 5B 33 33        single
/// 44 0B  9F 79 08 40 48 20 00 …      double
/// 44 n   9F 76 / 9F 7A / 9F 7B       Counter64, signed and unsigned 64 bits
/// ```
enum OpaqueNumber {
  case single(Float)
  case double(Double)
  case integer(Int64)
  case unsigned(UInt64)

  /// nil if something else is wrapped.
  init?(_ bytes: RawSpan, _ element: BERElement) {
    let count = element.content.count
    guard count >= 4, count <= 12, bytes.octet(element.start) == 0x9F,
      Int(bytes.octet(element.start &+ 2)) == count &- 3
    else { return nil }
    let inner = BERElement(tag: 0, start: element.start &+ 3, end: element.end)
    switch bytes.octet(element.start &+ 1) {
    case 0x78:
      guard count == 7, let bits = BERReader.unsigned(bytes, inner) else { return nil }
      self = .single(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case 0x79:
      guard count == 11, let bits = BERReader.unsigned(bytes, inner) else { return nil }
      self = .double(Double(bitPattern: bits))
    case 0x76, 0x7B:
      guard let value = BERReader.unsigned(bytes, inner) else { return nil }
      self = .unsigned(value)
    case 0x7A:
      guard let value = BERReader.integer(bytes, inner) else { return nil }
      self = .integer(value)
    default: return nil
    }
  }
}
