/// Why a question has no answer.
public struct QuestionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is at fault, by Prometheus' words.
  public enum Kind: String, Hashable, Sendable {
    /// The question itself.
    case badData = "bad_data"
    /// What was found while it was answered.
    case execution
    case timeout
    case canceled
    case `internal`
  }

  public var kind: Kind
  public var message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  public init(_ error: ParseError) {
    self.init(.badData, error.description)
  }

  public var description: String { message }

  /// A question that would need more memory than there may be.
  public static let tooManySamples = QuestionError(
    .execution, "query processing would load too many samples into memory in query execution")
  static let sameLabels = QuestionError(.execution, "vector cannot contain metrics with the same labelset")
}
