/// Why a question has no answer.
public enum QueryError: Error, Equatable, CustomStringConvertible {
  case unknownMeasurement(String)
  case unknownField(measurement: String, field: String)
  case unknownTag(measurement: String, tag: String)
  /// A part that the answer needs is damaged, or gone. Others are served.
  case unreadablePart(table: String, part: String, cause: String)
  /// A table whose log could not be read at the start. Others are served.
  case unreadableTable(String, cause: String)
  /// The answer would hold more buckets than one answer may.
  case tooManyBuckets(limit: Int)
  /// More outages than one answer may list.
  case tooManyOutages(limit: Int)
  /// Quantiles of more readings than one question may sort.
  case tooManyReadings(limit: Int)
  /// More buckets changed than one answer can sort.
  case tooManyChanges(limit: Int)
  /// Nobody waits for the answer any more.
  case abandoned
  /// Other questions and answers take the memory that it needs.
  case noMemory

  public var description: String {
    switch self {
    case .unknownMeasurement(let name): "cannot find measurement \(name): no row of it was ever stored"
    case .unknownField(let measurement, let field):
      "cannot find field \(field): no row of measurement \(measurement) ever had it"
    case .unknownTag(let measurement, let tag):
      "cannot find tag \(tag): no row of measurement \(measurement) ever had it"
    case .unreadablePart(let table, let part, let cause): "cannot read part \(part) of table \(table): \(cause)"
    case .unreadableTable(let table, let cause): "cannot read table \(table): \(cause)"
    case .noMemory: "cannot answer now: other answers take what memory there is for them"
    case .abandoned: "cannot answer: whoever asked has gone"
    case .tooManyBuckets(let limit):
      "cannot answer in one piece: more than \(limit) buckets (ask for a longer step, a shorter range or fewer groups)"
    case .tooManyOutages(let limit):
      "cannot answer in one piece: devices were silent more than \(limit) times"
        + " (ask for a shorter range or fewer devices)"
    case .tooManyChanges(let limit):
      "cannot list changes: more than \(limit) buckets changed (ask for the rollups afresh, and from their version on)"
    case .tooManyReadings(let limit):
      "cannot compute quantiles: more than \(limit) readings (ask for a shorter range or fewer devices)"
    }
  }
}
