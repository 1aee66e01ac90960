public import Primitives

/// How far from its arrival a row's time may be.
public struct TimeBounds: Sendable {
  /// A device clock further ahead than this is not believed.
  public var futureNanos: Int64
  /// A device clock before this was never set. What is before it is kept at its arrival, not refused as too old.
  public var oldestNanos: UnixNanos
  /// The same for readings: earlier, where readings of such an age are kept.
  public var oldestReadingNanos: UnixNanos
  /// Rows older than this are refused, by kind; nil to take any.
  public var readingsAgeNanos: Int64?
  public var eventsAgeNanos: Int64?
  /// What time an age is counted from, given what the clock says: not later than that. nil to believe the clock.
  public var believed: (@Sendable (UnixNanos) -> UnixNanos)?

  public init(
    futureNanos: Int64, oldestNanos: UnixNanos = .min, oldestReadingNanos: UnixNanos? = nil,
    readingsAgeNanos: Int64?, eventsAgeNanos: Int64?,
    believed: (@Sendable (UnixNanos) -> UnixNanos)? = nil
  ) {
    self.futureNanos = futureNanos
    self.oldestNanos = oldestNanos
    self.oldestReadingNanos = oldestReadingNanos ?? oldestNanos
    self.readingsAgeNanos = readingsAgeNanos
    self.eventsAgeNanos = eventsAgeNanos
    self.believed = believed
  }

  /// What is believed of the clock of a device whose datagram arrives then.
  @inline(__always)
  func clock(at arrivalNanos: UnixNanos, isEvent: Bool) -> ClockBounds {
    let (newest, overflow) = arrivalNanos.addingReportingOverflow(futureNanos)
    return ClockBounds(
      oldestNanos: isEvent ? oldestNanos : oldestReadingNanos, newestNanos: overflow ? .max - 1 : newest)
  }
}
