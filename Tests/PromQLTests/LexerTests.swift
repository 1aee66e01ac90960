import Testing

@testable import PromQL

@Suite struct LexerTests {
  private static func kinds(_ text: String) throws -> [TokenKind] {
    var lexer = Lexer(text)
    var found: [TokenKind] = []
    while true {
      let token: Token = try lexer.next()
      if token.kind == .end { return found }
      found.append(token.kind)
    }
  }

  @Test func wordsMeanWhatStandsAroundThem() throws {
    #expect(
      try Self.kinds("sum BY (a) # rest") == [
        .aggregation(.sum), .keyword(.by), .leftParenthesis, .identifier, .rightParenthesis,
      ])
    #expect(try Self.kinds("x{sum='1'}") == [.identifier, .leftBrace, .identifier, .equals, .string, .rightBrace])
    #expect(
      try Self.kinds("a:b[5m:1m]") == [
        .metricIdentifier, .leftBracket, .duration, .colon, .duration, .rightBracket,
      ])
    #expect(try Self.kinds("1e3 <= 0x1F") == [.number, .binary(.lessOrEqual), .number])
    #expect(BinaryOperator.and.isSetOperator && Keyword.groupLeft.rawValue == "group_left")
    #expect(AggregationOperator.countValues.takesParameter && !AggregationOperator.sum.takesParameter)
  }

  @Test(arguments: [
    ("x[5]", "1:3: parse error: missing unit character in duration"),
    ("(x", "1:3: parse error: unclosed left parenthesis"),
    ("x)", "1:3: parse error: unexpected right parenthesis ')'"),
    ("\"a", "1:1: parse error: unterminated quoted string"),
    ("\"\\q\"", "1:1: parse error: unknown escape sequence U+0071 'q'"),
    ("x{", "1:3: parse error: unexpected end of input inside braces"),
    ("1 +\n$", "2:1: parse error: unexpected character: '$'"),
    ("x[1h:1m:", "1:8: parse error: unexpected colon ':'"),
  ])
  func whatIsWrongIsSaidWithItsPlace(text: String, message: String) {
    #expect {
      _ = try Self.kinds(text)
    } throws: {
      ($0 as? ParseError)?.description == message
    }
  }

  @Test func escapesAreTexts() {
    #expect(Lexer.unquoted(#""a\tb\x41\101\u1ea1\U0001F600\"""#) == "a\tbAAạ😀\"")
    #expect(Lexer.unquoted("`a\\n`") == "a\\n")
    #expect("a\"\u{1}\n\u{200B}ạ".quoted == #""a\"\x01\n\u200bạ""#)
  }
}
