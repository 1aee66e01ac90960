/// One element of the Basic Encoding Rules (ITU-T X.690), as SNMP restricts them (RFC 3417 section 8): where its content
/// stands, and what it is.
struct BERElement: BitwiseCopyable, Sendable {
  /// The identifier octet. One in high-tag-number form is written as the octet it could have been, 0xFF if there is
  /// none.
  var tag: UInt8
  var start: Int
  var end: Int

  var content: Range<Int> { start..<end }

  // Universal types, RFC 2578's application types and RFC 3416's exceptions.
  static let integer: UInt8 = 0x02
  static let octetString: UInt8 = 0x04
  static let null: UInt8 = 0x05
  static let objectIdentifier: UInt8 = 0x06
  static let sequence: UInt8 = 0x30
  static let ipAddress: UInt8 = 0x40
  static let counter32: UInt8 = 0x41
  static let gauge32: UInt8 = 0x42
  static let timeTicks: UInt8 = 0x43
  static let opaque: UInt8 = 0x44
  static let counter64: UInt8 = 0x46
}
