extension Lexer {
  /// The duration behind a left bracket.
  mutating func duration() throws(ParseError) -> Token {
    while let octet = peek, octet.isSpace { position += 1 }
    start = position
    if scanNumber() { throw failure("missing unit character in duration") }
    if !acceptDuration() { throw failure("bad duration syntax: \(read.quoted)") }
    return token(.duration)
  }

  mutating func numberOrDuration() throws(ParseError) -> Token {
    if scanNumber() { return token(.number) }
    if acceptDuration() { return token(.duration) }
    throw failure("bad number or duration syntax: \(read.quoted)")
  }

  private var read: String { String(decoding: input[start..<position], as: UTF8.self) }

  private mutating func acceptAny(_ octets: StaticString) -> Bool {
    guard let octet = peek else { return false }
    let isAmong = octets.withUTF8Buffer { $0.contains(octet) }
    if isAmong { position += 1 }
    return isAmong
  }

  /// Whether a number stands here that no letter follows. What was read may be no number; the parser will see.
  private mutating func scanNumber() -> Bool {
    var isHexadecimal = false
    if accept(UInt8(ascii: "0")) { isHexadecimal = acceptAny("xX") }
    func isDigit(_ octet: UInt8) -> Bool {
      octet.isDigit || isHexadecimal && ((octet >= 97 && octet <= 102) || (octet >= 65 && octet <= 70))
    }
    while let octet = peek, isDigit(octet) { position += 1 }
    if accept(UInt8(ascii: ".")) {
      while let octet = peek, isDigit(octet) { position += 1 }
    }
    if acceptAny("eE") {
      _ = acceptAny("+-")
      while let octet = peek, octet.isDigit { position += 1 }
    }
    return peek?.isWord != true
  }

  /// Reads the units behind a first number, and further numbers with units.
  private mutating func acceptDuration() -> Bool {
    if !acceptAny("smhdwy") { return false }
    _ = acceptAny("s")
    while peek?.isDigit == true {
      while peek?.isDigit == true { position += 1 }
      if !acceptAny("smhdw") { return false }
      _ = acceptAny("s")
    }
    if peek?.isWord != true { return true }
    // The complaint shows what is in the way.
    position += 1
    return false
  }
}
