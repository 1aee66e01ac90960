/// How far readings lie from their mean: what a standard deviation is made of.
///
/// Held as mean and sum of squared distances from it (Welford, "Note on a method for calculating corrected sums of
/// squares"), merged as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
/// variances": sums of squares lose all their digits where readings lie far from zero. How many readings there are is
/// told with each call.
public struct Spread: BitwiseCopyable, Sendable, Equatable {
  /// One of the readings. The mean is told by its distance from it: of numbers with twelve digits before the point a double
  /// has four places left, and a mean needs more.
  public var pivot = 0.0
  /// What the double `pivot` lacks of the reading.
  public var pivotRest = 0.0
  /// The mean, less `pivot` and its rest.
  public var mean = 0.0
  /// The sum of squared distances from the mean; NaN if it is not known any more.
  public var squares = 0.0

  @inlinable
  public init() {}

  /// Of readings that are gone.
  public static let unknown: Spread = {
    var spread = Spread()
    spread.squares = .nan
    return spread
  }()

  /// Adds a finite reading.
  ///
  /// - Parameters:
  ///   - rest: what the double lacks of it: see `WideNumber.rest`.
  ///   - count: how many there are with it.
  @inlinable
  public mutating func add(_ value: Double, rest: Double = 0, count: Int64) {
    if count == 1 { (pivot, pivotRest) = (value, rest) }
    let own = value - pivot + (rest - pivotRest)
    let distance = own - mean
    mean += distance / Double(count)
    squares += distance * (own - mean)
  }

  /// Adds the readings of another.
  ///
  /// - Parameters:
  ///   - own: how many readings this one has.
  ///   - others: how many the other one has.
  @inlinable
  public mutating func merge(_ other: Spread, own: Int64, others: Int64) {
    if others == 0 { return }
    if own == 0 {
      self = other
      return
    }
    let distance = other.pivot - pivot + (other.pivotRest - pivotRest) + (other.mean - mean)
    let share = Double(others) / Double(own + others)
    mean += distance * share
    squares += other.squares + distance * distance * Double(own) * share
  }

  /// The standard deviation as of a whole population; NaN without readings.
  public func deviation(count: Int64) -> Double {
    count == 0 ? .nan : (squares.isNaN ? .nan : max(0, squares) / Double(count)).squareRoot()
  }
}
