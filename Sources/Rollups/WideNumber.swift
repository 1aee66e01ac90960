/// A decimal with more digits than a double holds: `mantissa / 10^scale`.
public struct WideNumber: BitwiseCopyable, Sendable, Hashable {
  public var mantissa: Int64
  public var scale: Int

  @inlinable
  public init(mantissa: Int64, scale: Int) {
    self.mantissa = mantissa
    self.scale = scale
  }

  /// From here on two whole numbers may be one double.
  public static let least: UInt64 = 1 << 53

  /// Whether a decimal's digits may be more than a double holds.
  @inlinable
  public static func isWide(_ mantissa: Int64) -> Bool { mantissa.magnitude >= least }

  /// What the nearest double of a wide whole number lacks of it, at most 512; of others nothing.
  @inlinable
  public static func rest(of mantissa: Int64, scale: Int, double: Double) -> Double {
    guard scale == 0 && isWide(mantissa) else { return 0 }
    return Double(Int128(mantissa) - Int128(double))
  }

  /// The double that all questions of order are asked of first.
  public var double: Double { Double(mantissa) / Self.power(scale) }

  /// Whether it is the smaller one.
  public static func < (a: WideNumber, b: WideNumber) -> Bool {
    let scale = max(a.scale, b.scale)
    return Int128(a.mantissa) * power(scale - a.scale) < Int128(b.mantissa) * power(scale - b.scale)
  }

  private static func power(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { product, _ in product * 10 } }
  // 64 bits and eighteen places fit into 128.
  private static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { product, _ in product * 10 } }
}

/// The least, largest, first and last reading of a bucket, of those that are wide; nil as long as there is none.
public struct WideEdges: Sendable, Hashable {
  public var least: WideNumber?
  public var largest: WideNumber?
  public var first: WideNumber?
  public var last: WideNumber?

  public init() {}

  /// Widens `least` and `largest`.
  public mutating func widen(_ number: WideNumber) {
    if least.map({ number < $0 }) ?? true { least = number }
    if largest.map({ $0 < number }) ?? true { largest = number }
  }
}
