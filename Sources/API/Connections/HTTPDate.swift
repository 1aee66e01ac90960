import Primitives

/// An instant as HTTP writes it (RFC 9110 section 5.6.7).
enum HTTPDate {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(_ time: UnixNanos) -> String {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let number = Int(flooredDivision(seconds, by: 86_400))
    let second = Int(seconds) - number * 86_400
    let date = CalendarDate(daysSinceEpoch: number)
    let day = days[(number % 7 + 7) % 7]
    let clock = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(day), \(two(date.day)) \(months[date.month - 1]) \(date.year) \(clock) GMT"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
