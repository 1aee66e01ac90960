/// Exact conversions between decimals, doubles and text's digits.
public enum DecimalNumber {
  /// 10^0 … 10^18.
  public static let powersOfTen: InlineArray<19, Int64> = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
    100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
    10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  ]

  /// 10^0 … 10^22, each exact as a double.
  @usableFromInline static let doublePowersOfTen: InlineArray<23, Double> = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// Drops zeros behind the point, so that a value has one form. `(2350, 2)` becomes `(235, 1)`.
  @inlinable
  public static func normalized(mantissa: Int64, scale: Int) -> (mantissa: Int64, scale: Int) {
    var mantissa = mantissa
    var scale = scale
    while scale > 0 {
      let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { break }
      mantissa = quotient
      scale &-= 1
    }
    return (mantissa, scale)
  }

  /// The nearest double. Exact whenever the mantissa has at most 53 bits, since both operands of the one division
  /// then are (the fast path of Clinger, "How to read floating point numbers accurately").
  @inlinable
  public static func double(mantissa: Int64, scale: Int) -> Double {
    Double(mantissa) / doublePowersOfTen[scale]
  }

  /// The tag and payload of a double: a decimal if a short one (at most 9 digits behind the point and 15 in all)
  /// reads back as exactly this double, else the double itself. Negative zero, NaN and infinities stay doubles.
  @inlinable
  public static func tagged(_ value: Double) -> (tag: ValueTag, payload: Int64) {
    let asDouble = (tag: ValueTag.double, payload: Int64(bitPattern: value.bitPattern))
    if !(value.magnitude < 1e15) { return asDouble }
    if value == 0 { return value.sign == .minus ? asDouble : (.decimal(scale: 0), 0) }
    var scale = 0
    while scale <= 9 {
      let scaled = value * doublePowersOfTen[scale]
      if scaled.magnitude >= 1e15 { return asDouble }
      let rounded = scaled.rounded()
      if rounded / doublePowersOfTen[scale] == value {
        return (.decimal(scale: scale), Int64(rounded))
      }
      scale &+= 1
    }
    return asDouble
  }

  /// A numeric reading as a double, the nearest where 53 bits do not hold it; nil for what is no number.
  @inlinable
  public static func double(tag: ValueTag, payload: Int64) -> Double? {
    if tag.isDecimal { return double(mantissa: payload, scale: tag.scale) }
    if tag == .integer { return Double(payload) }
    if tag == .double { return Double(bitPattern: UInt64(bitPattern: payload)) }
    return nil
  }
}
