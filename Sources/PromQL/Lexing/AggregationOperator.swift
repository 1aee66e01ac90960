/// What makes few series of many.
public enum AggregationOperator: String, Hashable, Sendable, CaseIterable {
  case sum, avg, count, min, max, group, stddev, stdvar, topk, bottomk
  case countValues = "count_values"
  case quantile

  /// Whether a number or a name stands before the vector.
  public var takesParameter: Bool {
    switch self {
    case .topk, .bottomk, .countValues, .quantile: true
    default: false
    }
  }
}
