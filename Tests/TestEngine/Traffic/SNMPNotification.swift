/// Traps and informs of version 2c (RFC 3416) with one text in them.
enum SNMPNotification {
  static func bytes(mark: String, requestID: UInt32, isInform: Bool) -> [UInt8] {
    let bindings = element(
      0x30,
      // sysUpTime.0, snmpTrapOID.0 (coldStart), and our text.
      element(0x30, identifier([1, 3, 6, 1, 2, 1, 1, 3, 0]) + element(0x43, [1]))
        + element(
          0x30, identifier([1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0]) + identifier([1, 3, 6, 1, 6, 3, 1, 1, 5, 1]))
        + element(0x30, identifier([1, 3, 6, 1, 4, 1, 99, 1, 0]) + element(0x04, Array(mark.utf8))))
    let body = integer(requestID) + element(0x02, [0]) + element(0x02, [0]) + bindings
    return element(
      0x30, element(0x02, [1]) + element(0x04, Array("public".utf8)) + element(isInform ? 0xA6 : 0xA7, body))
  }

  /// The request id of a Response of version 2c; nil if it is something else.
  static func response(_ bytes: [UInt8]) -> UInt32? {
    guard let tag = bytes.firstIndex(of: 0xA2) else { return nil }
    var rest = bytes[(tag + 1)...]
    guard let length = rest.popFirst() else { return nil }
    if length >= 0x80 { rest = rest.dropFirst(Int(length & 0x7F)) }
    guard rest.popFirst() == 0x02, let count = rest.popFirst(), count <= 5 else { return nil }
    return rest.prefix(Int(count)).reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    if content.count < 128 { return [tag, UInt8(content.count)] + content }
    return [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
  }

  private static func integer(_ value: UInt32) -> [UInt8] {
    element(0x02, [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
  }

  /// Of sub-identifiers below 128.
  private static func identifier(_ parts: [UInt8]) -> [UInt8] {
    element(0x06, [parts[0] * 40 + parts[1]] + parts.dropFirst(2))
  }
}
