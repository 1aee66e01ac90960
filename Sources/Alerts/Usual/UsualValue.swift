/// What values of one hour of the week came to over some weeks.
public struct UsualValue: Hashable, Sendable {
  public var median: Double
  /// The median of how far they lie from the median, made comparable with a standard deviation: one strange week does not
  /// move it, which a mean and a deviation would follow.
  public var spread: Double

  public init(median: Double, spread: Double) {
    self.median = median
    self.spread = spread
  }

  /// - Parameters:
  ///   - values: a value a week.
  ///   - least: so many there must be, else nil.
  init?(_ values: [Double], least: Int) {
    guard values.count >= max(1, least) else { return nil }
    let median = Self.median(values)
    self.init(median: median, spread: Self.median(values.map { ($0 - median).magnitude }) * Self.deviationOfNormal)
  }

  /// A normal distribution's standard deviation by its median absolute deviation.
  private static let deviationOfNormal = 1.4826

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
  }
}
