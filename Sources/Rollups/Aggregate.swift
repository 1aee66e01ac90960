/// What is asked of a bucket. The name is what the interface calls it.
public enum Aggregate: Hashable, Sendable {
  case count
  case sum
  case average
  case minimum
  case maximum
  case first
  case last
  /// Of the readings as a whole population.
  case standardDeviation
  /// How far a counter rose: what it rose by from each reading to the next, counted in the bucket of the later one. A
  /// reading below the one before it is a reset: the counter rose from 0.
  case increase
  /// `increase` a second of the bucket.
  case rate
  /// How many devices there were.
  case distinct
  /// The value at nearest rank: the smallest that at least so many thousandths of the readings do not exceed.
  case quantile(thousandths: Int)

  /// Reads `avg`, `min`, `max`, `sum`, `count`, `first`, `last`, `stddev`, `increase`, `rate`, `distinct` and `p1` … `p99.9`; nil for anything else.
  public init?(name: String) {
    switch name {
    case "count": self = .count
    case "sum": self = .sum
    case "avg": self = .average
    case "min": self = .minimum
    case "max": self = .maximum
    case "first": self = .first
    case "last": self = .last
    case "stddev": self = .standardDeviation
    case "increase": self = .increase
    case "rate": self = .rate
    case "distinct": self = .distinct
    default:
      guard let thousandths = Self.thousandths(name) else { return nil }
      self = .quantile(thousandths: thousandths)
    }
  }

  /// `p99.9` is 999.
  private static func thousandths(_ name: String) -> Int? {
    guard name.utf8.first == UInt8(ascii: "p") else { return nil }
    let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let digits = parts.first, (1...2).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (48...57).contains($0) }), let whole = Int(digits)
    else { return nil }
    var tenths = 0
    if parts.count == 2 {
      guard parts[1].utf8.count == 1, let digit = parts[1].utf8.first, (49...57).contains(digit) else { return nil }
      tenths = Int(digit) - 48
    }
    let value = whole * 10 + tenths
    return value > 0 ? value : nil
  }

  public var name: String {
    switch self {
    case .count: "count"
    case .sum: "sum"
    case .average: "avg"
    case .minimum: "min"
    case .maximum: "max"
    case .first: "first"
    case .last: "last"
    case .standardDeviation: "stddev"
    case .increase: "increase"
    case .rate: "rate"
    case .distinct: "distinct"
    case .quantile(let thousandths):
      thousandths % 10 == 0 ? "p\(thousandths / 10)" : "p\(thousandths / 10).\(thousandths % 10)"
    }
  }

  public var isQuantile: Bool {
    if case .quantile = self { return true }
    return false
  }

  /// Whether it follows a counter from reading to reading.
  public var isOfCounter: Bool { self == .increase || self == .rate }

  /// The aggregate of a bucket that is not empty; nil for `count`, which is an integer, and for what no bucket holds.
  public func value(of bucket: Bucket) -> Double? {
    switch self {
    case .sum: bucket.sum
    case .average: bucket.average
    case .minimum: bucket.min
    case .maximum: bucket.max
    case .first: bucket.first
    case .last: bucket.last
    case .count, .standardDeviation, .quantile, .increase, .rate, .distinct: nil
    }
  }

  /// The value at nearest rank of values that are sorted; nil if there are none.
  public static func nearestRank(thousandths: Int, of sorted: some RandomAccessCollection<Double>) -> Double? {
    if sorted.isEmpty { return nil }
    let rank = max(1, (sorted.count * thousandths + 999) / 1_000)
    return sorted[sorted.index(sorted.startIndex, offsetBy: min(rank, sorted.count) - 1)]
  }
}
