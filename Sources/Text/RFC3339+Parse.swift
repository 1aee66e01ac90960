public import Primitives

extension RFC3339 {
  /// Reads an instant with any offset; nil for anything else, and for years before 1678 and after 2261.
  ///
  /// A blank may stand for the `T` (RFC 3339 section 5.6), and for the `+` of an offset, which it becomes where a client
  /// forgot to encode it. Digits beyond nanoseconds are dropped; second 60 is the next one.
  public static func parse(_ text: String) -> UnixNanos? {
    var reader = DigitReader(text: Array(text.utf8))
    guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
      let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
      let second = reader.number(2)
    else { return nil }
    var nanos = 0
    if reader.take(".") {
      guard let fraction = reader.fraction() else { return nil }
      nanos = fraction
    }
    guard let offset = reader.offset(), reader.isAtEnd else { return nil }
    let date = CalendarDate(year: year, month: month, day: day)
    guard date.isValid, (1678...2261).contains(year), hour < 24, minute < 60, second <= 60 else { return nil }
    let seconds = date.daysSinceEpoch * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return Int64(seconds) * Nanos.perSecond + Int64(nanos)
  }
}
/// Reads fixed-width digits from text.
private struct DigitReader {
  let text: [UInt8]
  var position = 0

  var isAtEnd: Bool { position == text.count }

  init(text: [UInt8]) { self.text = text }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func number(_ width: Int) -> Int? {
    guard position + width <= text.count else { return nil }
    var value = 0
    for digit in text[position..<position + width] {
      guard (48...57).contains(digit) else { return nil }
      value = value * 10 + Int(digit) - 48
    }
    position += width
    return value
  }

  mutating func fraction() -> Int? {
    let start = position
    var value = 0
    while position < text.count, (48...57).contains(text[position]) {
      if position - start < 9 { value = value * 10 + Int(text[position]) - 48 }
      position += 1
    }
    if position == start { return nil }
    for _ in 0..<max(0, 9 - (position - start)) { value *= 10 }
    return value
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int? {
    if take("Z") || take("z") { return 0 }
    let isWest = take("-")
    guard isWest || take("+") || take(" ") else { return nil }
    guard let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
    let seconds = hours * 3_600 + minutes * 60
    return isWest ? -seconds : seconds
  }
}
