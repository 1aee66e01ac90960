import Telemetry

/// Every form of a number, one digit at a time.
extension NumberText {
  /// The digits of a number and the power of ten that they are multiplied by.
  private struct Digits {
    var mantissa: UInt64 = 0
    /// Significant digits in `mantissa`, at most 18.
    var count = 0
    /// Power of ten of the mantissa's last digit.
    var exponent = 0
    /// Whether a digit other than 0 did not fit the mantissa.
    var isCut = false
    /// Whether there was any digit.
    var isAny = false

    @inline(__always)
    mutating func take(_ digit: UInt8, behindPoint: Bool) {
      isAny = true
      if count < 18 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        if mantissa != 0 { count &+= 1 }
        if behindPoint { exponent &-= 1 }
      } else {
        if digit != 0 { isCut = true }
        if !behindPoint { exponent &+= 1 }
      }
    }
  }

  /// Exponents beyond this are all the same: no datagram has as many digits as would bring them back.
  private static let exponentBound = 1_000_000

  /// The longest number that begins at `from`, whatever its form.
  @inline(never)
  static func scanLong(_ bytes: RawSpan, from: Int) -> Scan {
    var index = from
    let sign = bytes.octetOrZero(index)
    let negative = sign == UInt8(ascii: "-")
    if negative || sign == UInt8(ascii: "+") { index &+= 1 }
    var digits = Digits()
    var behindPoint = false
    while index < bytes.byteCount {
      let byte = bytes.octet(index)
      if byte &- 48 <= 9 {
        digits.take(byte &- 48, behindPoint: behindPoint)
      } else if byte == UInt8(ascii: ".") && !behindPoint {
        behindPoint = true
      } else {
        break
      }
      index &+= 1
    }
    if !digits.isAny { return .none }
    let mantissaEnd = index
    var isWhole = !behindPoint
    var written = 0
    if bytes.octetOrZero(index) | 0x20 == UInt8(ascii: "e") {
      let exponentSign = bytes.octetOrZero(index &+ 1)
      let isSigned = exponentSign == UInt8(ascii: "-") || exponentSign == UInt8(ascii: "+")
      let first = index &+ (isSigned ? 2 : 1)
      let end = digitsEnd(bytes, from: first)
      if end == first { return .none }
      var place = first
      while place < end {
        written = min(exponentBound, written &* 10 &+ Int(bytes.octet(place) &- 48))
        place &+= 1
      }
      if exponentSign == UInt8(ascii: "-") { written = 0 &- written }
      index = end
      isWhole = false
    }
    digits.exponent &+= written
    guard
      let (tag, payload) = decimal(digits, negative: negative)
        ?? double(digits, negative: negative, text: bytes.extracting(from..<mantissaEnd), written: written)
    else { return .none }
    return Scan(tag: tag, payload: payload, end: index, isWhole: isWhole)
  }

  /// The decimal, if 18 digits and 18 places hold it exactly.
  private static func decimal(_ digits: Digits, negative: Bool) -> (tag: ValueTag, payload: Int64)? {
    if digits.isCut { return nil }
    if digits.mantissa == 0 { return negative ? nil : (.decimal(scale: 0), 0) }
    var mantissa = digits.mantissa
    var exponent = digits.exponent
    while exponent < 0 && mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    if exponent < -ValueTag.largestScale || exponent > 17 { return nil }
    while exponent > 0 {
      mantissa *= 10
      exponent -= 1
      if mantissa >= 1_000_000_000_000_000_000 { return nil }
    }
    let signed = Int64(mantissa)
    return (.decimal(scale: -exponent), negative ? -signed : signed)
  }

  /// The nearest double; nil if it would be infinite. `text` is the sign and the digits.
  private static func double(
    _ digits: Digits, negative: Bool, text: RawSpan, written: Int
  ) -> (tag: ValueTag, payload: Int64)? {
    let magnitude: Double
    if digits.mantissa == 0 {
      magnitude = 0
    } else if !digits.isCut && digits.mantissa <= 1 << 53 && abs(digits.exponent) <= 22 {
      // Clinger's fast path: both operands are exact, so the one operation rounds once.
      let power = exactPower(abs(digits.exponent))
      magnitude = digits.exponent < 0 ? Double(digits.mantissa) / power : Double(digits.mantissa) * power
    } else {
      magnitude = nearest(text, written: written)
    }
    if !magnitude.isFinite { return nil }
    // Too small for any double is zero, and zero has one form.
    if magnitude == 0 && !negative { return (.decimal(scale: 0), 0) }
    return (.double, Int64(bitPattern: (negative ? -magnitude : magnitude).bitPattern))
  }

  private static func exactPower(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<exponent { power *= 10 }
    return power
  }

  /// Rounds correctly however many digits there are. Allocates: such numbers are rare.
  private static func nearest(_ text: RawSpan, written: Int) -> Double {
    var plain: [UInt8] = []
    plain.reserveCapacity(text.byteCount + 10)
    var exponent = written
    var behindPoint = false
    for index in 0..<text.byteCount {
      let byte = text.octet(index)
      if byte == UInt8(ascii: ".") {
        behindPoint = true
      } else if byte &- 48 <= 9 {
        if !(plain.isEmpty && byte == 48) { plain.append(byte) }
        if behindPoint { exponent -= 1 }
      }
    }
    plain += "e\(exponent)".utf8
    return Double(String(decoding: plain, as: UTF8.self)) ?? .infinity
  }
}
