/// Tells whether text is one JSON object, so that it can stand in an answer as it is.
struct JSONObjectCheck {
  private let text: [UInt8]
  private var position = 0
  private static let deepest = 64

  private init(_ text: String) { self.text = Array(text.utf8) }

  static func isObject(_ text: String) -> Bool {
    var check = JSONObjectCheck(text)
    check.skipBlanks()
    guard check.peek() == UInt8(ascii: "{"), check.value(depth: 0) else { return false }
    check.skipBlanks()
    return check.position == check.text.count
  }

  private func peek() -> UInt8? { position < text.count ? text[position] : nil }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek(), byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private mutating func value(depth: Int) -> Bool {
    if depth > Self.deepest { return false }
    skipBlanks()
    switch peek() {
    case UInt8(ascii: "{"): return list(closing: "}", depth: depth, named: true)
    case UInt8(ascii: "["): return list(closing: "]", depth: depth, named: false)
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: "t"): return word("true")
    case UInt8(ascii: "f"): return word("false")
    case UInt8(ascii: "n"): return word("null")
    default: return number()
    }
  }

  private mutating func list(closing: Unicode.Scalar, depth: Int, named: Bool) -> Bool {
    position += 1
    skipBlanks()
    if take(closing) { return true }
    repeat {
      skipBlanks()
      if named {
        guard string() else { return false }
        skipBlanks()
        guard take(":") else { return false }
      }
      guard value(depth: depth + 1) else { return false }
      skipBlanks()
    } while take(",")
    return take(closing)
  }

  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while let byte = peek() {
      position += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte < 32 { return false }
      guard byte == UInt8(ascii: "\\") else { continue }
      guard let escaped = peek() else { return false }
      position += 1
      if escaped == UInt8(ascii: "u") {
        for _ in 0..<4 {
          guard let digit = peek(), Character(Unicode.Scalar(digit)).isHexDigit else { return false }
          position += 1
        }
      } else if !"\"\\/bfnrt".utf8.contains(escaped) {
        return false
      }
    }
    return false
  }

  private mutating func word(_ word: String) -> Bool {
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func number() -> Bool {
    _ = take("-")
    if !take("0") { guard digits() else { return false } }
    if take(".") { guard digits() else { return false } }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      return digits()
    }
    return true
  }

  private mutating func digits() -> Bool {
    let start = position
    while let byte = peek(), (48...57).contains(byte) { position += 1 }
    return position > start
  }
}
