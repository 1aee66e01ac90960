public import Telemetry

/// Decimal text to a tagged number, as `ValueTag` says: exact wherever 18 significant digits hold it.
///
/// ```
/// 23.50   decimal(1) 235        -0        double -0.0
/// 2.35e1  decimal(1) 235        6.02e23   double, correctly rounded
/// 1.      decimal(0) 1          1e400     no number: beyond every double
/// ```
/// Accepted is `[+-] digits [. digits] [e [+-] digits]` with a digit at least before or behind the point: what
/// InfluxDB, StatsD and JSON send. Neither `NaN` nor `Infinity` nor hexadecimal is a number here.
public enum NumberText {
  /// A number and where its text ended.
  public struct Scan: Sendable, BitwiseCopyable {
    /// `null` where no number stood.
    public var tag: ValueTag
    /// Whether the text was a sign and digits alone.
    public var isWhole: Bool
    /// Whether it was found to have digits on both sides of a point, and no exponent; some that have are not found.
    var isPointed: Bool
    public var payload: Int64
    /// The offset behind the text's last byte; meaningless where no number stood.
    public var end: Int

    @inline(__always)
    init(tag: ValueTag, payload: Int64, end: Int, isWhole: Bool, isPointed: Bool = false) {
      self.tag = tag
      self.isWhole = isWhole
      self.isPointed = isPointed
      self.payload = payload
      self.end = end
    }

    static let none = Scan(tag: .null, payload: 0, end: 0, isWhole: false)
  }

  /// The number that `from ..< to` spells, all of it; nil if that is none, or one beyond every double.
  public static func parse(_ bytes: RawSpan, from: Int, to: Int) -> (tag: ValueTag, payload: Int64)? {
    let scan = scan(bytes.extracting(first: to), from: from)
    return scan.tag == .null || scan.end != to ? nil : (scan.tag, scan.payload)
  }

  /// Whether `from ..< to` is a number by JSON's grammar (RFC 8259 section 6), which is stricter than `parse`.
  public static func isJSON(_ bytes: RawSpan, from: Int, to: Int) -> Bool {
    let text = bytes.extracting(first: to)
    var index = from
    if text.octetOrZero(index) == UInt8(ascii: "-") { index += 1 }
    let whole = digitsEnd(text, from: index)
    if whole == index || (text.octet(index) == UInt8(ascii: "0") && whole > index + 1) { return false }
    index = whole
    if text.octetOrZero(index) == UInt8(ascii: ".") {
      let end = digitsEnd(text, from: index + 1)
      if end == index + 1 { return false }
      index = end
    }
    if text.octetOrZero(index) | 0x20 == UInt8(ascii: "e") {
      index += 1
      let sign = text.octetOrZero(index)
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { index += 1 }
      let end = digitsEnd(text, from: index)
      if end == index { return false }
      index = end
    }
    return index == to
  }

  /// The longest number that begins at `from`.
  @inline(__always)
  public static func scan(_ bytes: RawSpan, from: Int) -> Scan {
    let negative = bytes.octetOrZero(from) == UInt8(ascii: "-")
    let first = from &+ (negative ? 1 : 0)
    let values = bytes.paddedWord(first) ^ EightBytes.zeros
    let stops = EightBytes.nonDigits(values)
    let whole = EightBytes.first(stops)
    // `values` are xored, so the byte that stopped the digits is compared in the same dress.
    let stop = UInt8(truncatingIfNeeded: values &>> UInt64(truncatingIfNeeded: whole &* 8)) ^ 0x30
    if whole == 8 { return scanLong(bytes, from: from) }
    if stop != UInt8(ascii: ".") {
      if whole == 0 || stop | 0x20 == UInt8(ascii: "e") { return scanLong(bytes, from: from) }
      let number = EightBytes.number(values &<< UInt64(truncatingIfNeeded: (8 &- whole) &* 8))
      if number == 0 && negative { return scanLong(bytes, from: from) }
      let signed = Int64(truncatingIfNeeded: number)
      return Scan(tag: .decimal(scale: 0), payload: negative ? 0 &- signed : signed, end: first &+ whole, isWhole: true)
    }
    let later = stops & (stops &- 1)
    let end = EightBytes.first(later)
    let next = UInt8(truncatingIfNeeded: values &>> UInt64(truncatingIfNeeded: end &* 8)) ^ 0x30
    // The long way too: no end in sight, no digit on one side of the point, an exponent.
    if later == 0 || end == whole &+ 1 || next | 0x20 == UInt8(ascii: "e") { return scanLong(bytes, from: from) }
    // The point is squeezed out: what was behind it moves down by one byte, then everything up to the word's top.
    let before = (1 &<< UInt64(truncatingIfNeeded: whole &* 8)) &- 1 as UInt64
    let squeezed = (values & before) | ((values &>> 8) & ~before)
    let digits = squeezed &<< UInt64(truncatingIfNeeded: (9 &- end) &* 8)
    // Zeros behind the point go, so that a value has one form; they are zero bytes at the word's top.
    let fraction = end &- whole &- 1
    let zeros = min(digits.leadingZeroBitCount &>> 3, fraction)
    let number = EightBytes.number(digits &<< UInt64(truncatingIfNeeded: zeros &* 8))
    if number == 0 && negative { return scanLong(bytes, from: from) }
    let signed = Int64(truncatingIfNeeded: number)
    return Scan(
      tag: .decimal(scale: fraction &- zeros), payload: negative ? 0 &- signed : signed, end: first &+ end,
      isWhole: false, isPointed: true)
  }

  @inline(__always)
  static func digitsEnd(_ bytes: RawSpan, from: Int) -> Int {
    var index = from
    while index < bytes.byteCount && bytes.octet(index) &- 48 <= 9 { index &+= 1 }
    return index
  }
}
