/// Reads an expression by the rules of Prometheus 2.42, with its messages.
public struct ExpressionParser {
  /// Expressions inside one another. This parser and the evaluator call themselves; so deep they need a megabyte of
  /// stack, and three of them in a debug build.
  static let deepest = 250

  var lexer: Lexer
  var token: Token
  /// Where the last bracket, number or duration ended.
  var lastClosing = 0
  /// Where the last list of arguments ended.
  var closedAt = 0
  /// What an error of no special place is in.
  var surroundings = ""
  private var depth = 0

  private init(_ text: String) throws(ParseError) {
    lexer = Lexer(text)
    token = Token(kind: .end, range: 0..<0, text: "")
    token = try lexer.next()
    close()
  }

  /// The expression, whose types are checked.
  public static func expression(_ text: String) throws(ParseError) -> PromQLExpression {
    var parser = try ExpressionParser(text)
    if parser.token.kind == .end { throw parser.failure("no expression found in input", 0..<0) }
    let found = try parser.binary(1)
    if parser.token.kind != .end { throw parser.unexpected() }
    try TypeCheck(input: parser.lexer.input).check(found)
    return found
  }

  /// The conditions of a selector such as `env_temp{class="bts"}`, without anything else around it.
  public static func metricSelector(_ text: String) throws(ParseError) -> [LabelMatcher] {
    var parser = try ExpressionParser(text)
    guard parser.token.kind.isMetricName || parser.token.kind == .leftBrace else { throw parser.unexpected() }
    let found = try parser.selector()
    if parser.token.kind != .end { throw parser.unexpected() }
    return found.matchers
  }

  // MARK: Tokens

  mutating func advance() throws(ParseError) {
    token = try lexer.next()
    close()
  }

  private mutating func close() {
    switch token.kind {
    case .rightBrace, .rightParenthesis, .rightBracket, .duration, .number: lastClosing = token.range.upperBound
    default: break
    }
  }

  func failure(_ message: String, _ range: Range<Int>) -> ParseError {
    ParseError(message, at: range, of: lexer.input)
  }

  func unexpected(_ place: String? = nil, _ expected: String = "") -> ParseError {
    var message = "unexpected " + token.inWords
    let context = place ?? surroundings
    if !context.isEmpty { message += " in " + context }
    if !expected.isEmpty { message += ", expected " + expected }
    return failure(message, token.range)
  }

  // MARK: Operators

  /// Expressions with operators that bind at least so strongly.
  mutating func binary(_ least: Int) throws(ParseError) -> PromQLExpression {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw tooDeep }
    var left = try unary()
    while case .binary(let operation) = token.kind, operation.precedence >= least {
      try advance()
      let (returnsBool, matching) = try modifiers()
      let right = try binary(operation == .power ? operation.precedence : operation.precedence + 1)
      left = .binary(BinaryOperation(operation, left, right, returnsBool: returnsBool, matching: matching))
      if left.depth > Self.deepest { throw tooDeep }
    }
    return left
  }

  private var tooDeep: ParseError {
    failure("expression is nested too deeply, more than \(Self.deepest) levels", token.range)
  }

  private mutating func unary() throws(ParseError) -> PromQLExpression {
    guard case .binary(let sign) = token.kind, sign == .add || sign == .subtract else { return try postfix() }
    let begin = token.range.lowerBound
    try advance()
    let operand = try binary(BinaryOperator.power.precedence)
    let range = begin..<max(begin, operand.range.upperBound)
    if case .number(var literal) = operand {
      if sign == .subtract { literal.value = -literal.value }
      literal.range = range
      return .number(literal)
    }
    return .unary(UnaryOperation(isNegative: sign == .subtract, operand, range: range))
  }

  /// `bool`, `on`, `ignoring`, `group_left`, `group_right` behind an operator.
  private mutating func modifiers() throws(ParseError) -> (returnsBool: Bool, matching: VectorMatching) {
    var matching = VectorMatching()
    var returnsBool = false
    if token.kind == .keyword(.bool) {
      returnsBool = true
      try advance()
    }
    guard token.kind == .keyword(.on) || token.kind == .keyword(.ignoring) else { return (returnsBool, matching) }
    matching.isOn = token.kind == .keyword(.on)
    try advance()
    matching.labels = try groupingLabels()
    if token.kind == .keyword(.groupLeft) || token.kind == .keyword(.groupRight) {
      matching.cardinality = token.kind == .keyword(.groupLeft) ? .manyToOne : .oneToMany
      try advance()
      // Without labels an expression follows.
      if token.kind == .leftParenthesis || !token.kind.mayBeginExpression { matching.included = try groupingLabels() }
    }
    return (returnsBool, matching)
  }

  /// `(a, b)`
  mutating func groupingLabels() throws(ParseError) -> [String] {
    let context = "grouping opts"
    if token.kind != .leftParenthesis { throw unexpected(context, "\"(\"") }
    try advance()
    var names: [String] = []
    while token.kind != .rightParenthesis {
      if !token.kind.isLabelWord || !Label.isName(token.text) { throw unexpected(context, "label") }
      names.append(token.text)
      try advance()
      if token.kind == .rightParenthesis { break }
      if token.kind != .comma { throw unexpected(context, "\",\" or \")\"") }
      try advance()
    }
    try advance()
    return names
  }

  // MARK: What stands behind an expression

  private mutating func postfix() throws(ParseError) -> PromQLExpression {
    var found = try primary()
    while true {
      switch token.kind {
      case .leftBracket: found = try bracketed(found)
      case .keyword(.offset): found = try offset(found)
      case .at: found = try timeReference(found)
      default: return found
      }
      if found.depth > Self.deepest { throw tooDeep }
    }
  }

  mutating func duration() throws(ParseError) -> Int64 {
    switch DurationText.read(token.text) {
    case .failure(let complaint): throw failure(complaint.message, token.range)
    case .success(let millis):
      try advance()
      return millis
    }
  }
}
