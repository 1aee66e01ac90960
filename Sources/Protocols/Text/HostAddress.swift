public import Primitives

/// Addresses in the place of a host's name.
public enum HostAddress {
  /// As what a word is written.
  enum Shape {
    case none, ipv4, ipv6
  }

  /// The address that a word is; a port and brackets are no part of one. Allocates for IPv6 alone.
  public static func address(_ word: RawSpan) -> SourceAddress? {
    switch shape(of: word) {
    case .none: nil
    case .ipv4: ipv4(word).map { SourceAddress(ipv4: $0, port: 0) }
    case .ipv6: SourceAddress(addressText: word.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }
  }

  static func shape(of word: RawSpan) -> Shape {
    // Nothing longer is one; letters beyond F never stand in one.
    if word.byteCount < 2 || word.byteCount > 45 { return .none }
    var colons = 0
    var isElided = false
    var group = 0
    for index in 0..<word.byteCount {
      let byte = word.octet(index)
      if byte == UInt8(ascii: ":") {
        colons += 1
        if index > 0 && word.octet(index - 1) == byte { isElided = true }
        group = 0
        continue
      }
      let isHexadecimal = byte &- 48 <= 9 || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f")
      if !isHexadecimal && byte != UInt8(ascii: ".") { return .none }
      group += 1
      if group > 15 { return .none }
    }
    if colons == 0 { return ipv4(word) == nil ? .none : .ipv4 }
    return colons >= 2 && colons <= 7 && (isElided || colons == 7) ? .ipv6 : .none
  }

  private static func ipv4(_ word: RawSpan) -> UInt32? {
    var address: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var dots = 0
    for index in 0..<word.byteCount {
      let byte = word.octet(index)
      if byte == UInt8(ascii: ".") {
        if digits == 0 { return nil }
        dots += 1
        address = address << 8 | part
        (part, digits) = (0, 0)
      } else {
        digits += 1
        if byte &- 48 > 9 || digits > 3 { return nil }
        part = part * 10 + UInt32(byte &- 48)
        if part > 255 { return nil }
      }
    }
    return dots == 3 && digits > 0 ? address << 8 | part : nil
  }
}

extension SourceAddress {
  /// Whether an address tells one device from all others: the unspecified one, loopback, link-local, multicast and
  /// broadcast addresses are those of many.
  public var namesOne: Bool {
    if let v4 = ipv4 {
      return v4 >> 24 != 0 && v4 >> 24 != 127 && v4 >> 16 != 0xA9FE && v4 >> 28 != 0xE && v4 != .max
    }
    if high == 0 && low <= 1 { return false }
    return high >> 54 != 0xFE80 >> 6 && high >> 56 != 0xFF
  }
}
