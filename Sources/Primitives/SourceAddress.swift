/// Where a datagram came from: an IP address and a port, in one form for both families.
///
/// IPv4 is kept as `::ffff:a.b.c.d`, which is also how a dual-stack socket reports it, so that one host is one value
/// whichever way it came in (RFC 4291 section 2.5.5.2). Identity is never a bare address and port: use `address` to
/// look a device up, and the whole value only to answer the sender.
public struct SourceAddress: Hashable, Sendable, BitwiseCopyable {
  /// The 16 address bytes, network order read as two big-endian words.
  public var high: UInt64
  public var low: UInt64
  /// The UDP port, host order.
  public var port: UInt16
  /// The interface of a link-local IPv6 address, 0 elsewhere.
  public var scope: UInt32

  @inlinable
  public init(high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0) {
    self.high = high
    self.low = low
    self.port = port
    self.scope = scope
  }

  /// From an IPv4 address as a host-order word (`127.0.0.1` is `0x7F00_0001`).
  @inlinable
  public init(ipv4: UInt32, port: UInt16) {
    self.init(high: 0, low: 0x0000_FFFF_0000_0000 | UInt64(ipv4), port: port)
  }

  @inlinable public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// The IPv4 address as a host-order word, if this is one.
  @inlinable public var ipv4: UInt32? { isIPv4 ? UInt32(truncatingIfNeeded: low) : nil }

  /// Who has one address here has all of them: an IPv4 address, or the /64 that a network gives one host (RFC 6177).
  public var host: SourceAddress { SourceAddress(high: high, low: isIPv4 || high == 0 ? low : 0, port: 0) }

  /// The same address with port 0 and no scope: the key of look-ups by address.
  @inlinable public var withoutPort: SourceAddress { SourceAddress(high: high, low: low, port: 0) }
}

extension SourceAddress: CustomStringConvertible {
  /// The address alone: dotted for IPv4, RFC 5952 for IPv6.
  public var addressText: String {
    if let v4 = ipv4 {
      return "\(v4 >> 24).\((v4 >> 16) & 255).\((v4 >> 8) & 255).\(v4 & 255)"
    }
    var groups: [UInt16] = []
    for word in [high, low] {
      for shift in [48, 32, 16, 0] as [UInt64] { groups.append(UInt16(truncatingIfNeeded: word >> shift)) }
    }
    // RFC 5952 section 4.2: the longest run of two or more zero groups becomes "::", the first of equals.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8 && groups[end] == 0 { end += 1 }
      if end - start >= 2 && end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if best.isEmpty { return text(groups[...]) }
    return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
  }

  public var description: String {
    isIPv4 ? "\(addressText):\(port)" : "[\(addressText)]:\(port)"
  }
}

extension SourceAddress {
  /// Reads `10.0.0.1`, `::1`, `::ffff:10.0.0.1` (no port, no brackets, no zone); nil if it is none of them.
  public init?(addressText text: String) {
    let bytes = Array(text.utf8)
    if let v4 = Self.parseIPv4(bytes[...]) {
      self.init(ipv4: v4, port: 0)
      return
    }
    guard let words = Self.parseIPv6(bytes) else { return nil }
    self.init(high: words.0, low: words.1, port: 0)
  }

  private static func parseIPv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var word: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }) else { return nil }
      let value = part.reduce(0) { $0 * 10 + UInt32($1 - 48) }
      guard value <= 255 else { return nil }
      word = word << 8 | value
    }
    return word
  }

  private static func parseIPv6(_ bytes: [UInt8]) -> (UInt64, UInt64)? {
    let colon = UInt8(ascii: ":")
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var elided = false
    var position = 0
    if bytes.count >= 2 && bytes[0] == colon {
      guard bytes[1] == colon else { return nil }
      elided = true
      position = 2
    }
    while position < bytes.count {
      let end = bytes[position...].firstIndex(of: colon) ?? bytes.count
      let part = bytes[position..<end]
      if part.contains(UInt8(ascii: ".")) {
        guard end == bytes.count, let v4 = parseIPv4(part) else { return nil }
        let both = [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
        if elided { tail += both } else { head += both }
        position = end
        break
      }
      guard (1...4).contains(part.count),
        let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
      else { return nil }
      if elided { tail.append(value) } else { head.append(value) }
      position = end
      if position == bytes.count { break }
      position += 1
      if position < bytes.count && bytes[position] == colon {
        guard !elided else { return nil }
        elided = true
        position += 1
      } else if position == bytes.count {
        return nil
      }
    }
    let given = head.count + tail.count
    guard elided ? given <= 7 : given == 8 else { return nil }
    let groups = head + Array(repeating: 0, count: 8 - given) + tail
    func word(_ range: Range<Int>) -> UInt64 { groups[range].reduce(0) { $0 << 16 | UInt64($1) } }
    return (word(0..<4), word(4..<8))
  }
}
