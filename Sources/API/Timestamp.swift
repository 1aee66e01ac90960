import Primitives

/// Times as the interface writes and reads them: RFC 3339.
enum Timestamp {
  /// UTC, with as many digits of a second as it takes: none, 3, 6 or 9.
  static func text(_ time: UnixNanos) -> String {
    var bytes: [UInt8] = []
    append(time, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same, as bytes behind others.
  static func append(_ time: UnixNanos, to bytes: inout [UInt8]) {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let nanos = Int(time - seconds * Nanos.perSecond)
    let day = flooredDivision(seconds, by: 86_400)
    let ofDay = Int(seconds - day * 86_400)
    let date = CalendarDate(daysSinceEpoch: Int(day))
    digits(date.year, 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    digits(date.month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    digits(date.day, 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    digits(ofDay / 3_600, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    digits(ofDay / 60 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    digits(ofDay % 60, 2, to: &bytes)
    if nanos != 0 {
      bytes.append(UInt8(ascii: "."))
      if nanos % 1_000_000 == 0 {
        digits(nanos / 1_000_000, 3, to: &bytes)
      } else if nanos % 1_000 == 0 {
        digits(nanos / 1_000, 6, to: &bytes)
      } else {
        digits(nanos, 9, to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Years of four digits are all that 64 bits of nanoseconds reach.
  private static func digits(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
    var divisor = 1
    for _ in 1..<width { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }

  /// Reads a time with any offset; nil for anything else, and for years before 1678 and after 2261.
  ///
  /// A blank may stand for the `T` (RFC 3339 section 5.6), and for the `+` of an offset, which it becomes where a client
  /// forgot to encode it. Digits beyond nanoseconds are dropped; second 60 is the next one.
  static func parse(_ text: String) -> UnixNanos? {
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
