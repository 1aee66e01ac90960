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

  init(end: Int) {
    self.end = end
  }

  /// The instant; nil if there is no such day, or nanoseconds cannot say it.
  ///
  /// A time without offset is read in `zone`, one without year in the year that brings it nearest to its arrival: on
  /// 1 January a message of 31 December is of the old year.
  func instant(arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules) -> UnixNanos? {
    if year != 0 { return instant(year: year, zone: zone) }
    let arrivalDay = Int(flooredDivision(arrivalNanos, by: Nanos.perDay))
    let arrivalYear = CalendarDate(daysSinceEpoch: arrivalDay).year
    // 29 February may be further away: its message was late, or its clock is wrong.
    return nearest(from: arrivalYear - 1, to: arrivalYear + 1, arrivalNanos: arrivalNanos, zone: zone)
      ?? nearest(from: arrivalYear - 8, to: arrivalYear + 8, arrivalNanos: arrivalNanos, zone: zone)
  }

  private func nearest(from: Int, to: Int, arrivalNanos: UnixNanos, zone: borrowing TimeZoneRules) -> UnixNanos? {
    var best: UnixNanos?
    var bestDistance = UInt64.max
    var year = from
    while year <= to {
      if let candidate = instant(year: year, zone: zone) {
        let distance = candidate > arrivalNanos ? candidate &- arrivalNanos : arrivalNanos &- candidate
        if UInt64(bitPattern: distance) < bestDistance {
          best = candidate
          bestDistance = UInt64(bitPattern: distance)
        }
      }
      year += 1
    }
    return best
  }

  private func instant(year: Int, zone: borrowing TimeZoneRules) -> UnixNanos? {
    let date = CalendarDate(year: year, month: month, day: day)
    guard date.isValid, year >= 1678, year <= 2261 else { return nil }
    let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay)
    let seconds = hasOffset ? local - Int64(offsetSeconds) : zone.utcSeconds(fromLocalSeconds: local)
    return seconds * Nanos.perSecond + Int64(fractionNanos)
  }
}

/// Reading of times. Each function returns nil, or an end of -1, for what is none.
extension SyslogTime {
  /// `2003-10-11T22:14:15.003+07:00`: RFC 3339 with a `T` or a space, a point or a comma, and up to 9 digits behind it
  /// (more are cut); the zone may be missing, or stand without colon.
  static func iso(_ text: RawSpan, from: Int) -> SyslogTime? {
    var time = SyslogTime(end: from)
    time.year = digits(text, from, count: 4)
    time.month = digits(text, from + 5, count: 2)
    time.day = digits(text, from + 8, count: 2)
    let separator = text.octetOrZero(from + 10)
    guard time.year > 0, time.month > 0, time.day > 0, text.octetOrZero(from + 4) == UInt8(ascii: "-"),
      text.octetOrZero(from + 7) == UInt8(ascii: "-"),
      separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
      time.takeClock(text, from: from + 11)
    else { return nil }
    _ = time.takeOffset(text, from: time.end)
    return time.isBounded(text) ? time : nil
  }

  /// `[Thu ][2026 ]Oct 11[ 2026] 22:14:15[.123][ UTC][ 2026]`: RFC 3164 with what devices add to it.
  static func bsd(_ text: RawSpan, from: Int) -> SyslogTime? {
    var time = SyslogTime(end: from)
    var at = from
    if month(text, at) == 0, isWeekday(text, at), text.octetOrZero(at + 3) == UInt8(ascii: " ") { at += 4 }
    if let year = yearWord(text, at) {
      time.year = year
      at = afterSpaces(text, at + 5)
    }
    time.month = month(text, at)
    guard time.month > 0, text.octetOrZero(at + 3) == UInt8(ascii: " ") else { return nil }
    at = afterSpaces(text, at + 4)
    let dayDigits = text.octetOrZero(at + 1) &- 48 <= 9 ? 2 : 1
    time.day = digits(text, at, count: dayDigits)
    at += dayDigits
    guard time.day >= 1, time.day <= 31, text.octetOrZero(at) == UInt8(ascii: " ") else { return nil }
    at = afterSpaces(text, at + 1)
    if time.year == 0, let year = yearWord(text, at) {
      time.year = year
      at = afterSpaces(text, at + 5)
    }
    guard time.takeClock(text, from: at) else { return nil }
    time.takeZoneWord(text)
    if time.year == 0, text.octetOrZero(time.end) == UInt8(ascii: " "), let year = yearWord(text, time.end + 1) {
      time.year = year
      time.end += 5
    }
    return time.isBounded(text) ? time : nil
  }

  /// Whether a blank, a colon or the end follows: `Oct 11 22:14:15abc` is no time.
  private func isBounded(_ text: RawSpan) -> Bool {
    let next = text.octetOrZero(end)
    return next <= UInt8(ascii: " ") || next == UInt8(ascii: ":")
  }

  /// `hh:mm:ss[.fraction]`; second 60 is a leap second and the same as the next minute's first.
  private mutating func takeClock(_ text: RawSpan, from: Int) -> Bool {
    let hourDigits = text.octetOrZero(from + 1) == UInt8(ascii: ":") ? 1 : 2
    let colon = from + hourDigits
    let hour = Self.digits(text, from, count: hourDigits)
    let minute = Self.digits(text, colon + 1, count: 2)
    let second = Self.digits(text, colon + 4, count: 2)
    guard hour >= 0, hour <= 23, minute >= 0, minute <= 59, second >= 0, second <= 60,
      text.octetOrZero(colon) == UInt8(ascii: ":"), text.octetOrZero(colon + 3) == UInt8(ascii: ":")
    else { return false }
    secondOfDay = hour * 3_600 + minute * 60 + second
    end = colon + 6
    let mark = text.octetOrZero(end)
    if (mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",")) && text.octetOrZero(end + 1) &- 48 <= 9 {
      end += 1
      var unit = 100_000_000
      while text.octetOrZero(end) &- 48 <= 9 {
        fractionNanos += Int(text.octet(end) &- 48) * unit
        unit /= 10
        end += 1
      }
    }
    return true
  }

  /// `Z`, `+07:00`, `-0730`, `+07`.
  private mutating func takeOffset(_ text: RawSpan, from: Int) -> Bool {
    let sign = text.octetOrZero(from)
    if sign | 0x20 == UInt8(ascii: "z") {
      hasOffset = true
      end = from + 1
      return true
    }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return false }
    let hourDigits = text.octetOrZero(from + 2) &- 48 <= 9 ? 2 : 1
    let hours = Self.digits(text, from + 1, count: hourDigits)
    guard hours >= 0, hours <= 23 else { return false }
    var at = from + 1 + hourDigits
    let colon = text.octetOrZero(at) == UInt8(ascii: ":") ? 1 : 0
    let minutes = Self.digits(text, at + colon, count: 2)
    if minutes >= 0 && minutes <= 59 { at += colon + 2 }
    let seconds = hours * 3_600 + (minutes >= 0 && minutes <= 59 ? minutes * 60 : 0)
    offsetSeconds = sign == UInt8(ascii: "-") ? -seconds : seconds
    hasOffset = true
    end = at
    return true
  }

  /// An offset, if one stands there by itself: `-1 error` begins a text, `-01` does not.
  private mutating func takeBounded(_ text: RawSpan, from: Int) {
    var other = self
    guard other.takeOffset(text, from: from), other.isBounded(text) else { return }
    if other.end - from == 2 && text.octetOrZero(from - 1) <= UInt8(ascii: " ") { return }
    self = other
  }

  /// What may stand behind a BSD time: an offset, or a zone's letters. Letters of which nobody knows the offset (CST is
  /// several) are skipped, but only where they cannot be the host: before a year, or before a colon and a Cisco `%`.
  private mutating func takeZoneWord(_ text: RawSpan) {
    let start = end + (text.octetOrZero(end) == UInt8(ascii: " ") ? 1 : 0)
    let first = text.octetOrZero(start)
    if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || start == end {
      takeBounded(text, from: start)
      return
    }
    var at = start
    while text.octetOrZero(at) >= UInt8(ascii: "A") && text.octetOrZero(at) <= UInt8(ascii: "Z") { at += 1 }
    guard at - start >= 1, at - start <= 5 else { return }
    let next = text.octetOrZero(at)
    if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
      takeBounded(text, from: at)
      return
    }
    guard next <= UInt8(ascii: " ") || next == UInt8(ascii: ":") else { return }
    let name = text.paddedWord(start) & 0xFF_FFFF
    if at - start == 3 && (name == 0x43_5455 || name == 0x54_4D47) {  // UTC, GMT
      hasOffset = true
      end = at
    } else if at - start == 3 && name == 0x54_4349 {  // ICT, Indochina Time
      hasOffset = true
      offsetSeconds = 7 * 3_600
      end = at
    } else if next == UInt8(ascii: " ") && at - start >= 2 && Self.yearWord(text, at + 1) != nil {
      end = at
    } else if next == UInt8(ascii: ":") && text.octetOrZero(Self.afterSpaces(text, at + 1)) == UInt8(ascii: "%") {
      end = at
    }
  }

  /// `count` digits as a number, -1 if they are not all digits.
  private static func digits(_ text: RawSpan, _ from: Int, count: Int) -> Int {
    var value = 0
    var at = from
    while at < from + count {
      let digit = text.octetOrZero(at) &- 48
      if digit > 9 { return -1 }
      value = value * 10 + Int(digit)
      at += 1
    }
    return value
  }

  static func afterSpaces(_ text: RawSpan, _ from: Int) -> Int {
    var at = from
    while text.octetOrZero(at) == UInt8(ascii: " ") { at += 1 }
    return at
  }

  /// A year of these two centuries with a blank, a colon and a blank, or the end behind it: `2001:db8::7` is a host.
  private static func yearWord(_ text: RawSpan, _ at: Int) -> Int? {
    let year = digits(text, at, count: 4)
    let next = text.octetOrZero(at + 4)
    let isColon = next == UInt8(ascii: ":") && text.octetOrZero(at + 5) <= UInt8(ascii: " ")
    return year >= 1900 && year <= 2099 && (next <= UInt8(ascii: " ") || isColon) ? year : nil
  }

  /// 1…12 for `Jan` to `Dec` in any case, else 0.
  private static func month(_ text: RawSpan, _ at: Int) -> Int {
    // Three letters, lower case, the first of them lowest.
    switch text.paddedWord(at) & 0xFF_FFFF | 0x20_2020 {
    case 0x6E_616A: 1
    case 0x62_6566: 2
    case 0x72_616D: 3
    case 0x72_7061: 4
    case 0x79_616D: 5
    case 0x6E_756A: 6
    case 0x6C_756A: 7
    case 0x67_7561: 8
    case 0x70_6573: 9
    case 0x74_636F: 10
    case 0x76_6F6E: 11
    case 0x63_6564: 12
    default: 0
    }
  }

  /// `Mon` to `Sun`.
  private static func isWeekday(_ text: RawSpan, _ at: Int) -> Bool {
    switch text.paddedWord(at) & 0xFF_FFFF | 0x20_2020 {
    case 0x6E_6F6D, 0x65_7574, 0x64_6577, 0x75_6874, 0x69_7266, 0x74_6173, 0x6E_7573: true
    default: false
    }
  }
}
