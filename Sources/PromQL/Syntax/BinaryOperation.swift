/// Two expressions with an operator between them.
public struct BinaryOperation: Sendable {
  public let operation: BinaryOperator
  public let left: PromQLExpression
  public let right: PromQLExpression
  /// `bool`: one or zero in place of a filter.
  public let returnsBool: Bool
  /// How series find each other; of no meaning where one side is a scalar.
  public let matching: VectorMatching
  public let range: Range<Int>
  let type: ValueType
  let isStepInvariant: Bool
  let depth: Int

  init(
    _ operation: BinaryOperator, _ left: PromQLExpression, _ right: PromQLExpression, returnsBool: Bool,
    matching: VectorMatching
  ) {
    self.operation = operation
    self.left = left
    self.right = right
    self.returnsBool = returnsBool
    self.matching = matching
    range = left.range.lowerBound..<max(left.range.lowerBound, right.range.upperBound)
    type = left.type == .scalar && right.type == .scalar ? .scalar : .vector
    isStepInvariant = left.isStepInvariant && right.isStepInvariant
    depth = max(left.depth, right.depth) + 1
  }
}

/// How series of two vectors find each other.
public struct VectorMatching: Hashable, Sendable {
  /// How many series of either side may belong together.
  public enum Cardinality: Hashable, Sendable {
    case oneToOne, manyToOne, oneToMany, manyToMany
  }

  public var cardinality = Cardinality.oneToOne
  /// `on` these labels, or `ignoring` them.
  public var labels: [String] = []
  public var isOn = false
  /// Labels that `group_left` and `group_right` take over from the one side.
  public var included: [String] = []
}
