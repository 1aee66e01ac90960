public import Primitives

/// The length of a bucket: `1m`, `5m`, `1h`, `1d`, or any other whole number of minutes, hours or days.
///
/// Steps below a day cut UTC from 1970-01-01T00:00Z on. Steps of days begin at local midnight; those of several days are
/// counted from 1970-01-01, those of whole weeks begin on Mondays.
public struct Step: Hashable, Sendable {
  /// How long it is, as written: `5m`.
  public let name: String
  /// Nanoseconds of a step below a day; 0 for days.
  public let nanos: Int64
  /// Days of a step of a day and more; 0 below.
  public let days: Int64

  /// Reads `5m`; nil if it is no step: not of that form, 0, longer than ten years, or above a day and not whole days.
  public init?(_ text: String) {
    guard let unit = text.utf8.last, let number = Int64(text.dropLast()), number > 0, number < 10_000_000,
      text.utf8.first != UInt8(ascii: "+")
    else { return nil }
    let unitNanos: Int64
    switch unit {
    case UInt8(ascii: "m"): unitNanos = Nanos.perMinute
    case UInt8(ascii: "h"): unitNanos = Nanos.perHour
    case UInt8(ascii: "d"): unitNanos = Nanos.perDay
    default: return nil
    }
    let (length, overflow) = number.multipliedReportingOverflow(by: unitNanos)
    if overflow || length > Limits.stepDays * Nanos.perDay { return nil }
    if length >= Nanos.perDay && length % Nanos.perDay != 0 { return nil }
    name = text
    days = length >= Nanos.perDay ? length / Nanos.perDay : 0
    nanos = days > 0 ? 0 : length
  }

  /// The bucket of an instant: inclusive start and exclusive end.
  public func bucket(of time: UnixNanos, zone: TimeZoneRules) -> (start: UnixNanos, end: UnixNanos) {
    if days == 0 {
      let start = flooredDivision(time, by: nanos) * nanos
      return (start, start + nanos)
    }
    // 1970-01-05 was a Monday.
    let phase: Int64 = days % 7 == 0 ? 4 : 0
    var number = flooredDivision(zone.localDay(of: time) - phase, by: days)
    var start = zone.start(ofLocalDay: number * days + phase)
    // An hour repeated over midnight belongs to the day that began already.
    if time < start {
      number -= 1
      start = zone.start(ofLocalDay: number * days + phase)
    }
    let end = zone.start(ofLocalDay: (number + 1) * days + phase)
    if time >= end { return (end, zone.start(ofLocalDay: (number + 2) * days + phase)) }
    return (start, end)
  }
}
