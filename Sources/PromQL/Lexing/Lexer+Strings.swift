extension Lexer {
  /// A text in quotes; the token keeps them and the escapes, which are only checked here.
  mutating func string() throws(ParseError) -> Token {
    let quote = input[position]
    let isRaw = quote == UInt8(ascii: "`")
    position += 1
    while true {
      guard let scalar = character else {
        throw failure(isRaw ? "unterminated raw string" : "unterminated quoted string")
      }
      if scalar == "\u{FFFD}" { throw failure("invalid UTF-8 rune") }
      position += UTF8.width(scalar)
      if scalar.value == UInt32(quote) { return token(.string) }
      if isRaw { continue }
      if scalar == "\n" { throw failure("unterminated quoted string") }
      if scalar == "\\" { try escape(quote) }
    }
  }

  private mutating func escape(_ quote: UInt8) throws(ParseError) {
    guard let kind = character else { throw failure("escape sequence not terminated") }
    var count = 0
    var base: UInt32 = 16
    var largest: UInt32 = 0x10FFFF
    switch kind {
    case "a", "b", "f", "n", "r", "t", "v", "\\": count = 0
    case "0"..."7": (count, base, largest) = (3, 8, 255)
    case "x": (count, largest) = (2, 255)
    case "u": count = 4
    case "U": count = 8
    default:
      if kind.value != UInt32(quote) { throw failure("unknown escape sequence \(kind.named)") }
    }
    if base == 16 || count == 0 { position += UTF8.width(kind) }
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = character else { throw failure("escape sequence not terminated") }
      guard let number = digit.hexadecimalValue, number < base else {
        throw failure("illegal character \(digit.named) in escape sequence")
      }
      value = value &* base &+ number
      position += 1
    }
    if value > largest || value >= 0xD800 && value < 0xE000 {
      throw failure("escape sequence is an invalid Unicode code point")
    }
  }

  /// The text of a string token. Octets that are no UTF-8 become U+FFFD, as an answer would show them.
  static func unquoted(_ text: String) -> String {
    let octets = Array(text.utf8.dropFirst().dropLast())
    if text.utf8.first == UInt8(ascii: "`") { return String(decoding: octets, as: UTF8.self) }
    if !octets.contains(UInt8(ascii: "\\")) { return String(decoding: octets, as: UTF8.self) }
    var out: [UInt8] = []
    var index = 0
    while index < octets.count {
      if octets[index] != UInt8(ascii: "\\") || index + 1 >= octets.count {
        out.append(octets[index])
        index += 1
        continue
      }
      let kind = octets[index + 1]
      index += 2
      func number(_ digits: Int, radix: Int) -> UInt32 {
        let slice = octets[index..<min(index + digits, octets.count)]
        index += digits
        return UInt32(String(decoding: slice, as: UTF8.self), radix: radix) ?? 0xFFFD
      }
      switch kind {
      case UInt8(ascii: "a"): out.append(7)
      case UInt8(ascii: "b"): out.append(8)
      case UInt8(ascii: "f"): out.append(12)
      case UInt8(ascii: "n"): out.append(10)
      case UInt8(ascii: "r"): out.append(13)
      case UInt8(ascii: "t"): out.append(9)
      case UInt8(ascii: "v"): out.append(11)
      case UInt8(ascii: "x"): out.append(UInt8(truncatingIfNeeded: number(2, radix: 16)))
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        let scalar = Unicode.Scalar(number(kind == UInt8(ascii: "u") ? 4 : 8, radix: 16)) ?? "\u{FFFD}"
        out += Array(String(scalar).utf8)
      case 48...55:
        index -= 1
        out.append(UInt8(truncatingIfNeeded: number(3, radix: 8)))
      default: out.append(kind)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

extension Unicode.Scalar {
  /// `U+0071 'q'`
  var named: String {
    let digits = String(value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + " '\(self)'"
  }

  var hexadecimalValue: UInt32? {
    switch value {
    case 48...57: value - 48
    case 97...102: value - 87
    case 65...70: value - 55
    default: nil
    }
  }
}
