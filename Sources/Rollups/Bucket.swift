public import Primitives

/// One rollup cell: what a number of readings add up to.
///
/// It never holds an average, so buckets of parts of a set merge to the bucket of the whole, in any order and any
/// grouping: lanes, parts, nodes, areas, and finer steps to coarser ones. Only readings of one series and one instant must
/// come in the order of their arrival: of them it is asked which was first.
public struct Bucket: BitwiseCopyable, Sendable {
  /// Readings summed up.
  public var count: Int64 = 0
  /// The sum of the readings.
  public var total = ExactSum()
  /// `+infinity` while empty.
  public var min = Double.infinity
  /// `-infinity` while empty.
  public var max = -Double.infinity
  /// The value of the earliest reading; of several at one instant the first that was added.
  public var first = 0.0
  /// The value of the latest reading; of several at one instant the last that was added.
  public var last = 0.0
  public var firstTime = UnixNanos.max
  public var lastTime = UnixNanos.min

  /// The bucket of no readings.
  @inlinable
  public init() {}

  /// A bucket that was stored. `count` must not be 0.
  @inlinable
  public init(
    count: Int64, total: ExactSum, min: Double, max: Double, first: Double, firstTime: UnixNanos, last: Double,
    lastTime: UnixNanos
  ) {
    self.count = count
    self.total = total
    self.min = min
    self.max = max
    self.first = first
    self.last = last
    self.firstTime = firstTime
    self.lastTime = lastTime
  }

  @inlinable public var isEmpty: Bool { count == 0 }

  /// The sum of the readings.
  public var sum: Double { total.value }

  /// Adds one reading that is no decimal. NaN and infinities are no readings to sum up: they are left out.
  @inlinable
  public mutating func add(_ value: Double, at time: UnixNanos) {
    if !value.isFinite { return }
    total.add(value)
    count(value, at: time)
  }

  /// Adds one reading, `mantissa / 10^scale` and as a double. `scale` is at most `ExactSum.places`.
  @inlinable
  public mutating func add(_ value: Double, mantissa: Int64, scale: Int, at time: UnixNanos) {
    total.add(mantissa: mantissa, scale: scale)
    count(value, at: time)
  }

  @inlinable
  mutating func count(_ value: Double, at time: UnixNanos) {
    count &+= 1
    if value < min { min = value }
    if value > max { max = value }
    if time < firstTime || count == 1 { (first, firstTime) = (value, time) }
    if time >= lastTime { (last, lastTime) = (value, time) }
  }

  /// Adds the readings of another bucket; those of one instant count as having come later.
  @inlinable
  public mutating func merge(_ other: Bucket) {
    if other.count == 0 { return }
    if count == 0 {
      self = other
      return
    }
    count &+= other.count
    total.merge(other.total)
    if other.min < min { min = other.min }
    if other.max > max { max = other.max }
    if other.firstTime < firstTime { (first, firstTime) = (other.first, other.firstTime) }
    if other.lastTime >= lastTime { (last, lastTime) = (other.last, other.lastTime) }
  }
}

extension Bucket {
  /// The mean; NaN while empty.
  public var average: Double { sum / Double(count) }
}
