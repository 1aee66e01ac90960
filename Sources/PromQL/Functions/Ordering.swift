/// Orders of values in which NaN has a place.
enum Ordering {
  /// NaN first, then from small to large.
  static func rising(_ a: Double, _ b: Double) -> Bool { a.isNaN ? !b.isNaN : a < b }

  /// NaN last, from small to large.
  static func risingNaNLast(_ a: Double, _ b: Double) -> Bool { b.isNaN ? !a.isNaN : a < b }

  /// NaN last, from large to small.
  static func fallingNaNLast(_ a: Double, _ b: Double) -> Bool { b.isNaN ? !a.isNaN : a > b }

  /// The larger one as IEEE 754-2019 has it: NaN wins, but not over infinity.
  static func larger(_ a: Double, _ b: Double) -> Double {
    if a == .infinity || b == .infinity { return .infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0, b == 0 { return a.sign == .minus ? b : a }
    return a > b ? a : b
  }

  static func smaller(_ a: Double, _ b: Double) -> Double {
    if a == -.infinity || b == -.infinity { return -.infinity }
    if a.isNaN || b.isNaN { return .nan }
    if a == 0, b == 0 { return a.sign == .minus ? a : b }
    return a < b ? a : b
  }
}
