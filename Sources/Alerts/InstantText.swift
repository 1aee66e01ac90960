public import Primitives

/// Instants as alerts write them: RFC 3339, UTC, to the millisecond.
public enum InstantText {
  public static func text(_ time: UnixNanos) -> String {
    let millis = flooredDivision(time, by: Nanos.perMillisecond)
    let seconds = flooredDivision(millis, by: 1_000)
    let day = flooredDivision(seconds, by: 86_400)
    let ofDay = Int(seconds - day * 86_400)
    let clock = [ofDay / 3_600, ofDay / 60 % 60, ofDay % 60].map { padded($0, 2) }.joined(separator: ":")
    return "\(CalendarDate(daysSinceEpoch: Int(day)))T\(clock).\(padded(Int(millis - seconds * 1_000), 3))Z"
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
