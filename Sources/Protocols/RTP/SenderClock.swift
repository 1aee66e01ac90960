import Primitives

/// How a stream's sender's clock was beside ours in its last reports: those of the minute that ends with the newest.
///
/// A sender reports every five seconds or so (RFC 3550 section 6.2); of one that reports more often the newest stand for
/// the minute.
struct SenderClock: BitwiseCopyable {
  private static let places = 12
  private static let minuteSeconds: UInt32 = 60

  private var aheadNanos = InlineArray<12, Int64>(repeating: 0)
  /// When each came: seconds, modulo 2^32.
  private var seconds = InlineArray<12, UInt32>(repeating: 0)
  private var next: UInt8 = 0
  private var count: UInt8 = 0

  init() {}

  /// Takes a report's time; how far the sender's clock is ahead, the median of the minute. nil if the report tells no time
  /// of day.
  mutating func take(_ time: NTPTime, arrival: UnixNanos) -> Int64? {
    guard time.isTimeOfDay(near: arrival) else { return nil }
    let second = UInt32(truncatingIfNeeded: flooredDivision(arrival, by: Nanos.perSecond))
    aheadNanos[Int(next)] = time.nanosAhead(of: arrival)
    seconds[Int(next)] = second
    next = next &+ 1 == UInt8(Self.places) ? 0 : next &+ 1
    count = min(count &+ 1, UInt8(Self.places))
    return median(at: second)
  }

  /// Of two in the middle the one that is nearer to ours.
  private func median(at second: UInt32) -> Int64? {
    var sorted = InlineArray<12, Int64>(repeating: 0)
    var found = 0
    for index in 0..<Int(count) {
      // What seems to come later came before the clock was put back, and is of another time.
      if second &- seconds[index] >= Self.minuteSeconds { continue }
      var place = found
      while place > 0 && sorted[place &- 1] > aheadNanos[index] {
        sorted[place] = sorted[place &- 1]
        place &-= 1
      }
      sorted[place] = aheadNanos[index]
      found &+= 1
    }
    if found == 0 { return nil }
    let (lower, upper) = (sorted[(found &- 1) / 2], sorted[found / 2])
    return lower.magnitude < upper.magnitude ? lower : upper
  }
}
