public import Primitives

/// Times as files of measurements write them.
///
/// Read are `2017-03-01 00:00:00`, `2017-03-01T00:00:00.125Z`, `2017-03-01T00:00+07:00`, `2017/03/01`,
/// `2019.12.01_12.11.21`, `24/05/2024 07:03[:50]` (day first), and Unix time in s, ms, µs or ns, told apart by the
/// number of digits.
public enum SeriesTime {
  /// The instant that `text` says; nil if it cannot be read or does not exist.
  ///
  /// - Parameter utcOffsetSeconds: the zone of a time that says none.
  public static func parse(_ text: some Sequence<UInt8>, utcOffsetSeconds: Int) -> UnixNanos? {
    var reader = Reader(Array(text))
    reader.skipSpaces()
    if let epoch = reader.wholeEpoch() { return epoch }
    guard let first = reader.number() else { return nil }
    guard let separator = reader.separator([UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ".")]),
      let second = reader.number(), reader.separator([separator]) != nil, let third = reader.number()
    else { return nil }
    // A year has four digits; where it stands last, the day stands first.
    let date: CalendarDate
    if first.digits == 4 {
      date = CalendarDate(year: first.value, month: second.value, day: third.value)
    } else if third.digits == 4 {
      date = CalendarDate(year: third.value, month: second.value, day: first.value)
    } else {
      return nil
    }
    guard let clock = reader.clock() else { return nil }
    reader.skipSpaces()
    let offset = reader.isAtEnd ? utcOffsetSeconds : reader.offset()
    reader.skipSpaces()
    guard let offset, reader.isAtEnd else { return nil }
    return instant(date, clock.secondOfDay, nanos: clock.nanos, utcOffsetSeconds: offset)
  }

  /// The instant of year, month, day and, as far as given, hour, minute and second.
  public static func instant(parts: [Int], utcOffsetSeconds: Int) -> UnixNanos? {
    guard (3...6).contains(parts.count) else { return nil }
    let clock = Array(parts[3...]) + [Int](repeating: 0, count: 6 - parts.count)
    guard (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]) else { return nil }
    return instant(
      CalendarDate(year: parts[0], month: parts[1], day: parts[2]), clock[0] * 3_600 + clock[1] * 60 + clock[2],
      nanos: 0, utcOffsetSeconds: utcOffsetSeconds)
  }

  private static func instant(
    _ date: CalendarDate, _ secondOfDay: Int, nanos: Int64, utcOffsetSeconds: Int
  ) -> UnixNanos? {
    // 64 bits of nanoseconds hold 1677-09-21 to 2262-04-11.
    guard date.isValid, (1_678...2_261).contains(date.year) else { return nil }
    let seconds = Int64(date.daysSinceEpoch) * 86_400 + Int64(secondOfDay - utcOffsetSeconds)
    return seconds * Nanos.perSecond + nanos
  }
}

extension SeriesTime {
  /// A position in a text.
  struct Reader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    private var next: UInt8? { isAtEnd ? nil : bytes[position] }

    mutating func skipSpaces() {
      while next == UInt8(ascii: " ") { position += 1 }
    }

    mutating func separator(_ allowed: [UInt8]) -> UInt8? {
      guard let byte = next, allowed.contains(byte) else { return nil }
      position += 1
      return byte
    }

    /// Up to nine digits.
    mutating func number() -> (value: Int, digits: Int)? {
      let start = position
      var value = 0
      while let byte = next, (48...57).contains(byte), position - start < 9 {
        value = value * 10 + Int(byte - 48)
        position += 1
      }
      return position == start ? nil : (value, position - start)
    }

    /// The digits after a point as nanoseconds; those beyond the ninth are dropped.
    private mutating func fraction() -> Int64? {
      guard separator([UInt8(ascii: "."), UInt8(ascii: ",")]) != nil else { return 0 }
      var nanos: Int64 = 0
      var unit: Int64 = Nanos.perSecond
      let start = position
      while let byte = next, (48...57).contains(byte) {
        unit /= 10
        nanos += Int64(byte - 48) * unit
        position += 1
      }
      return position == start ? nil : nanos
    }

    /// The rest as Unix time: nine to eleven digits are seconds, with or without a fraction; up to 14 milliseconds,
    /// up to 17 microseconds, up to 19 nanoseconds. Nil, and nothing read, if it is something else.
    mutating func wholeEpoch() -> UnixNanos? {
      let start = position
      var value: Int64 = 0
      while let byte = next, (48...57).contains(byte), position - start < 19 {
        let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = product.addingReportingOverflow(Int64(byte - 48))
        if overflowed || carried { break }
        value = sum
        position += 1
      }
      let digits = position - start
      let unit: Int64
      switch digits {
      case 9...11: unit = Nanos.perSecond
      case 12...14: unit = Nanos.perMillisecond
      case 15...17: unit = Nanos.perMicrosecond
      case 18...19: unit = 1
      default:
        position = start
        return nil
      }
      let nanos = unit == Nanos.perSecond ? fraction() : 0
      skipSpaces()
      let (whole, overflowed) = value.multipliedReportingOverflow(by: unit)
      let (total, carried) = whole.addingReportingOverflow(nanos ?? 0)
      guard let nanos, nanos >= 0, isAtEnd, !overflowed, !carried else {
        position = start
        return nil
      }
      return total
    }

    /// What follows a date: nothing, or `T`, `_` or spaces and `HH:MM[:SS[.fraction]]`, also with points.
    mutating func clock() -> (secondOfDay: Int, nanos: Int64)? {
      skipSpaces()
      if isAtEnd { return (0, 0) }
      _ = separator([UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: "_")])
      guard let hour = number(), hour.digits <= 2,
        let colon = separator([UInt8(ascii: ":"), UInt8(ascii: ".")]), let minute = number(), minute.digits == 2
      else { return nil }
      var second = 0
      var nanos: Int64 = 0
      if separator([colon]) != nil {
        guard let given = number(), given.digits == 2, let fraction = fraction() else { return nil }
        second = given.value
        nanos = fraction
      }
      guard hour.value < 24, minute.value < 60, second <= 60 else { return nil }
      return (hour.value * 3_600 + minute.value * 60 + second, nanos)
    }

    /// `Z`, `+07:00`, `+0700` or `+7` as seconds.
    mutating func offset() -> Int? {
      if separator([UInt8(ascii: "Z"), UInt8(ascii: "z")]) != nil { return 0 }
      guard let sign = separator([UInt8(ascii: "+"), UInt8(ascii: "-")]), let first = number() else { return nil }
      var hours = first.value
      var minutes = 0
      if first.digits == 4 {
        hours = first.value / 100
        minutes = first.value % 100
      } else if first.digits > 2 {
        return nil
      } else if separator([UInt8(ascii: ":")]) != nil {
        guard let given = number(), given.digits == 2 else { return nil }
        minutes = given.value
      }
      guard hours <= 18, minutes < 60 else { return nil }
      return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
  }
}
