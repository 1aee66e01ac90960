/// A rule of POSIX.1-2017 section 8.3 with the extensions of RFC 8536 section 3.3.1: `std offset [dst [offset]
/// [,start[/time],end[/time]]]`. Times of a day run from -167 to 167 hours.
struct PosixZone {
  /// When in a year a change happens, by the wall clock before it.
  struct Change {
    enum Day {
      /// `Jn`: 1…365, 29 February never counted.
      case julian(Int)
      /// `n`: 0…365, 29 February counted.
      case ordinal(Int)
      /// `Mm.w.d`: the w-th (5: the last) day d, Sunday 0, of a month.
      case weekday(month: Int, week: Int, day: Int)
    }

    var day: Day
    var secondsOfDay: Int

    /// As if the wall clock were UTC.
    func localSeconds(year: Int) -> Int64 {
      let days: Int
      switch day {
      case .julian(let number):
        let isPastLeapDay = number >= 60 && CalendarDate.isLeap(year)
        days = CalendarDate(year: year, month: 1, day: 1).daysSinceEpoch + number - (isPastLeapDay ? 0 : 1)
      case .ordinal(let number):
        days = CalendarDate(year: year, month: 1, day: 1).daysSinceEpoch + number
      case .weekday(let month, let week, let weekday):
        let first = CalendarDate(year: year, month: month, day: 1).daysSinceEpoch
        // 1970-01-01 was a Thursday, day 4.
        let weekdayOfFirst = ((first + 4) % 7 + 7) % 7
        var date = 1 + (weekday - weekdayOfFirst + 7) % 7 + (week - 1) * 7
        if date > CalendarDate.daysIn(month: month, year: year) { date -= 7 }
        days = first + date - 1
      }
      return Int64(days) * 86_400 + Int64(secondsOfDay)
    }
  }

  /// Seconds east of UTC.
  var standardOffset: Int
  var daylight: (offset: Int, start: Change, end: Change)?

  private let text: [UInt8]
  private var at = 0

  /// nil if the text is no such rule.
  init?(_ text: [UInt8]) {
    self.text = text
    standardOffset = 0
    guard name(), let standard = signedTime(), abs(standard) <= 25 * 3_600 else { return nil }
    standardOffset = -standard
    if at == text.count { return }
    guard name() else { return nil }
    var offset = standardOffset + 3_600
    if at < text.count && text[at] != UInt8(ascii: ",") {
      guard let written = signedTime(), abs(written) <= 25 * 3_600 else { return nil }
      offset = -written
    }
    if at == text.count {
      // POSIX leaves the days to the system; every known one takes those of the United States.
      daylight = (
        offset, Change(day: .weekday(month: 3, week: 2, day: 0), secondsOfDay: 7_200),
        Change(day: .weekday(month: 11, week: 1, day: 0), secondsOfDay: 7_200)
      )
      return
    }
    guard let start = change(), let end = change(), at == text.count else { return nil }
    daylight = (offset, start, end)
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard at < text.count && text[at] == byte else { return false }
    at += 1
    return true
  }

  /// Skips `EST` or `<+07>`.
  private mutating func name() -> Bool {
    let start = at
    if take(UInt8(ascii: "<")) {
      while at < text.count && text[at] != UInt8(ascii: ">") { at += 1 }
      return take(UInt8(ascii: ">"))
    }
    while at < text.count && (text[at] | 0x20) >= UInt8(ascii: "a") && (text[at] | 0x20) <= UInt8(ascii: "z") {
      at += 1
    }
    return at >= start + 3
  }

  private mutating func number(atMost limit: Int) -> Int? {
    let start = at
    var value = 0
    while at < text.count && text[at] &- 48 <= 9 && at < start + 3 {
      value = value * 10 + Int(text[at] - 48)
      at += 1
    }
    return at == start || value > limit ? nil : value
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private mutating func signedTime() -> Int? {
    let isNegative = take(UInt8(ascii: "-"))
    if !isNegative { _ = take(UInt8(ascii: "+")) }
    guard let hours = number(atMost: 167) else { return nil }
    var seconds = hours * 3_600
    if take(UInt8(ascii: ":")) {
      guard let minutes = number(atMost: 59) else { return nil }
      seconds += minutes * 60
      if take(UInt8(ascii: ":")) {
        guard let rest = number(atMost: 59) else { return nil }
        seconds += rest
      }
    }
    return isNegative ? -seconds : seconds
  }

  /// `,date[/time]`.
  private mutating func change() -> Change? {
    guard take(UInt8(ascii: ",")) else { return nil }
    let day: Change.Day
    if take(UInt8(ascii: "J")) {
      guard let number = number(atMost: 365), number > 0 else { return nil }
      day = .julian(number)
    } else if take(UInt8(ascii: "M")) {
      guard let month = number(atMost: 12), month > 0, take(UInt8(ascii: ".")), let week = number(atMost: 5), week > 0,
        take(UInt8(ascii: ".")), let weekday = number(atMost: 6)
      else { return nil }
      day = .weekday(month: month, week: week, day: weekday)
    } else {
      guard let number = number(atMost: 365) else { return nil }
      day = .ordinal(number)
    }
    guard take(UInt8(ascii: "/")) else { return Change(day: day, secondsOfDay: 7_200) }
    guard let time = signedTime() else { return nil }
    return Change(day: day, secondsOfDay: time)
  }
}
