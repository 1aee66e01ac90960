import Primitives

/// Instants as headers have them: `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110 section 5.6.7, the form that is written today).
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// nil for what is no such date.
  static func parse(_ text: String) -> UnixNanos? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", words[3].utf8.count == 4,
      let month = months.firstIndex(of: String(words[2])), let day = number(words[1]), let year = number(words[3])
    else { return nil }
    let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
    let date = CalendarDate(year: year, month: month + 1, day: day)
    guard clock.count == 3, let hour = number(clock[0]), let minute = number(clock[1]), let second = number(clock[2]),
      date.isValid, (1678...2261).contains(year), hour < 24, minute < 60, second <= 60
    else { return nil }
    let seconds = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    return seconds * Nanos.perSecond
  }

  private static func number(_ text: Substring) -> Int? {
    let isPlain = (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    return isPlain ? Int(text) : nil
  }
}
