import Primitives
public import Rollups

/// A bound that is what is usual at this hour of the week: "fell to a tenth of what it is on a Tuesday at nine".
public struct UsualBound: Hashable, Sendable {
  public var measurement: String
  public var field: String
  public var aggregate: Aggregate
  /// The window's length; it ends now.
  public var over: Step
  /// How many weeks back it is looked what is usual.
  public var weeks: Int
  /// Whether values above so many times the usual one are told, or those below.
  public var isAbove: Bool
  public var factor: Double
  /// How many times the usual spread a value must lie off, so that what varies anyway is not told.
  public var spreads: Double

  public init(
    measurement: String, field: String, aggregate: Aggregate, over: Step, weeks: Int, isAbove: Bool, factor: Double,
    spreads: Double = UsualBound.usualSpreads
  ) {
    self.measurement = measurement
    self.field = field
    self.aggregate = aggregate
    self.over = over
    self.weeks = weeks
    self.isAbove = isAbove
    self.factor = factor
    self.spreads = spreads
  }

  /// Of values that vary as chance does, one in 370 lies further off.
  public static let usualSpreads = 3.0

  /// The window's length.
  public var windowNanos: Int64 { over.days > 0 ? over.days * Nanos.perDay : over.nanos }

  /// In how many of the weeks there must have been a value: half of them, and two at least.
  public var leastWeeks: Int { max(2, (weeks + 1) / 2) }

  /// What an hour's value is multiplied by to be one of the window: what adds up grows with it.
  public var windowShare: Double {
    switch aggregate {
    case .sum, .count, .increase: Double(windowNanos) / Double(Nanos.perHour)
    case .average, .minimum, .maximum, .first, .last, .standardDeviation, .rate, .distinct, .quantile: 1
    }
  }

  /// Beyond which value it is told; nil where a multiple says nothing, since what is usual is not above zero.
  public func bound(_ usual: UsualValue) -> Double? {
    guard usual.median > 0 else { return nil }
    let bound =
      isAbove
      ? max(usual.median * factor, usual.median + spreads * usual.spread)
      : min(usual.median * factor, usual.median - spreads * usual.spread)
    return bound.isFinite ? bound : nil
  }

  /// What a value says. What fires ends a quarter of the way back from the bound to the usual value.
  public func sign(of value: Double?, _ usual: UsualValue?) -> AlertSign {
    guard let value, let usual, let bound = bound(usual) else { return .absent }
    if isAbove ? value > bound : value < bound { return .raised }
    let clear = bound + (usual.median - bound) / 4
    return (isAbove ? value <= clear : value >= clear) ? .cleared : .between
  }
}
