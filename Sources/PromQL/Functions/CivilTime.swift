/// Day and time of seconds since 1970, in UTC. Any number is one, as in Go: those beyond the calendar go round.
struct CivilTime {
  /// Seconds since the first day of year -292277022399, which is far before all others.
  private let seconds: UInt64
  private static let zeroYear: Int64 = -292_277_022_399
  private static let secondsBefore1970: UInt64 = 9_223_372_028_715_321_600

  init(seconds value: Int64) {
    seconds = UInt64(bitPattern: value) &+ Self.secondsBefore1970
  }

  /// The whole seconds of a value; what 64 bits do not hold is the smallest number, as processors convert it.
  init(_ value: Double) {
    self.init(seconds: value > -0x1p63 && value < 0x1p63 ? Int64(value) : .min)
  }

  var minute: Double { Double(seconds % 3600 / 60) }
  var hour: Double { Double(seconds % 86_400 / 3600) }
  /// 0 is Sunday.
  var dayOfWeek: Double { Double((seconds &+ 86_400) % 604_800 / 86_400) }

  /// The year, and the day of it from 0.
  private var yearAndDay: (year: Int64, day: Int) {
    // Years of 365 days, with a day more in every fourth, but not in three of four hundreds.
    var days = seconds / 86_400
    var year = days / 146_097 * 400
    days %= 146_097
    let hundreds = min(days / 36_524, 3)
    year += hundreds * 100
    days -= hundreds * 36_524
    year += days / 1461 * 4
    days %= 1461
    let single = min(days / 365, 3)
    return (Int64(year + single) + Self.zeroYear, Int(days - single * 365))
  }

  private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(_ month: Int, _ year: Int64) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Month and day, both from 1.
  private var monthAndDay: (month: Int, day: Int, year: Int64) {
    let (year, wholeDay) = yearAndDay
    var day = wholeDay
    var month = 1
    while month < 12, day >= Self.days(month, year) {
      day -= Self.days(month, year)
      month += 1
    }
    return (month, day + 1, year)
  }

  var year: Double { Double(yearAndDay.year) }
  var dayOfYear: Double { Double(yearAndDay.day + 1) }
  var month: Double { Double(monthAndDay.month) }
  var dayOfMonth: Double { Double(monthAndDay.day) }

  var daysInMonth: Double {
    let found = monthAndDay
    return Double(Self.days(found.month, found.year))
  }

  /// The function of that name; nil if it is none of time.
  static func function(_ name: String) -> ((CivilTime) -> Double)? {
    switch name {
    case "minute": return { $0.minute }
    case "hour": return { $0.hour }
    case "day_of_week": return { $0.dayOfWeek }
    case "day_of_month": return { $0.dayOfMonth }
    case "day_of_year": return { $0.dayOfYear }
    case "days_in_month": return { $0.daysInMonth }
    case "month": return { $0.month }
    case "year": return { $0.year }
    default: return nil
    }
  }
}
