/// Says where an expression has a value of the wrong kind in a place, in the order in which Prometheus looks.
struct TypeCheck {
  let input: [UInt8]

  private func failure(_ message: String, _ range: Range<Int>) -> ParseError {
    ParseError(message, at: range, of: input)
  }

  func check(_ expression: PromQLExpression) throws(ParseError) {
    switch expression {
    case .number, .string: break
    case .selector(let node): try check(node)
    case .range(let node): try check(node.selector)
    case .parenthesised(let node): try check(node.inner)
    case .aggregation(let node): try check(node)
    case .binary(let node): try check(node)
    case .call(let node): try check(node)
    case .unary(let node):
      try check(node.operand)
      if node.type != .scalar, node.type != .vector {
        throw failure(
          "unary expression only allowed on expressions of type scalar or instant vector, got "
            + node.type.documented.quoted, node.range)
      }
    case .subquery(let node):
      try check(node.inner)
      if node.inner.type != .vector {
        throw failure(
          "subquery is only allowed on instant vector, got \(node.inner.type.rawValue) instead", node.range)
      }
    }
  }

  private func expect(_ expression: PromQLExpression, _ type: ValueType, in context: String) throws(ParseError) {
    try check(expression)
    if expression.type != type {
      throw failure(
        "expected type \(type.documented) in \(context), got \(expression.type.documented)", expression.range)
    }
  }

  private func check(_ node: Aggregation) throws(ParseError) {
    try expect(node.operand, .vector, in: "aggregation expression")
    guard let parameter = node.parameter else { return }
    try expect(parameter, node.operation == .countValues ? .string : .scalar, in: "aggregation parameter")
  }

  private func check(_ node: VectorSelector) throws(ParseError) {
    if !node.name.isEmpty {
      for matcher in node.matchers.dropLast() where matcher.name == Label.nameOfMetrics {
        throw failure(
          "metric name must not be set twice: \(node.name.quoted) or \(matcher.value.quoted)", node.range)
      }
      return
    }
    for matcher in node.matchers where !matcher.matches("") { return }
    throw failure("vector selector must contain at least one non-empty matcher", node.range)
  }

  private func check(_ node: Call) throws(ParseError) {
    let types = node.function.argumentTypes
    let count = node.arguments.count
    let call = "call to \(node.function.name.quoted), got \(count)"
    if node.function.variadic == 0 {
      if count != types.count { throw failure("expected \(types.count) argument(s) in \(call)", node.range) }
    } else {
      let least = types.count - 1
      let most = least + node.function.variadic
      if count < least { throw failure("expected at least \(least) argument(s) in \(call)", node.range) }
      if node.function.variadic > 0, count > most {
        throw failure("expected at most \(most) argument(s) in \(call)", node.range)
      }
    }
    for (index, argument) in node.arguments.enumerated() {
      let type = types[min(index, types.count - 1)]
      try expect(argument, type, in: "call to function \(node.function.name.quoted)")
    }
  }

  private func check(_ node: BinaryOperation) throws(ParseError) {
    try check(node.left)
    try check(node.right)
    let (left, right) = (node.left.type, node.right.type)
    if node.returnsBool, !node.operation.isComparison {
      throw failure("bool modifier can only be used on comparison operators", sign(of: node))
    }
    if node.operation.isComparison, !node.returnsBool, left == .scalar, right == .scalar {
      throw failure("comparisons between scalars must use BOOL modifier", sign(of: node))
    }
    if node.matching.isOn {
      for label in node.matching.labels where node.matching.included.contains(label) {
        throw failure("label \(label.quoted) must not occur in ON and GROUP clause at once", sign(of: node))
      }
    }
    let sides = "binary expression must contain only scalar and instant vector types"
    if left != .scalar, left != .vector { throw failure(sides, node.left.range) }
    if right != .scalar, right != .vector { throw failure(sides, node.right.range) }
    if left != .vector || right != .vector {
      if !node.matching.labels.isEmpty {
        throw failure("vector matching only allowed between instant vectors", node.range)
      }
    } else if node.operation.isSetOperator, node.matching.cardinality != .oneToOne {
      throw failure("no grouping allowed for \(node.operation.rawValue.quoted) operation", node.range)
    }
    if left == .scalar || right == .scalar, node.operation.isSetOperator {
      throw failure(
        "set operator \(node.operation.rawValue.quoted) not allowed in binary scalar expression", node.range)
    }
  }

  /// Where the operator stands.
  private func sign(of node: BinaryOperation) -> Range<Int> {
    var begin = node.left.range.upperBound
    while begin < input.count, input[begin].isSpace { begin += 1 }
    return begin..<max(begin, node.right.range.lowerBound)
  }
}
