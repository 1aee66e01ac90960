/// Makes few series of many.
public struct Aggregation: Sendable {
  public let operation: AggregationOperator
  public let operand: Expression
  /// The number or the name before the vector.
  public let parameter: Expression?
  /// Labels behind `by` or `without`.
  public let labels: [String]
  public let isWithout: Bool
  public let range: Range<Int>
  let depth: Int

  init(
    _ operation: AggregationOperator, _ operand: Expression, parameter: Expression?, labels: [String],
    isWithout: Bool, range: Range<Int>
  ) {
    self.operation = operation
    self.operand = operand
    self.parameter = parameter
    self.labels = labels
    self.isWithout = isWithout
    self.range = range
    depth = max(operand.depth, parameter?.depth ?? 0) + 1
  }
}
