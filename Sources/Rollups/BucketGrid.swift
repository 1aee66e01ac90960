public import Primitives

/// The buckets that a range of time touches, numbered from 0.
public struct BucketGrid: Sendable {
  public let step: Step
  /// How many buckets.
  public let count: Int
  /// The first bucket's start.
  public let start: UnixNanos
  /// The last bucket's end.
  public let end: UnixNanos
  /// For steps of days: each bucket's start, and the last one's end; empty otherwise.
  let boundaries: [UnixNanos]

  /// The buckets that meet `from ..< to`; nil if there are more than `limit`, or times leave what 64 bits say.
  public init?(step: Step, zone: TimeZoneRules, from: UnixNanos, to: UnixNanos, limit: Int) {
    let margin = 4 * 366 * 10 * Nanos.perDay
    guard from > Int64.min + margin, to < Int64.max - margin else { return nil }
    // Both can be said, and yet lie further apart than 64 bits say; the first bucket begins up to a step earlier.
    guard !to.subtractingReportingOverflow(from - margin / 4).overflow else { return nil }
    self.step = step
    var position = step.bucket(of: from, zone: zone)
    start = position.start
    if to <= from {
      count = 0
      end = position.start
      boundaries = []
      return
    }
    if step.days == 0 {
      let buckets = (to - 1 - position.start) / step.nanos + 1
      guard buckets <= Int64(limit) else { return nil }
      count = Int(buckets)
      end = position.start + buckets * step.nanos
      boundaries = []
      return
    }
    guard (to - from) / (step.days * Nanos.perDay) < Int64(limit) else { return nil }
    var edges = [position.start, position.end]
    while position.end < to {
      position = step.bucket(of: position.end, zone: zone)
      edges.append(position.end)
    }
    guard edges.count - 1 <= limit else { return nil }
    boundaries = edges
    count = edges.count - 1
    end = position.end
  }

  /// The number of an instant's bucket. The instant must lie within `start ..< end`.
  public func number(of time: UnixNanos) -> Int {
    if step.days == 0 { return Int((time - start) / step.nanos) }
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if boundaries[middle] <= time { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// Where a bucket begins; that of `count` is where the last one ends.
  public func start(of number: Int) -> UnixNanos {
    step.days == 0 ? start + Int64(number) * step.nanos : boundaries[number]
  }

  /// Whether every bucket's edges lie on multiples of `finer` nanoseconds of UTC, so that finer buckets merge into these.
  public func isMadeOf(bucketsOf finer: Int64) -> Bool {
    if step.days == 0 { return step.nanos % finer == 0 }
    return boundaries.allSatisfy { $0 % finer == 0 }
  }
}
