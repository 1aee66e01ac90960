import Primitives
import Rollups

/// The readings of the last so many nanoseconds and their aggregate, as readings come and leave.
///
/// Sums are never subtracted from: what leaves is taken off a stack of sums over all that came after it ("two stacks",
/// Tangwongsan et al., "General Incremental Sliding-Window Aggregation"). Quantiles keep the values sorted beside it.
struct SlidingWindow {
  private let aggregate: Aggregate
  private let lengthNanos: Int64
  /// Readings that leave next, the oldest last, each with the sum of itself and all before it in this list.
  private var leaving: [(time: UnixNanos, value: Double, sum: Bucket)] = []
  /// Readings that came later, in their order.
  private var coming: [(time: UnixNanos, value: Double)] = []
  private var comingSum = Bucket()
  private var sorted: [Double] = []

  init(aggregate: Aggregate, lengthNanos: Int64) {
    self.aggregate = aggregate
    self.lengthNanos = lengthNanos
  }

  /// When the oldest reading leaves.
  var nextLeaveNanos: UnixNanos? {
    (leaving.last?.time ?? coming.first?.time).map { $0 + lengthNanos }
  }

  /// Adds a reading, not older than any before.
  mutating func add(_ value: Double, at time: UnixNanos) {
    guard value.isFinite else { return }
    coming.append((time, value))
    comingSum.add(value, at: time)
    if aggregate.isQuantile { sorted.insert(value, at: place(of: value)) }
  }

  /// Lets go of what is no longer in the window that ends at `now`.
  mutating func expire(at now: UnixNanos) {
    while let next = nextLeaveNanos, next <= now {
      if leaving.isEmpty { turn() }
      guard let gone = leaving.popLast() else { return }
      if aggregate.isQuantile { sorted.remove(at: place(of: gone.value)) }
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
    case .quantile(let thousandths): value = Aggregate.nearestRank(thousandths: thousandths, of: sorted)
    default: value = aggregate.value(of: bucket)
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  private mutating func turn() {
    var sum = Bucket()
    for (time, value) in coming.reversed() {
      var next = Bucket()
      next.add(value, at: time)
      next.merge(sum)
      sum = next
      leaving.append((time, value, sum))
    }
    coming.removeAll(keepingCapacity: true)
    comingSum = Bucket()
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
