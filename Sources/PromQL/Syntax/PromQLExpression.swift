/// A PromQL expression as it was read and found sound.
public indirect enum PromQLExpression: Sendable {
  case number(NumberLiteral)
  case string(StringLiteral)
  case selector(VectorSelector)
  case range(RangeSelector)
  case subquery(Subquery)
  case aggregation(Aggregation)
  case binary(BinaryOperation)
  case call(Call)
  case parenthesised(Parenthesised)
  case unary(UnaryOperation)

  /// What kind of value it has.
  public var type: ValueType {
    switch self {
    case .number: .scalar
    case .string: .string
    case .selector, .aggregation: .vector
    case .range, .subquery: .matrix
    case .binary(let node): node.type
    case .call(let node): node.function.returnType
    case .parenthesised(let node): node.type
    case .unary(let node): node.type
    }
  }

  /// Octets of the input.
  public var range: Range<Int> {
    switch self {
    case .number(let node): node.range
    case .string(let node): node.range
    case .selector(let node): node.range
    case .range(let node): node.range
    case .subquery(let node): node.range
    case .aggregation(let node): node.range
    case .binary(let node): node.range
    case .call(let node): node.range
    case .parenthesised(let node): node.range
    case .unary(let node): node.range
    }
  }

  /// Whether all steps of a question have the same value.
  var isStepInvariant: Bool {
    switch self {
    case .number, .string: true
    case .selector(let node): node.reference != nil
    case .range(let node): node.selector.reference != nil
    case .subquery(let node): node.reference != nil
    case .aggregation(let node): node.operand.isStepInvariant
    case .binary(let node): node.isStepInvariant
    case .call(let node): node.isStepInvariant
    case .parenthesised(let node): node.isStepInvariant
    case .unary(let node): node.isStepInvariant
    }
  }

  /// How many expressions stand inside one another.
  var depth: Int {
    switch self {
    case .number, .string, .selector, .range: 1
    case .subquery(let node): node.depth
    case .aggregation(let node): node.depth
    case .binary(let node): node.depth
    case .call(let node): node.depth
    case .parenthesised(let node): node.depth
    case .unary(let node): node.depth
    }
  }

  /// Without the parentheses around it.
  var bare: PromQLExpression {
    var found = self
    while case .parenthesised(let node) = found { found = node.inner }
    return found
  }

  /// What stands directly inside, from left to right.
  public var children: [PromQLExpression] {
    switch self {
    case .number, .string, .selector: []
    case .range(let node): [.selector(node.selector)]
    case .subquery(let node): [node.inner]
    case .aggregation(let node): (node.parameter.map { [$0] } ?? []) + [node.operand]
    case .binary(let node): [node.left, node.right]
    case .call(let node): node.arguments
    case .parenthesised(let node): [node.inner]
    case .unary(let node): [node.operand]
    }
  }

  /// Every selector inside, from left to right: what a scope must be applied to.
  public var selectors: [VectorSelector] {
    if case .selector(let node) = self { return [node] }
    return children.flatMap(\.selectors)
  }
}
