import Primitives

/// A CIDR block of either family: `10.0.0.0/8`, `fd00::/8`, or a single address.
public struct AddressBlock: Hashable, Sendable {
  let high: UInt64
  let low: UInt64
  let highMask: UInt64
  let lowMask: UInt64

  /// nil if the text is no block; an IPv4 length counts from the IPv4 part.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = SourceAddress(addressText: String(parts[0])) else { return nil }
    let width = address.isIPv4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard let given = Int(parts[1]), (0...width).contains(given) else { return nil }
      length = given
    }
    let bits = length + 128 - width
    highMask = bits >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bits))
    lowMask = bits <= 64 ? 0 : bits == 128 ? UInt64.max : ~(UInt64.max >> UInt64(bits - 64))
    high = address.high & highMask
    low = address.low & lowMask
  }

  @inline(__always)
  func contains(_ source: SourceAddress) -> Bool {
    source.high & highMask == high && source.low & lowMask == low
  }
}
