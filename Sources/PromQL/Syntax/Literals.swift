/// A number.
public struct NumberLiteral: Sendable {
  public var value: Double
  public var range: Range<Int>
}

/// A text in quotes.
public struct StringLiteral: Sendable {
  public var value: String
  public var range: Range<Int>
}

/// An expression in parentheses.
public struct Parenthesised: Sendable {
  public let inner: PromQLExpression
  public let range: Range<Int>
  let type: ValueType
  let isStepInvariant: Bool
  let depth: Int

  init(_ inner: PromQLExpression, range: Range<Int>) {
    self.inner = inner
    self.range = range
    type = inner.type
    isStepInvariant = inner.isStepInvariant
    depth = inner.depth + 1
  }
}

/// `+` or `-` before an expression.
public struct UnaryOperation: Sendable {
  public let isNegative: Bool
  public let operand: PromQLExpression
  public let range: Range<Int>
  let type: ValueType
  let isStepInvariant: Bool
  let depth: Int

  init(isNegative: Bool, _ operand: PromQLExpression, range: Range<Int>) {
    self.isNegative = isNegative
    self.operand = operand
    self.range = range
    type = operand.type
    isStepInvariant = operand.isStepInvariant
    depth = operand.depth + 1
  }
}
