/// Makes few series of many.
public struct Aggregation: Sendable {
  public let operation: AggregationOperator
  public let operand: PromQLExpression
  /// The number or the name before the vector.
  public let parameter: PromQLExpression?
  /// Labels behind `by` or `without`.
  public let labels: [String]
  public let isWithout: Bool
  public let range: Range<Int>
  let depth: Int

  init(
    _ operation: AggregationOperator, _ operand: PromQLExpression, parameter: PromQLExpression?, labels: [String],
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
