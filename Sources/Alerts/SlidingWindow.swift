import Primitives
import Rollups

/// The readings of the last so many nanoseconds and their aggregate, as readings come and leave.
///
/// Sums are never subtracted from: what leaves is taken off a stack of sums over all that came after it ("two stacks",
/// Tangwongsan et al., "General Incremental Sliding-Window Aggregation"). Quantiles keep the values sorted beside it. Of
/// counters it holds what they rose by.
struct SlidingWindow {
  private struct Reading {
    var time: UnixNanos
    var value: Double
    var origin: Int
    /// Of itself and all that leave after it, once it stands in `leaving`.
    var sum = Bucket()
    var spread = Spread()
  }

  private let threshold: AlertThreshold
  private var aggregate: Aggregate { threshold.aggregate }
  private var lengthNanos: Int64 { threshold.windowNanos }
  /// Readings that leave next, the oldest last, each with the sum of itself and all before it in this list.
  private var leaving: [Reading] = []
  /// Readings that came later, in their order.
  private var coming: [Reading] = []
  private var comingSum = Bucket()
  private var comingSpread = Spread()
  private var sorted: [Double] = []
  /// What each counter said last.
  private var counters: [Int: Double] = [:]
  /// How many readings there are of each device.
  private var devices: [Int: Int] = [:]

  init(_ threshold: AlertThreshold) {
    self.threshold = threshold
  }

  /// When the oldest reading leaves.
  var nextLeaveNanos: UnixNanos? {
    (leaving.last?.time ?? coming.first?.time).map { $0 + lengthNanos }
  }

  /// Adds a reading, not older than any before. `origin` tells counters apart, or devices that are counted.
  mutating func add(_ given: Double, of origin: Int = 0, at time: UnixNanos) {
    guard given.isFinite else { return }
    var value = given
    if aggregate.isOfCounter {
      let last = counters.updateValue(given, forKey: origin)
      value = last.map { given >= $0 ? given - $0 : max(0, given) } ?? 0
    }
    if aggregate == .distinct { devices[origin, default: 0] += 1 }
    coming.append(Reading(time: time, value: value, origin: origin))
    comingSum.add(value, at: time)
    comingSpread.add(value, count: comingSum.count)
    if aggregate.isQuantile { sorted.insert(value, at: place(of: value)) }
  }

  /// Lets go of what is no longer in the window that ends at `now`.
  mutating func expire(at now: UnixNanos) {
    while let next = nextLeaveNanos, next <= now {
      if leaving.isEmpty { turn() }
      guard let gone = leaving.popLast() else { return }
      if aggregate.isQuantile { sorted.remove(at: place(of: gone.value)) }
      if aggregate == .distinct, let count = devices[gone.origin] {
        devices[gone.origin] = count > 1 ? count - 1 : nil
      }
    }
  }

  /// The aggregate; nil while there is no reading.
  var value: Double? {
    var bucket = leaving.last?.sum ?? Bucket()
    bucket.merge(comingSum)
    if bucket.isEmpty { return nil }
    let value: Double?
    switch aggregate {
    case .count: value = Double(bucket.count)
    case .distinct: value = Double(devices.count)
    case .increase: value = bucket.sum
    case .rate: value = threshold.rate(ofIncrease: bucket.sum)
    case .standardDeviation:
      var spread = leaving.last?.spread ?? Spread()
      spread.merge(comingSpread, own: bucket.count - comingSum.count, others: comingSum.count)
      value = spread.deviation(count: bucket.count)
    case .quantile(let thousandths): value = Aggregate.nearestRank(thousandths: thousandths, of: sorted)
    default: value = aggregate.value(of: bucket)
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  private mutating func turn() {
    var sum = Bucket()
    var spread = Spread()
    for var reading in coming.reversed() {
      reading.sum.add(reading.value, at: reading.time)
      reading.sum.merge(sum)
      sum = reading.sum
      spread.add(reading.value, count: sum.count)
      reading.spread = spread
      leaving.append(reading)
    }
    coming.removeAll(keepingCapacity: true)
    comingSum = Bucket()
    comingSpread = Spread()
  }

  /// The first place in `sorted` whose value is not below.
  private func place(of value: Double) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
