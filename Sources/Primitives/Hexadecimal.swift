/// Octets as text, two lower-case digits each, and back.
public enum Hexadecimal {
  /// The digit of a value below 16.
  @inlinable
  public static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value &+ 48 : value &+ 87 }

  /// What a digit of either case stands for; nil for what is none.
  @inlinable
  public static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 65...70: digit - 55
    case 97...102: digit - 87
    default: nil
    }
  }

  public static func text(_ octets: some Sequence<UInt8>) -> String {
    String(decoding: octets.flatMap { [digit($0 >> 4), digit($0 & 15)] }, as: UTF8.self)
  }

  /// Eight digits.
  public static func text(_ word: UInt32) -> String {
    text([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) })
  }

  /// nil unless all of it is pairs of digits; a leading `0x` may stand.
  public static func octets(_ text: some StringProtocol) -> [UInt8]? {
    let digits = Array((text.hasPrefix("0x") ? String(text.dropFirst(2)) : String(text)).utf8)
    guard digits.count % 2 == 0 else { return nil }
    var octets: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      octets.append(high << 4 | low)
    }
    return octets
  }
}
