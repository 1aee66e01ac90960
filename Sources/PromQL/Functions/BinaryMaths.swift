import RealModule

extension BinaryOperator {
  /// What it makes of two numbers; a comparison makes one or zero.
  @inline(__always) func value(_ left: Double, _ right: Double) -> Double {
    isComparison ? (holds(left, right) ? 1 : 0) : computed(left, right)
  }

  /// Whether a comparison is true.
  @inline(__always) func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .greater: left > right
    case .less: left < right
    case .greaterOrEqual: left >= right
    case .lessOrEqual: left <= right
    default: false
    }
  }

  private func computed(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .modulo: left.truncatingRemainder(dividingBy: right)
    case .power: Self.power(left, right)
    case .atan2: Double.atan2(y: left, x: right)
    default: .nan
    }
  }

  /// As C has it: RealModule's power of two floating-point numbers knows no negative base.
  private static func power(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 0 || base == 1 { return 1 }
    if base.isNaN || exponent.isNaN { return .nan }
    let isWhole = exponent == exponent.rounded(.towardZero)
    let isOdd = isWhole && exponent.magnitude < 0x1p53 && exponent.truncatingRemainder(dividingBy: 2) != 0
    let isNegative = base.sign == .minus && isOdd
    if base == 0 {
      let magnitude = exponent > 0 ? 0.0 : .infinity
      return isNegative ? -magnitude : magnitude
    }
    if exponent.isInfinite {
      if base == -1 { return 1 }
      return (base.magnitude > 1) == (exponent > 0) ? .infinity : 0
    }
    if base < 0, !isWhole, base.isFinite { return .nan }
    let magnitude = base.isInfinite ? (exponent > 0 ? .infinity : 0.0) : Double.pow(base.magnitude, exponent)
    return isNegative ? -magnitude : magnitude
  }
}
