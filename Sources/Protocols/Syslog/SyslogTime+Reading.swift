import Primitives

/// Reading of times. Each function returns nil, or an end of -1, for what is none.
extension SyslogTime {
  /// Any of the forms in which times stand before a message.
  static func any(_ text: RawSpan, from: Int) -> SyslogTime? {
    bsd(text, from: from) ?? iso(text, from: from, takesZoneWord: true) ?? slashed(text, from: from)
  }

  /// `2003-10-11T22:14:15.003+07:00`: RFC 3339 with a `T` or a space, a point or a comma, and up to 9 digits behind it
  /// (more are cut); the zone may be missing, or stand without colon. `2003/10/11 22:14:15` as well, and a zone's word
  /// behind it.
  static func iso(_ text: RawSpan, from: Int, takesZoneWord: Bool = false) -> SyslogTime? {
    var time = SyslogTime(end: from)
    time.year = digits(text, from, count: 4)
    time.month = digits(text, from + 5, count: 2)
    time.day = digits(text, from + 8, count: 2)
    let mark = text.octetOrZero(from + 4)
    let separator = text.octetOrZero(from + 10)
    guard time.year > 0, time.month > 0, time.day > 0, mark == UInt8(ascii: "-") || mark == UInt8(ascii: "/"),
      text.octetOrZero(from + 7) == mark,
      separator | 0x20 == UInt8(ascii: "t") || separator == UInt8(ascii: " "),
      time.takeClock(text, from: from + 11)
    else { return nil }
    if !time.takeOffset(text, from: time.end) {
      if takesZoneWord { time.takeZoneWord(text) }
    } else if takesZoneWord {
      time.takeSummerWord(text)
    }
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

  /// `11/28/2026:13:14:15 GMT` as NetScaler has it, with the day first where the month cannot be; where both can be, the
  /// nearer to the arrival counts. A blank may stand before the clock.
  static func slashed(_ text: RawSpan, from: Int) -> SyslogTime? {
    var time = SyslogTime(end: from)
    let first = digits(text, from, count: 2)
    let second = digits(text, from + 3, count: 2)
    time.year = digits(text, from + 6, count: 4)
    let separator = text.octetOrZero(from + 10)
    guard first > 0, second > 0, time.year > 0, text.octetOrZero(from + 2) == UInt8(ascii: "/"),
      text.octetOrZero(from + 5) == UInt8(ascii: "/"),
      separator == UInt8(ascii: ":") || separator == UInt8(ascii: " "), time.takeClock(text, from: from + 11)
    else { return nil }
    (time.month, time.day) = first > 12 ? (second, first) : (first, second)
    time.isAmbiguous = first <= 12 && second <= 12
    time.takeZoneWord(text)
    return time.isBounded(text) ? time : nil
  }

  /// `1795871655.426960608`: seconds since 1970, or milliseconds in 13 digits. Of fewer than nine digits only what has a
  /// fraction is taken for a time.
  static func epoch(_ text: RawSpan, from: Int) -> SyslogTime? {
    var time = SyslogTime(end: from)
    var value: Int64 = 0
    while time.end < from + 14 && text.octetOrZero(time.end) &- 48 <= 9 {
      value = value * 10 + Int64(text.octet(time.end) &- 48)
      time.end += 1
    }
    let count = time.end - from
    let hasFraction = text.octetOrZero(time.end) == UInt8(ascii: ".") && text.octetOrZero(time.end + 1) &- 48 <= 9
    if count == 13 && !hasFraction {
      time.fractionNanos = Int(value % 1_000) * 1_000_000
      value /= 1_000
    } else if hasFraction && count >= 1 && count <= 10 {
      time.takeFraction(text)
    } else if count != 9 && count != 10 {
      return nil
    }
    time.epochSeconds = value
    return text.octetOrZero(time.end) <= UInt8(ascii: " ") ? time : nil
  }

  /// Whether a blank, a colon, a comma or the end follows: `Oct 11 22:14:15abc` is no time.
  func isBounded(_ text: RawSpan) -> Bool {
    let next = text.octetOrZero(end)
    return next <= UInt8(ascii: " ") || next == UInt8(ascii: ":") || next == UInt8(ascii: ",")
  }

  /// `hh:mm:ss[.fraction][ PM]`; second 60 is a leap second and the same as the next minute's first.
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
      takeFraction(text)
    }
    let letter = end + (text.octetOrZero(end) == UInt8(ascii: " ") ? 1 : 0)
    let first = text.octetOrZero(letter) | 0x20
    if first == UInt8(ascii: "a") || first == UInt8(ascii: "p") { takeHalfOfDay(text, at: letter, hour) }
    return true
  }

  /// A mark and digits behind it.
  private mutating func takeFraction(_ text: RawSpan) {
    end += 1
    var unit = 100_000_000
    while text.octetOrZero(end) &- 48 <= 9 {
      fractionNanos += Int(text.octet(end) &- 48) * unit
      unit /= 10
      end += 1
    }
  }

  /// `AM`, `PM`, `a.m.`: a clock of twelve hours. Never a host.
  private mutating func takeHalfOfDay(_ text: RawSpan, at place: Int, _ hour: Int) {
    var at = place
    let letter = text.octetOrZero(at) | 0x20
    let isDotted = text.octetOrZero(at + 1) == UInt8(ascii: ".")
    at += isDotted ? 2 : 1
    guard text.octetOrZero(at) | 0x20 == UInt8(ascii: "m") else { return }
    at += isDotted && text.octetOrZero(at + 1) == UInt8(ascii: ".") ? 2 : 1
    var other = self
    other.end = at
    guard other.isBounded(text) else { return }
    end = at
    if hour < 1 || hour > 12 { return }
    let isAfternoon = letter == UInt8(ascii: "p")
    secondOfDay += isAfternoon && hour < 12 ? 43_200 : !isAfternoon && hour == 12 ? -43_200 : 0
  }

  /// `Z`, `+07:00`, `-0730`, `+07`.
  mutating func takeOffset(_ text: RawSpan, from: Int) -> Bool {
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

  /// A year with a blank, a colon and a blank, or the end behind it: `2001:db8::7` is a host.
  static func yearWord(_ text: RawSpan, _ at: Int) -> Int? {
    let year = digits(text, at, count: 4)
    let next = text.octetOrZero(at + 4)
    let isColon = next == UInt8(ascii: ":") && text.octetOrZero(at + 5) <= UInt8(ascii: " ")
    return year >= 1900 && year <= 2199 && (next <= UInt8(ascii: " ") || isColon) ? year : nil
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
