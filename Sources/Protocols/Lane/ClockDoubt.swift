import Primitives

/// By how much the time of day is ahead of the time that is believed: a node whose clock jumped by years must not refuse
/// honest rows as expired. Asked for each datagram, found out once a second, and at once when the clock jumps.
struct ClockDoubt {
  private let believed: (@Sendable (UnixNanos) -> UnixNanos)?
  private var lookedNanos = UnixNanos.min
  private var knownNanos: Int64 = 0

  private static let lookIntervalNanos = UInt64(Nanos.perSecond)

  init(believed: (@Sendable (UnixNanos) -> UnixNanos)?) {
    self.believed = believed
  }

  /// How far the clock that gave this arrival is ahead; 0 where nothing speaks against it.
  @inline(__always)
  mutating func aheadNanos(at arrivalNanos: UnixNanos) -> Int64 {
    let (passed, overflow) = arrivalNanos.subtractingReportingOverflow(lookedNanos)
    if overflow || passed.magnitude > Self.lookIntervalNanos { look(arrivalNanos) }
    return knownNanos
  }

  @inline(never)
  private mutating func look(_ arrivalNanos: UnixNanos) {
    lookedNanos = arrivalNanos
    guard let believed else { return }
    let (ahead, overflow) = arrivalNanos.subtractingReportingOverflow(believed(arrivalNanos))
    knownNanos = overflow ? 0 : max(0, ahead)
  }
}
