import Checksum

/// The checksums that our footers carry, because the format protects pages only: a flipped bit in a footer could
/// otherwise move a decimal point unseen.
struct FooterChecksums: Hashable {
  /// Of the footer, with the digits as zeros.
  var footer: UInt32
  /// Of the page indexes: from the first of them up to the footer.
  var indexes: UInt32

  /// Hexadecimal digits in the footer.
  static let digits = 16
  static let zero = UInt8(ascii: "0")

  /// Of a footer whose digits, at `digitsAt`, are taken for zeros.
  static func ofFooter(_ footer: [UInt8], digitsAt: Int) -> UInt32 {
    var copy = footer
    for index in digitsAt..<digitsAt + digits { copy[index] = zero }
    return copy.withUnsafeBytes { CRC32.of($0) }
  }

  init(footer: UInt32, indexes: UInt32) {
    self.footer = footer
    self.indexes = indexes
  }

  /// From the digits; nil if they are none.
  init?(_ digits: ArraySlice<UInt8>) {
    guard let word = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
    self.init(footer: UInt32(word >> 32), indexes: UInt32(truncatingIfNeeded: word))
  }

  /// The digits.
  var text: [UInt8] {
    let digits = String(UInt64(footer) << 32 | UInt64(indexes), radix: 16)
    return Array(repeatElement(Self.zero, count: Self.digits - digits.utf8.count)) + Array(digits.utf8)
  }
}
