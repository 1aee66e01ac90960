/// Cuts an expression into tokens. What a word means depends on the brackets around it, as in Prometheus.
struct Lexer {
  let input: [UInt8]
  var position = 0
  /// Where the token begins that is being read.
  var start = 0
  private var parenthesisDepth = 0
  private var isBraceOpen = false
  private var isBracketOpen = false
  private var hasColon = false
  /// The next token is the duration that must follow a bracket.
  private var needsDuration = false

  init(_ text: String) {
    input = Array(text.utf8)
  }

  /// The next token that is no comment.
  mutating func next() throws(ParseError) -> Token {
    while true {
      if needsDuration {
        needsDuration = false
        return try duration()
      }
      skipSpace()
      start = position
      if peek == UInt8(ascii: "#") {
        while let octet = peek, octet != 10, octet != 13 { position += 1 }
        continue
      }
      return isBraceOpen ? try insideBraces() : try statement()
    }
  }

  // MARK: Octets

  var peek: UInt8? { position < input.count ? input[position] : nil }

  func peek(_ offset: Int) -> UInt8? { position + offset < input.count ? input[position + offset] : nil }

  mutating func accept(_ wanted: UInt8) -> Bool {
    if peek != wanted { return false }
    position += 1
    return true
  }

  /// The character at the position; nil at the end.
  var character: Unicode.Scalar? {
    guard position < input.count else { return nil }
    var iterator = input[position..<min(position + 4, input.count)].makeIterator()
    var decoder = UTF8()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) { return scalar }
    return "\u{FFFD}"
  }

  private mutating func skipSpace() {
    while let octet = peek, octet.isSpace { position += 1 }
  }

  func token(_ kind: TokenKind) -> Token {
    Token(kind: kind, range: start..<position, text: String(decoding: input[start..<position], as: UTF8.self))
  }

  func failure(_ message: String) -> ParseError {
    ParseError(message, at: start..<input.count, of: input)
  }

  /// The character at the position in single quotes; what Go prints for the end is `-1` as a character.
  private var shown: String { character?.quotedCharacter ?? "'\u{FFFD}'" }

  // MARK: States

  private mutating func statement() throws(ParseError) -> Token {
    guard let octet = peek else {
      if parenthesisDepth != 0 { throw failure("unclosed left parenthesis") }
      if isBracketOpen { throw failure("unclosed left bracket") }
      return token(.end)
    }
    if octet.isDigit || octet == UInt8(ascii: ".") && peek(1)?.isDigit == true { return try numberOrDuration() }
    if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "'") || octet == UInt8(ascii: "`") { return try string() }
    if octet.isLetter || octet == UInt8(ascii: ":") {
      if !isBracketOpen { return word() }
      if hasColon { throw failure("unexpected colon \(shown)") }
      position += 1
      hasColon = true
      return token(.colon)
    }
    if let found = try bracket(octet) { return found }
    return try sign(octet)
  }

  private mutating func bracket(_ octet: UInt8) throws(ParseError) -> Token? {
    switch octet {
    case UInt8(ascii: "("):
      position += 1
      parenthesisDepth += 1
      return token(.leftParenthesis)
    case UInt8(ascii: ")"):
      position += 1
      if parenthesisDepth == 0 {
        start = position
        throw failure("unexpected right parenthesis ')'")
      }
      parenthesisDepth -= 1
      return token(.rightParenthesis)
    case UInt8(ascii: "{"):
      position += 1
      isBraceOpen = true
      return token(.leftBrace)
    case UInt8(ascii: "["):
      if isBracketOpen { throw failure("unexpected left bracket \(shown)") }
      position += 1
      hasColon = false
      isBracketOpen = true
      needsDuration = true
      return token(.leftBracket)
    case UInt8(ascii: "]"):
      if !isBracketOpen { throw failure("unexpected right bracket \(shown)") }
      position += 1
      isBracketOpen = false
      return token(.rightBracket)
    default: return nil
    }
  }

  private mutating func sign(_ octet: UInt8) throws(ParseError) -> Token {
    let isDouble = peek(1) == UInt8(ascii: "=")
    switch octet {
    case UInt8(ascii: ","): return taken(1, .comma)
    case UInt8(ascii: "@"): return taken(1, .at)
    case UInt8(ascii: "*"): return taken(1, .binary(.multiply))
    case UInt8(ascii: "/"): return taken(1, .binary(.divide))
    case UInt8(ascii: "%"): return taken(1, .binary(.modulo))
    case UInt8(ascii: "+"): return taken(1, .binary(.add))
    case UInt8(ascii: "-"): return taken(1, .binary(.subtract))
    case UInt8(ascii: "^"): return taken(1, .binary(.power))
    case UInt8(ascii: "<"): return isDouble ? taken(2, .binary(.lessOrEqual)) : taken(1, .binary(.less))
    case UInt8(ascii: ">"): return isDouble ? taken(2, .binary(.greaterOrEqual)) : taken(1, .binary(.greater))
    case UInt8(ascii: "="):
      if isDouble { return taken(2, .binary(.equal)) }
      position += 1
      if peek == UInt8(ascii: "~") { throw failure("unexpected character after '=': '~'") }
      return token(.equals)
    case UInt8(ascii: "!"):
      if isDouble { return taken(2, .binary(.notEqual)) }
      position += 1
      throw failure("unexpected character after '!': \(shown)")
    default: throw failure("unexpected character: \(shown)")
    }
  }

  private mutating func taken(_ count: Int, _ kind: TokenKind) -> Token {
    position += count
    return token(kind)
  }

  private mutating func insideBraces() throws(ParseError) -> Token {
    guard let octet = peek else { throw failure("unexpected end of input inside braces") }
    if octet.isLetter {
      while let next = peek, next.isWord { position += 1 }
      return token(.identifier)
    }
    switch octet {
    case UInt8(ascii: ","): return taken(1, .comma)
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return try string()
    case UInt8(ascii: "="):
      return peek(1) == UInt8(ascii: "~") ? taken(2, .matchesPattern) : taken(1, .equals)
    case UInt8(ascii: "!"):
      if peek(1) == UInt8(ascii: "~") { return taken(2, .matchesNoPattern) }
      if peek(1) == UInt8(ascii: "=") { return taken(2, .binary(.notEqual)) }
      position += 1
      throw failure("unexpected character after '!' inside braces: \(shown)")
    case UInt8(ascii: "{"): throw failure("unexpected left brace '{'")
    case UInt8(ascii: "}"):
      isBraceOpen = false
      return taken(1, .rightBrace)
    default: throw failure("unexpected character inside braces: \(shown)")
    }
  }

  private mutating func word() -> Token {
    var hasColon = false
    while let octet = peek, octet.isWord || octet == UInt8(ascii: ":") {
      hasColon = hasColon || octet == UInt8(ascii: ":")
      position += 1
    }
    var found = token(hasColon ? .metricIdentifier : .identifier)
    // Words with a meaning are short.
    if !hasColon, found.range.count <= 12, let kind = TokenKind.word(found.text.lowercased()) { found.kind = kind }
    return found
  }
}

extension UInt8 {
  var isSpace: Bool { self == 32 || self == 9 || self == 10 || self == 13 }
  var isDigit: Bool { self >= 48 && self <= 57 }
  var isLetter: Bool { self == 95 || (self >= 97 && self <= 122) || (self >= 65 && self <= 90) }
  var isWord: Bool { isLetter || isDigit }
}
