/// Why a question has no answer.
public enum QueryError: Error, Equatable, CustomStringConvertible {
  case unknownMeasurement(String)
  case unknownField(measurement: String, field: String)
  /// The answer would hold more buckets than one answer may.
  case tooManyBuckets(limit: Int)
  /// Quantiles of more readings than one question may sort.
  case tooManyReadings(limit: Int)

  public var description: String {
    switch self {
    case .unknownMeasurement(let name): "cannot find measurement \(name): no row of it was ever stored"
    case .unknownField(let measurement, let field):
      "cannot find field \(field): no row of measurement \(measurement) ever had it"
    case .tooManyBuckets(let limit):
      "cannot answer in one piece: more than \(limit) buckets (ask for a longer step, a shorter range or fewer groups)"
    case .tooManyReadings(let limit):
      "cannot compute quantiles: more than \(limit) readings (ask for a shorter range or fewer devices)"
    }
  }
}

/// What one question may cost.
enum QueryLimits {
  /// Buckets of one group.
  static let bucketsPerGroup = 4_000_000
  /// Buckets of an answer, held at 80 bytes each.
  static let buckets = 4_000_000
  /// Readings whose quantiles are computed, held at 12 bytes each.
  static let sortedReadings = 64_000_000
}
