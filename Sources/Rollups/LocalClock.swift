public import Primitives

/// How far local time is ahead of UTC: what a step of days needs to find local midnight.
public struct LocalClock: Sendable {
  private let offsetSeconds: @Sendable (UnixNanos) -> Int

  /// - Parameter offsetSeconds: seconds by which local time is ahead of UTC at an instant.
  public init(offsetSeconds: @escaping @Sendable (UnixNanos) -> Int) {
    self.offsetSeconds = offsetSeconds
  }

  /// A zone whose offset never changes.
  public init(fixedOffsetSeconds: Int) {
    self.init { _ in fixedOffsetSeconds }
  }

  public static let utc = LocalClock(fixedOffsetSeconds: 0)

  private func offsetNanos(at time: UnixNanos) -> Int64 { Int64(offsetSeconds(time)) * Nanos.perSecond }

  /// The local day of an instant, counted from 1970-01-01.
  public func day(of time: UnixNanos) -> Int64 {
    flooredDivision(time + offsetNanos(at: time), by: Nanos.perDay)
  }

  /// The instant at which a local day begins. Where the clocks go forward at midnight, it is that moment; where they
  /// go back over midnight, it is the first of the two.
  public func start(ofDay day: Int64) -> UnixNanos {
    let midnight = day * Nanos.perDay
    let before = offsetNanos(at: midnight - Nanos.perDay)
    let after = offsetNanos(at: midnight + Nanos.perDay)
    if before == after { return midnight - before }
    let fitting = [midnight - before, midnight - after].filter { offsetNanos(at: $0) == midnight - $0 }
    if let first = fitting.min() { return first }
    var low = midnight - max(before, after)
    var high = midnight - min(before, after)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if middle + offsetNanos(at: middle) >= midnight { high = middle } else { low = middle }
    }
    return high
  }
}
