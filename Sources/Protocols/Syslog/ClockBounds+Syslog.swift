import Primitives

extension ClockBounds {
  /// A time that names no year is as wrong as one that is ahead if its nearest instant is further away than this.
  static let yearlessNanos = UInt64(7 * Nanos.perDay)

  /// The row's time of an instant: itself, or the end of all time in the direction in which it is not believed.
  func judged(_ instant: SyslogInstant, hasYear: Bool, arrivalNanos: UnixNanos) -> (nanos: UnixNanos, isBelieved: Bool)
  {
    let nanos = instant.nanos
    if nanos > newestNanos { return (.max, false) }
    if nanos < oldestNanos { return (.min, false) }
    // Who keeps everything whatever its age keeps this too.
    if hasYear || oldestNanos == .min || instant.distance(from: arrivalNanos) <= Self.yearlessNanos {
      return (nanos, true)
    }
    return (nanos > arrivalNanos ? .max : .min, false)
  }
}
