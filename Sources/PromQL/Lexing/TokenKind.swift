/// What a token is. Words that name an operator, an aggregation or a modifier have kinds of their own.
enum TokenKind: Hashable, Sendable {
  case end, comment
  case identifier, metricIdentifier, number, duration, string
  case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
  case comma, colon, semicolon, equals
  case matchesPattern, matchesNoPattern
  case at
  case binary(BinaryOperator)
  case aggregation(AggregationOperator)
  case keyword(Keyword)
  case start, end_

  /// Words with a meaning, written small; any letter may be written large.
  static func word(_ text: String) -> TokenKind? {
    if let found = BinaryOperator.words[text] { return .binary(found) }
    if let found = AggregationOperator(rawValue: text) { return .aggregation(found) }
    if let found = Keyword(rawValue: text) { return .keyword(found) }
    switch text {
    case "start": return .start
    case "end": return .end_
    case "inf", "nan": return .number
    default: return nil
    }
  }

  /// Whether an expression may begin with the word as with a metric's name.
  var isMetricName: Bool {
    switch self {
    case .identifier, .metricIdentifier, .aggregation, .start, .end_: true
    case .binary(let found): found == .and || found == .or || found == .unless
    case .keyword(let word): word == .by || word == .without || word == .offset
    default: false
    }
  }

  /// Whether an expression may begin so.
  var mayBeginExpression: Bool {
    switch self {
    case .number, .string, .leftParenthesis, .leftBrace, .binary(.add), .binary(.subtract): true
    default: isMetricName
    }
  }

  /// Whether the word may stand in a list of labels.
  var isLabelWord: Bool {
    switch self {
    case .identifier, .metricIdentifier, .aggregation, .start, .end_: true
    case .binary(let found): found.isSetOperator || found == .atan2
    case .keyword(let word): word != .without
    default: false
    }
  }
}
