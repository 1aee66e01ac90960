import Primitives
import Text

/// How a file's times are read.
struct TimeReading {
  /// Nanoseconds in one unit of times that are numbers.
  let unitNanos: Int64
  /// Of times that name no zone; nil refuses them.
  let zone: TimeZoneRules?

  /// Years that 64 bits of nanoseconds hold.
  static let beyond = "is not between the years 1678 and 2261"
  static let zoneless = "names no zone: say which by --zone, such as Asia/Ho_Chi_Minh or UTC"

  /// What a time is, or what is wrong with it, to stand behind the time.
  enum Outcome {
    case time(UnixNanos)
    case fault(String)
  }

  /// A time as text: RFC 3339, the same with a zone of two or four digits, without seconds or with a zone that is known
  /// otherwise; or a number.
  func read(_ cell: ArraySlice<UInt8>) -> Outcome {
    let text = String(decoding: cell, as: UTF8.self)
    // Most times are as they should be.
    if cell.count >= 20, let time = RFC3339.parse(text) { return .time(time) }
    if cell.allSatisfy({ $0 &- 48 <= 9 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }), !isDate(cell) {
      return number(cell)
    }
    return written(text)
  }

  /// A time as a number of the unit.
  func read(_ value: Int64) -> Outcome {
    let (nanos, overflow) = value.multipliedReportingOverflow(by: unitNanos)
    return overflow ? .fault(Self.beyond) : .time(nanos)
  }

  /// A wall's time, as if it were one of UTC.
  func read(wall nanos: Int64) -> Outcome {
    guard let zone else { return .fault(Self.zoneless) }
    let seconds = flooredDivision(nanos, by: Nanos.perSecond)
    guard let whole = zone.utcNanos(fromLocalSeconds: seconds) else { return .fault(Self.beyond) }
    let (time, overflow) = whole.addingReportingOverflow(nanos - seconds * Nanos.perSecond)
    return overflow ? .fault(Self.beyond) : .time(time)
  }

  private func isDate(_ cell: ArraySlice<UInt8>) -> Bool {
    cell.count == 10 && cell.dropFirst(4).first == UInt8(ascii: "-")
  }

  /// `-1764000000.25`: digits behind the point are part of the unit; what is finer than a nanosecond is cut.
  private func number(_ cell: ArraySlice<UInt8>) -> Outcome {
    let unsigned = cell.first == UInt8(ascii: "-") ? cell.dropFirst() : cell
    let parts = unsigned.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let isNegative = unsigned.count < cell.count
    guard let whole = parts.first, !whole.isEmpty, whole.allSatisfy({ $0 &- 48 <= 9 }),
      parts.count == 1 || parts[1].allSatisfy({ $0 &- 48 <= 9 })
    else { return .fault("is no time") }
    guard let units = Int64(String(decoding: whole, as: UTF8.self)) else { return .fault(Self.beyond) }
    var rest: Int64 = 0
    var power: Int64 = 1
    for digit in (parts.count == 2 ? parts[1] : []).prefix(9) {
      rest = rest * 10 + Int64(digit - 48)
      power *= 10
    }
    // An hour has 3.6e12 nanoseconds, and the rest nine digits.
    let part = Int64(Int128(rest) * Int128(unitNanos) / Int128(power))
    let (nanos, overflow) = units.multipliedReportingOverflow(by: unitNanos)
    let (sum, carry) = nanos.addingReportingOverflow(part)
    return overflow || carry ? .fault(Self.beyond) : .time(isNegative ? -sum : sum)
  }

  private func written(_ text: String) -> Outcome {
    let bytes = Array(text.utf8)
    guard bytes.count >= 16, bytes[4] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":") else {
      return .fault(isDate(bytes[...]) ? "is a day and no time" : "is no time")
    }
    var clock = String(decoding: bytes.prefix(16), as: UTF8.self)
    var rest = bytes[16...]
    if rest.first == UInt8(ascii: ":") {
      let seconds = rest.prefix { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 &- 48 <= 9 }
      clock += String(decoding: seconds, as: UTF8.self)
      rest = rest.dropFirst(seconds.count)
    } else {
      clock += ":00"
    }
    if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
    var offset = String(decoding: rest, as: UTF8.self)
    // +07 and +0700, as databases and strftime write it.
    if offset == "UTC" {
      offset = "Z"
    } else if rest.count == 3 {
      offset += ":00"
    } else if rest.count == 5 {
      offset = String(offset.prefix(3)) + ":" + String(offset.suffix(2))
    }
    if rest.isEmpty {
      guard let wall = RFC3339.parse(clock + "Z") else { return .fault("is no time") }
      return read(wall: wall)
    }
    return RFC3339.parse(clock + offset).map { .time($0) } ?? .fault("is no time")
  }
}
