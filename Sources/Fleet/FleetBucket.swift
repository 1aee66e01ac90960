public import Primitives

/// What was sent in one rollup bucket of one field: doubled rows are counted once.
public struct FleetBucket: Sendable, Equatable {
  /// The bucket's start.
  public var time: UnixNanos
  /// Values in the bucket.
  public var count: Int
  /// The smallest value; infinity in an empty bucket.
  public var min: Double
  /// The largest value; minus infinity in an empty bucket.
  public var max: Double
  /// The running sum and what it lost to rounding (Neumaier), so that a sum of millions is good to its last digit.
  private var runningSum: Double
  private var lost: Double

  /// The sum of the values.
  public var sum: Double { runningSum + lost }

  /// An empty bucket.
  public init(time: UnixNanos) {
    self.time = time
    count = 0
    min = .infinity
    max = -.infinity
    runningSum = 0
    lost = 0
  }

  mutating func add(_ value: Double) {
    count += 1
    if value < min { min = value }
    if value > max { max = value }
    accumulate(value)
  }

  mutating func merge(_ other: FleetBucket) {
    count += other.count
    if other.min < min { min = other.min }
    if other.max > max { max = other.max }
    accumulate(other.runningSum)
    lost += other.lost
  }

  private mutating func accumulate(_ value: Double) {
    let total = runningSum + value
    lost += runningSum.magnitude >= value.magnitude ? (runningSum - total) + value : (value - total) + runningSum
    runningSum = total
  }

  /// Whether a receiver's answer for this bucket is what was sent: count, minimum and maximum exactly, the sum to
  /// one part in 10^9 of the values' magnitude.
  public func agrees(count: Int, sum: Double, min: Double, max: Double) -> Bool {
    let scale = Swift.max(self.min.magnitude, self.max.magnitude, 1) * Double(Swift.max(1, self.count))
    return count == self.count && min == self.min && max == self.max && (sum - self.sum).magnitude <= 1e-9 * scale
  }
}
