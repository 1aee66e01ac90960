/// What a question may cost.
public struct QuestionLimits: Sendable {
  /// Samples and cells in memory at once.
  public var samples = 50_000_000
  /// Points a series of an answer.
  public var points = 11_000
  /// The step of a subquery that names none.
  public var subqueryStepMillis: Int64 = 60_000
  /// Asked again and again while the question is answered: an error if it is to end, because its time is over or its
  /// asker has gone.
  public var interruption: (@Sendable () -> QuestionError?)?

  public init() {}
}
