public import Primitives

/// Instants as text by RFC 3339: `2026-11-20T07:00:00Z`.
///
/// The one writer and reader of them; syslog's decoder alone reads its own, in a dozen forms of which this is one.
public enum RFC3339 {
  /// How many digits of a second are written.
  public enum Fraction: Sendable {
    /// As many as it takes: none, 3, 6 or 9.
    case asNeeded
    /// Always three.
    case milliseconds
  }

  /// The instant as text. What is finer than `fraction` is cut off.
  ///
  /// - Parameter offsetSeconds: the zone that it is written in, in seconds east of UTC, whole minutes; 0 is written `Z`.
  public static func text(_ time: UnixNanos, _ fraction: Fraction = .asNeeded, offsetSeconds: Int = 0) -> String {
    octets(time, fraction, offsetSeconds: offsetSeconds).text
  }

  /// The same behind other bytes, UTC.
  public static func append(_ time: UnixNanos, to bytes: inout [UInt8]) {
    octets(time).append(to: &bytes)
  }

  /// `2026-11-20`: the day of an instant by UTC.
  public static func appendDate(_ time: UnixNanos, to bytes: inout [UInt8]) {
    var octets = Octets()
    octets.append(day: flooredDivision(time, by: Nanos.perDay))
    octets.append(to: &bytes)
  }

  /// `T07:00:00.500Z`: what follows the day.
  public static func appendClock(_ time: UnixNanos, to bytes: inout [UInt8]) {
    let (second, nanos) = rest(of: time, by: Nanos.perDay).quotientAndRemainder(dividingBy: Int(Nanos.perSecond))
    var octets = Octets()
    octets.append(second: second, nanos: nanos, .asNeeded)
    octets.append(offset: 0)
    octets.append(to: &bytes)
  }

  /// The instant without memory of its own, for who writes it into an arena.
  public static func octets(_ time: UnixNanos, _ fraction: Fraction = .asNeeded, offsetSeconds: Int = 0) -> Octets {
    octets(
      seconds: flooredDivision(time, by: Nanos.perSecond), nanos: rest(of: time, by: Nanos.perSecond), fraction,
      offsetSeconds: offsetSeconds)
  }

  /// What a floored division leaves: it is not below zero.
  private static func rest(of time: UnixNanos, by divisor: Int64) -> Int {
    let rest = time % divisor
    return Int(rest < 0 ? rest + divisor : rest)
  }

  /// The same for an instant that 64 bits of nanoseconds need not reach. Years beyond four digits cannot be written: the
  /// first or last second that can be stands for it.
  public static func octets(
    seconds: Int64, nanos: Int, _ fraction: Fraction = .asNeeded, offsetSeconds: Int = 0
  ) -> Octets {
    let utc = min(max(seconds, writableSeconds.lowerBound), writableSeconds.upperBound)
    let local = min(max(utc + Int64(offsetSeconds), writableSeconds.lowerBound), writableSeconds.upperBound)
    let day = flooredDivision(local, by: 86_400)
    var octets = Octets()
    octets.append(day: day)
    octets.append(second: Int(local - day * 86_400), nanos: nanos, fraction)
    octets.append(offset: offsetSeconds)
    return octets
  }

  /// 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  private static let writableSeconds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799
}

extension RFC3339 {
  /// An instant's characters.
  public struct Octets: Sendable, BitwiseCopyable {
    /// `2026-11-20T07:00:00.123456789+07:00` is the longest.
    private var storage = InlineArray<35, UInt8>(repeating: 0)
    private var count = 0

    public var bytes: RawSpan {
      @_lifetime(borrow self)
      borrowing get { storage.span.extracting(first: count).bytes }
    }

    /// The same as a text.
    public var text: String {
      var bytes: [UInt8] = []
      append(to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes them behind other bytes.
    public func append(to bytes: inout [UInt8]) {
      self.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    fileprivate init() {}

    private mutating func append(_ character: Unicode.Scalar) {
      storage[count] = UInt8(ascii: character)
      count += 1
    }

    private mutating func append(digit value: Int) {
      storage[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
      count += 1
    }

    private mutating func append(twoDigits value: Int) {
      append(digit: value / 10)
      append(digit: value)
    }

    fileprivate mutating func append(day: Int64) {
      let date = CalendarDate(daysSinceEpoch: Int(day))
      append(twoDigits: date.year / 100)
      append(twoDigits: date.year % 100)
      append("-")
      append(twoDigits: date.month)
      append("-")
      append(twoDigits: date.day)
    }

    fileprivate mutating func append(second: Int, nanos: Int, _ fraction: Fraction) {
      append("T")
      append(twoDigits: second / 3_600)
      append(":")
      append(twoDigits: second / 60 % 60)
      append(":")
      append(twoDigits: second % 60)
      let digits =
        switch fraction {
        case .milliseconds: 3
        case .asNeeded: nanos == 0 ? 0 : nanos % 1_000_000 == 0 ? 3 : nanos % 1_000 == 0 ? 6 : 9
        }
      if digits == 0 { return }
      append(".")
      var divisor = 100_000_000
      for _ in 0..<digits {
        append(digit: nanos / divisor)
        divisor /= 10
      }
    }

    fileprivate mutating func append(offset seconds: Int) {
      if seconds == 0 { return append("Z") }
      append(seconds < 0 ? "-" : "+")
      let minutes = Int(seconds.magnitude) / 60
      append(twoDigits: minutes / 60)
      append(":")
      append(twoDigits: minutes % 60)
    }
  }
}
