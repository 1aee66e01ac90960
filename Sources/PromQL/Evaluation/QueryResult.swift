/// The answer to a question.
public enum QueryResult: Sendable {
  case scalar(timeMillis: Int64, Double)
  case string(timeMillis: Int64, String)
  /// All values stand for one time; in the order of `sort`, if that was asked.
  case vector(timeMillis: Int64, [VectorSample])
  case matrix([MatrixSeries])
}

/// One series of an instant vector.
public struct VectorSample: Sendable {
  public var labels: Labels
  public var value: Double
}

/// One series of a matrix.
public struct MatrixSeries: Sendable {
  public var labels: Labels
  public var timesMillis: [Int64]
  public var values: [Double]
}
