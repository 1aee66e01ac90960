extension ExpressionParser {
  /// `[5m]`, `[30m:1m]`
  mutating func bracketed(_ expression: PromQLExpression) throws(ParseError) -> PromQLExpression {
    let open = token.range.lowerBound
    try advance()
    if token.kind != .duration { throw unexpected("subquery selector", "duration") }
    let rangeMillis = try duration()
    if token.kind == .rightBracket {
      let end = token.range.upperBound
      try advance()
      return .range(try range(of: expression, millis: rangeMillis, brackets: open..<end))
    }
    if token.kind != .colon { throw unexpected("subquery or range", "\":\" or \"]\"") }
    try advance()
    var stepMillis: Int64 = 0
    if token.kind == .duration {
      stepMillis = try duration()
      if token.kind != .rightBracket { throw unexpected("subquery selector", "\"]\"") }
    } else if token.kind != .rightBracket {
      throw unexpected("subquery selector", "duration or \"]\"")
    }
    let range = expression.range.lowerBound..<token.range.upperBound
    try advance()
    return .subquery(Subquery(expression, rangeMillis: rangeMillis, stepMillis: stepMillis, range: range))
  }

  private func range(
    of expression: PromQLExpression, millis: Int64, brackets: Range<Int>
  ) throws(ParseError) -> RangeSelector {
    guard case .selector(let selector) = expression else {
      throw failure("ranges only allowed for vector selectors", brackets)
    }
    if selector.offsetMillis != 0 { throw failure("no offset modifiers allowed before range", brackets) }
    if selector.reference != nil { throw failure("no @ modifiers allowed before range", brackets) }
    return RangeSelector(
      selector: selector, rangeMillis: millis, range: selector.range.lowerBound..<brackets.upperBound)
  }

  /// `offset 5m`, `offset -5m`
  mutating func offset(_ expression: PromQLExpression) throws(ParseError) -> PromQLExpression {
    try advance()
    let isNegative = token.kind == .binary(.subtract)
    if isNegative { try advance() }
    if token.kind != .duration { throw unexpected("offset", "duration") }
    let millis = try duration() * (isNegative ? -1 : 1)
    let twice = "offset may not be set multiple times"
    switch expression {
    case .selector(var node):
      if node.offsetMillis != 0 { throw failure(twice, node.range) }
      node.offsetMillis = millis
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .selector(node)
    case .range(var node):
      if node.selector.offsetMillis != 0 { throw failure(twice, node.range) }
      node.selector.offsetMillis = millis
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .range(node)
    case .subquery(var node):
      if node.offsetMillis != 0 { throw failure(twice, node.range) }
      node.offsetMillis = millis
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .subquery(node)
    default:
      throw failure(
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
        expression.range)
    }
  }

  /// `@ 1609746000`, `@ start()`, `@ end()`
  mutating func timeReference(_ expression: PromQLExpression) throws(ParseError) -> PromQLExpression {
    try advance()
    let reference = try reference(expression)
    let twice = "@ <timestamp> may not be set multiple times"
    switch expression {
    case .selector(var node):
      if node.reference != nil { throw failure(twice, node.range) }
      node.reference = reference
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .selector(node)
    case .range(var node):
      if node.selector.reference != nil { throw failure(twice, node.range) }
      node.selector.reference = reference
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .range(node)
    case .subquery(var node):
      if node.reference != nil { throw failure(twice, node.range) }
      node.reference = reference
      node.range = node.range.lowerBound..<max(node.range.upperBound, lastClosing)
      return .subquery(node)
    default:
      throw failure(
        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
        expression.range)
    }
  }

  private mutating func reference(_ expression: PromQLExpression) throws(ParseError) -> TimeReference {
    var sign = 1.0
    if token.kind == .binary(.add) || token.kind == .binary(.subtract) {
      sign = token.kind == .binary(.subtract) ? -1 : 1
      try advance()
      if token.kind != .number { throw unexpected("@", "timestamp") }
    }
    switch token.kind {
    case .number:
      let seconds = sign * (try number())
      guard seconds.isFinite, seconds.magnitude < 0x1p63 else {
        let text = seconds.isNaN ? "NaN" : seconds.isInfinite ? (seconds < 0 ? "-Inf" : "+Inf") : "\(seconds)"
        throw failure("timestamp out of bounds for @ modifier: \(text)", expression.range)
      }
      // Far from where sums of times would overflow.
      let millis = (seconds * 1000).rounded(.toNearestOrAwayFromZero)
      return .at(Int64(min(max(millis, -0x1p61), 0x1p61)))
    case .start, .end_:
      let isStart = token.kind == .start
      try advance()
      if token.kind != .leftParenthesis { throw unexpected("@", "timestamp") }
      try advance()
      if token.kind != .rightParenthesis { throw unexpected("@", "timestamp") }
      try advance()
      return isStart ? .start : .end
    default: throw unexpected("@", "timestamp")
    }
  }
}
