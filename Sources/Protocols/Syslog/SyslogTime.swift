import Primitives

/// A time as it stands in a message: wall clock, and the offset if one was written.
struct SyslogTime {
  /// The offset behind the time's last byte.
  var end: Int
  /// The year, 0 where none was written.
  var year = 0
  var month = 1
  var day = 1
  var secondOfDay = 0
  var fractionNanos = 0
  /// Seconds east of UTC, if that was written.
  var offsetSeconds = 0
  var hasOffset = false
  /// Seconds since 1970 in the place of all of these.
  var epochSeconds: Int64?
  /// Day and month may be the other way round: `03/11/2026`.
  var isAmbiguous = false

  init(end: Int) {
    self.end = end
  }

  private static let surelyNearestNanos = UInt64(180 * Nanos.perDay)

  /// Whether it says which year it means.
  var hasYear: Bool { year != 0 || epochSeconds != nil }

  /// The instant; nil if there is no such day.
  ///
  /// A time without offset is read in `zone`, one without year in the year that brings it nearest to its arrival: on
  /// 1 January a message of 31 December is of the old year.
  func instant(arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules) -> SyslogInstant? {
    if let epochSeconds { return SyslogInstant(seconds: epochSeconds, fractionNanos: fractionNanos) }
    if year != 0 {
      let first = instant(year: year, zone: zone)
      if !isAmbiguous { return first }
      var swapped = self
      (swapped.month, swapped.day) = (day, month)
      guard let first, let second = swapped.instant(year: year, zone: zone) else { return first }
      return second.distance(from: arrivalNanos) < first.distance(from: arrivalNanos) ? second : first
    }
    let arrivalDay = Int(flooredDivision(arrivalNanos, by: Nanos.perDay))
    let arrivalYear = CalendarDate(daysSinceEpoch: arrivalDay).year
    // Within half a year of the arrival there is none nearer.
    if let same = instant(year: arrivalYear, zone: zone), same.distance(from: arrivalNanos) < Self.surelyNearestNanos {
      return same
    }
    // 29 February may be further away: its message was late, or its clock is wrong.
    return nearest(from: arrivalYear - 1, to: arrivalYear + 1, arrivalNanos: arrivalNanos, zone: zone)
      ?? nearest(from: arrivalYear - 8, to: arrivalYear + 8, arrivalNanos: arrivalNanos, zone: zone)
  }

  private func nearest(from: Int, to: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules) -> SyslogInstant? {
    var best: SyslogInstant?
    var bestDistance = UInt64.max
    var year = from
    while year <= to {
      if let candidate = instant(year: year, zone: zone) {
        let distance = candidate.distance(from: arrivalNanos)
        if distance < bestDistance {
          best = candidate
          bestDistance = distance
        }
      }
      year += 1
    }
    return best
  }

  private func instant(year: Int, zone: borrowing TimeZoneRules) -> SyslogInstant? {
    let date = CalendarDate(year: year, month: month, day: day)
    guard date.isValid else { return nil }
    let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
    let seconds = hasOffset ? local - Int64(offsetSeconds) : zone.utcSeconds(fromLocalSeconds: local)
    return SyslogInstant(seconds: seconds, fractionNanos: fractionNanos)
  }
}

/// What a device's time comes to, also where 64 bits of nanoseconds do not reach.
struct SyslogInstant: BitwiseCopyable {
  /// Since 1970.
  var seconds: Int64
  var fractionNanos: Int

  /// The instant, or the last one in its direction that can be said.
  var nanos: UnixNanos {
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: Nanos.perSecond)
    let (sum, overflowToo) = whole.addingReportingOverflow(Int64(fractionNanos))
    if overflow || overflowToo { return seconds < 0 ? .min : .max }
    return sum
  }

  func distance(from arrival: UnixNanos) -> UInt64 {
    let nanos = nanos
    return UInt64(bitPattern: nanos > arrival ? nanos &- arrival : arrival &- nanos)
  }
}
