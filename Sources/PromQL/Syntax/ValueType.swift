/// What kind of value an expression has.
public enum ValueType: String, Hashable, Sendable {
  case none, scalar, vector, matrix, string

  /// As the documentation calls it.
  var documented: String {
    switch self {
    case .vector: "instant vector"
    case .matrix: "range vector"
    default: rawValue
    }
  }
}
