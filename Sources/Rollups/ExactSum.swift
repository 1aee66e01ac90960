/// A sum that does not depend on the order in which it was made: decimals of up to nine places are summed up exactly, so
/// that buckets that were stored, merged or computed anew say the same to the last digit.
///
/// Doubles that are no such decimals are summed up beside them with what rounding took from them (Neumaier,
/// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen").
public struct ExactSum: BitwiseCopyable, Sendable, Equatable {
  /// The decimals' sum, times 10^9. Ten thousand million of the largest 64-bit integers fit.
  @usableFromInline var billionths: Int128 = 0
  /// The doubles' sum, and what its roundings lost.
  @usableFromInline var rest = 0.0
  @usableFromInline var lost = 0.0

  /// Places behind the point that are summed up exactly.
  public static let places = 9
  @usableFromInline static let factors: InlineArray<10, Int64> = [
    1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1,
  ]

  /// Nothing was added.
  @inlinable
  public init() {}

  /// Adds `mantissa / 10^scale`; `scale` is at most `places`.
  @inlinable
  public mutating func add(mantissa: Int64, scale: Int) {
    let product = mantissa.multipliedFullWidth(by: Self.factors[scale])
    billionths &+= Int128(_low: product.low, _high: product.high)
  }

  /// Adds `mantissa / 10^scale` of more than 64 bits; `scale` is at most `places`.
  public mutating func add(wide mantissa: Int128, scale: Int) {
    billionths &+= mantissa &* Int128(Self.factors[scale])
  }

  /// Adds a double that is no decimal, or of which nobody knows.
  @inlinable
  public mutating func add(_ value: Double) {
    let total = rest + value
    lost += rest.magnitude >= value.magnitude ? (rest - total) + value : (value - total) + rest
    rest = total
  }

  @inlinable
  public mutating func merge(_ other: ExactSum) {
    billionths &+= other.billionths
    if other.rest != 0 || other.lost != 0 {
      add(other.rest)
      lost += other.lost
    }
  }

  /// Whether only decimals were added.
  @inlinable public var isExact: Bool { rest == 0 && lost == 0 }

  /// The sum with that many places; nil if it has more, or 64 bits do not hold it.
  public func mantissa(scale: Int) -> Int64? {
    if !isExact || scale > Self.places { return nil }
    let (quotient, remainder) = billionths.quotientAndRemainder(dividingBy: Int128(Self.factors[scale]))
    return remainder == 0 ? Int64(exactly: quotient) : nil
  }

  /// The sum's digits where they are more than a double holds; nil where `value` says all.
  public var wideDigits: (mantissa: Int128, scale: Int)? {
    if !isExact || billionths.magnitude < UInt128(WideNumber.least) { return nil }
    for scale in 0...Self.places {
      let (quotient, remainder) = billionths.quotientAndRemainder(dividingBy: Int128(Self.factors[scale]))
      if remainder == 0 { return quotient.magnitude < UInt128(WideNumber.least) ? nil : (quotient, scale) }
    }
    return nil
  }

  /// The nearest double of a decimal sum whose digits 53 bits hold, and near that else.
  public var value: Double {
    if billionths == 0 { return rest + lost }
    return decimal + (rest + lost)
  }

  private var decimal: Double {
    // Few places make a short numerator, and both operands of one division are then exact.
    for scale in 0...Self.places {
      if let mantissa = Self.exactly(billionths, scale), mantissa.magnitude < 1 << 53 {
        return Double(mantissa) / Double(Self.factors[Self.places - scale])
      }
    }
    let (whole, part) = billionths.quotientAndRemainder(dividingBy: Int128(Self.factors[0]))
    return Double(whole) + Double(part) / Double(Self.factors[0])
  }

  private static func exactly(_ billionths: Int128, _ scale: Int) -> Int64? {
    let (quotient, remainder) = billionths.quotientAndRemainder(dividingBy: Int128(factors[scale]))
    return remainder == 0 ? Int64(exactly: quotient) : nil
  }
}
