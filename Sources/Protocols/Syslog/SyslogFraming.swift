import Primitives

/// What stands around a message that does not begin with its PRI. The slow path: most begin with it.
enum SyslogFraming {
  static func isByteOrderMark(_ text: RawSpan, at: Int) -> Bool { text.paddedWord(at) & 0xFF_FFFF == 0xBF_BBEF }

  /// Where the message begins: behind a byte order mark, and behind an octet count (RFC 6587 section 3.4.1) that says how
  /// long the rest is. `wholeCount` counts the line ends that `text` lacks.
  static func messageStart(_ text: RawSpan, wholeCount: Int) -> Int {
    var start = isByteOrderMark(text, at: 0) ? 3 : 0
    var count = 0
    var at = start
    while at < start + 5 && text.octetOrZero(at) &- 48 <= 9 {
      count = count * 10 + Int(text.octet(at) &- 48)
      at += 1
    }
    if at > start && text.octetOrZero(at) == UInt8(ascii: " ") {
      // Some count the line's end, some do not.
      let rest = at + 1
      if count >= text.byteCount - rest && count <= wholeCount - rest { start = rest }
    }
    return isByteOrderMark(text, at: start) ? start + 3 : start
  }

  /// The text as UTF-8 if it is UTF-16: told by its mark, or by a zero beside the `<` of a PRI.
  static func textOfUTF16(_ datagram: RawSpan) -> [UInt8]? {
    let first = datagram.octetOrZero(0)
    let second = datagram.octetOrZero(1)
    let isMarked = first == 0xFF && second == 0xFE || first == 0xFE && second == 0xFF
    let isLittle = isMarked ? first == 0xFF : first == UInt8(ascii: "<") && second == 0
    guard isMarked || isLittle || first == 0 && second == UInt8(ascii: "<"), datagram.byteCount >= 4 else { return nil }
    var units: [UInt16] = []
    var at = isMarked ? 2 : 0
    while at + 1 < datagram.byteCount {
      let a = UInt16(datagram.octet(at))
      let b = UInt16(datagram.octet(at + 1))
      units.append(isLittle ? b << 8 | a : a << 8 | b)
      at += 2
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}

extension Slab where Element == UInt8 {
  /// Appends an instant as RFC 3339 has it, with as many digits behind the point as it needs.
  mutating func appendInstant(_ instant: SyslogInstant) {
    let day = flooredDivision(instant.seconds, by: 86_400)
    let date = CalendarDate(daysSinceEpoch: Int(day))
    let second = Int(instant.seconds - day * 86_400)
    appendDigits(max(0, date.year), count: 4)
    appendText("-")
    appendDigits(date.month, count: 2)
    appendText("-")
    appendDigits(date.day, count: 2)
    appendText("T")
    appendDigits(second / 3_600, count: 2)
    appendText(":")
    appendDigits(second / 60 % 60, count: 2)
    appendText(":")
    appendDigits(second % 60, count: 2)
    if instant.fractionNanos > 0 {
      appendText(".")
      if instant.fractionNanos % 1_000_000 == 0 {
        appendDigits(instant.fractionNanos / 1_000_000, count: 3)
      } else if instant.fractionNanos % 1_000 == 0 {
        appendDigits(instant.fractionNanos / 1_000, count: 6)
      } else {
        appendDigits(instant.fractionNanos, count: 9)
      }
    }
    appendText("Z")
  }

  private mutating func appendDigits(_ value: Int, count: Int) {
    if count > 1 { appendDigits(value / 10, count: count - 1) }
    append(UInt8(truncatingIfNeeded: value % 10) &+ 48)
  }
}
