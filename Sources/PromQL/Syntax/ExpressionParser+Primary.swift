extension ExpressionParser {
  mutating func primary() throws(ParseError) -> PromQLExpression {
    switch token.kind {
    case .number:
      let range = token.range
      return .number(NumberLiteral(value: try number(), range: range))
    case .string:
      let literal = StringLiteral(value: Lexer.unquoted(token.text), range: token.range)
      try advance()
      return .string(literal)
    case .leftParenthesis:
      let begin = token.range.lowerBound
      try advance()
      let inner = try binary(1)
      if token.kind != .rightParenthesis { throw unexpected() }
      let end = token.range.upperBound
      try advance()
      return .parenthesised(Parenthesised(inner, range: begin..<end))
    case .leftBrace: return .selector(try selector())
    default: break
    }
    if !token.kind.isMetricName { throw unexpected() }
    let word = token
    if case .aggregation(let operation) = word.kind {
      let before = (lexer, token, lastClosing)
      try advance()
      switch token.kind {
      case .leftParenthesis, .keyword(.by), .keyword(.without): return try aggregation(operation, word)
      default: (lexer, token, lastClosing) = before
      }
    }
    if word.kind == .identifier {
      let before = (lexer, token, lastClosing)
      try advance()
      if token.kind == .leftParenthesis { return try call(word) }
      (lexer, token, lastClosing) = before
    }
    return .selector(try selector())
  }

  // MARK: Selectors

  /// `name`, `{…}` or both.
  mutating func selector() throws(ParseError) -> VectorSelector {
    let begin = token.range.lowerBound
    var name = ""
    var end = token.range.upperBound
    if token.kind != .leftBrace {
      name = token.text
      try advance()
    }
    var matchers: [LabelMatcher] = []
    if token.kind == .leftBrace {
      try advance()
      matchers = try labelMatchers()
      end = token.range.upperBound
      try advance()
    }
    return VectorSelector(name: name, matchers: matchers, range: begin..<end)
  }

  /// Up to the brace, which stays.
  private mutating func labelMatchers() throws(ParseError) -> [LabelMatcher] {
    let context = "label matching"
    var found: [LabelMatcher] = []
    while token.kind != .rightBrace {
      if token.kind != .identifier { throw unexpected(context, "identifier or \"}\"") }
      let name = token
      try advance()
      let kind: LabelMatcher.Kind
      switch token.kind {
      case .equals: kind = .equal
      case .binary(.notEqual): kind = .notEqual
      case .matchesPattern: kind = .matches
      case .matchesNoPattern: kind = .matchesNot
      default: throw unexpected(context, "label matching operator")
      }
      try advance()
      if token.kind != .string { throw unexpected(context, "string") }
      do {
        found.append(try LabelMatcher(name.text, kind, Lexer.unquoted(token.text)))
      } catch {
        throw failure(error.description, name.range.lowerBound..<token.range.upperBound)
      }
      try advance()
      if token.kind == .rightBrace { break }
      if token.kind != .comma { throw unexpected(context, "\",\" or \"}\"") }
      try advance()
    }
    return found
  }

  // MARK: Functions and aggregations

  private mutating func call(_ word: Token) throws(ParseError) -> PromQLExpression {
    let arguments = try arguments()
    let end = closedAt
    guard let function = FunctionSignature.named(word.text) else {
      throw failure("unknown function with name \(word.text.quoted)", word.range)
    }
    return .call(Call(function, arguments, range: word.range.lowerBound..<end))
  }

  private mutating func arguments() throws(ParseError) -> [PromQLExpression] {
    if token.kind != .leftParenthesis { throw unexpected() }
    try advance()
    var found: [PromQLExpression] = []
    if token.kind != .rightParenthesis {
      found.append(try binary(1))
      while token.kind == .comma {
        let comma = token
        try advance()
        if token.kind == .rightParenthesis || token.kind == .comma {
          throw failure("trailing commas not allowed in function call args", comma.range)
        }
        found.append(try binary(1))
      }
    }
    if token.kind != .rightParenthesis { throw unexpected() }
    closedAt = token.range.upperBound
    try advance()
    return found
  }

  private mutating func aggregation(
    _ operation: AggregationOperator, _ word: Token
  ) throws(ParseError) -> PromQLExpression {
    var labels: [String] = []
    var isWithout = false
    var hasModifier = false
    let before = surroundings
    surroundings = "aggregation"
    func isModifier(_ token: Token) -> Bool { token.kind == .keyword(.by) || token.kind == .keyword(.without) }
    if isModifier(token) {
      hasModifier = true
      isWithout = token.kind == .keyword(.without)
      try advance()
      labels = try groupingLabels()
    }
    let arguments = try arguments()
    surroundings = before
    if !hasModifier, isModifier(token) {
      isWithout = token.kind == .keyword(.without)
      try advance()
      labels = try groupingLabels()
    }
    let range = word.range.lowerBound..<max(word.range.upperBound, closedAt)
    let wanted = operation.takesParameter ? 2 : 1
    if arguments.isEmpty { throw failure("no arguments for aggregate expression provided", range) }
    if arguments.count != wanted {
      throw failure(
        "wrong number of arguments for aggregate expression provided, expected \(wanted), got \(arguments.count)",
        range)
    }
    return .aggregation(
      Aggregation(
        operation, arguments[wanted - 1], parameter: wanted == 2 ? arguments[0] : nil, labels: labels,
        isWithout: isWithout, range: range))
  }

  // MARK: Numbers

  mutating func number() throws(ParseError) -> Double {
    let text = token.text
    let range = token.range
    guard let value = Self.value(text) else {
      throw failure("error parsing number: strconv.ParseFloat: parsing \(text.quoted): invalid syntax", range)
    }
    let isWord = text.utf8.first.map { $0.isLetter } ?? false
    if value.isInfinite, !isWord {
      throw failure("error parsing number: strconv.ParseFloat: parsing \(text.quoted): value out of range", range)
    }
    try advance()
    return value
  }

  /// Decimal, hexadecimal behind `0x`, octal behind `0`.
  private static func value(_ text: String) -> Double? {
    let digits = text.utf8
    if digits.first == 48, digits.count > 1 {
      if digits.dropFirst().first == UInt8(ascii: "x") || digits.dropFirst().first == UInt8(ascii: "X") {
        return Int64(text.dropFirst(2), radix: 16).map(Double.init)
      }
      if let value = Int64(text, radix: 8) { return Double(value) }
    }
    // `5.`, `.5` and `5.e3` are numbers here.
    return Double(text) ?? padded(text)
  }

  private static func padded(_ text: String) -> Double? {
    var out: [UInt8] = []
    let octets = Array(text.utf8)
    for (index, octet) in octets.enumerated() {
      let isPoint = octet == UInt8(ascii: ".")
      if isPoint, index == 0 || !octets[index - 1].isDigit { out.append(48) }
      out.append(octet)
      if isPoint, index + 1 >= octets.count || !octets[index + 1].isDigit { out.append(48) }
    }
    return octets.contains(where: \.isDigit) ? Double(String(decoding: out, as: UTF8.self)) : nil
  }
}
