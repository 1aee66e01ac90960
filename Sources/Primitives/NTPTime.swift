/// A time as the Network Time Protocol writes it (RFC 5905 section 6), in SNTP and in RTCP: seconds since 1900, modulo
/// 2^32, and a fraction of 2^32. The first era ends on 2036-02-07.
public struct NTPTime: Hashable, Sendable, BitwiseCopyable {
  public var seconds: UInt32
  public var fraction: UInt32

  /// From 1900 to 1970.
  private static let secondsTo1970: Int64 = 2_208_988_800
  /// What counts from when it was switched on is not on longer than this.
  private static let longestUptimeSeconds: UInt32 = 10 * 366 * 86_400
  /// The same for what puts such a count on top of 1970: clocks of that time were never set.
  private static let unsetSeconds: UInt32 = 2 * 366 * 86_400

  public init(seconds: UInt32, fraction: UInt32) {
    self.seconds = seconds
    self.fraction = fraction
  }

  /// The instant, in whatever era it is.
  public init(nanos: UnixNanos) {
    let whole = flooredDivision(nanos, by: Nanos.perSecond)
    let rest = UInt64(nanos &- whole &* Nanos.perSecond)
    seconds = UInt32(truncatingIfNeeded: whole &+ Self.secondsTo1970)
    fraction = UInt32(truncatingIfNeeded: (rest << 32 &+ UInt64(Nanos.perSecond / 2)) / UInt64(Nanos.perSecond))
  }

  public var isZero: Bool { seconds == 0 && fraction == 0 }

  /// How far it is ahead of an instant, in the era that brings it nearest to that: at most 68 years either way, so it
  /// cannot overflow.
  public func nanosAhead(of reference: UnixNanos) -> Int64 {
    let whole = flooredDivision(reference, by: Nanos.perSecond)
    let now = UInt32(truncatingIfNeeded: whole &+ Self.secondsTo1970)
    let apart = Int64(Int32(bitPattern: seconds &- now))
    let nanos = Int64((UInt64(fraction) &* UInt64(Nanos.perSecond) &+ 1 << 31) >> 32)
    return apart &* Nanos.perSecond &+ nanos &- (reference &- whole &* Nanos.perSecond)
  }

  /// Whether a sender can have meant the time of day, as far as an instant near to it tells. Zero says that the sender has
  /// no clock (RFC 3550 section 6.4.1); a few years behind 1900 or 1970 are how long it is switched on.
  public func isTimeOfDay(near reference: UnixNanos) -> Bool {
    if isZero { return false }
    // Right, or nearly so, whatever its number: the years after 2036 begin with small numbers too.
    if nanosAhead(of: reference).magnitude <= UInt64(Nanos.perDay) { return true }
    return seconds >= Self.longestUptimeSeconds
      && seconds &- UInt32(truncatingIfNeeded: Self.secondsTo1970) >= Self.unsetSeconds
  }
}
