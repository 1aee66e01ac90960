import Primitives

/// 64 bits by which bytes are known again (FNV-1a): a change of one octet always shows. Not against an adversary.
struct Fingerprint: Hashable, Sendable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}

  init(_ bytes: some Sequence<UInt8>) {
    add(bytes)
  }

  init(value: UInt64) {
    self.value = value
  }

  /// From its digits; nil if they are none.
  init?(_ digits: some StringProtocol) {
    guard digits.utf8.count == 16, let value = UInt64(digits, radix: 16) else { return nil }
    self.value = value
  }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// Sixteen hexadecimal digits.
  var text: String { value.padded(to: 16, radix: 16) }
}
