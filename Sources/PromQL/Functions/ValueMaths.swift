import RealModule

/// Functions of one value.
enum ValueMaths {
  /// The function of that name; nil if it is none of these.
  static func function(_ name: String) -> ((Double) -> Double)? {
    switch name {
    case "abs": return { $0.magnitude }
    case "ceil": return { $0.rounded(.up) }
    case "floor": return { $0.rounded(.down) }
    case "sqrt": return { $0.squareRoot() }
    case "exp": return { Double.exp($0) }
    case "ln": return { Double.log($0) }
    case "log2": return { Double.log2($0) }
    case "log10": return { Double.log10($0) }
    case "sgn": return { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
    case "rad": return { $0 * .pi / 180 }
    case "deg": return { $0 * 180 / .pi }
    default: return trigonometric(name)
    }
  }

  private static func trigonometric(_ name: String) -> ((Double) -> Double)? {
    switch name {
    case "sin": return { Double.sin($0) }
    case "cos": return { Double.cos($0) }
    case "tan": return { Double.tan($0) }
    case "asin": return { Double.asin($0) }
    case "acos": return { Double.acos($0) }
    case "atan": return { Double.atan($0) }
    case "sinh": return { Double.sinh($0) }
    case "cosh": return { Double.cosh($0) }
    case "tanh": return { Double.tanh($0) }
    case "asinh": return { Double.asinh($0) }
    case "acosh": return { Double.acosh($0) }
    case "atanh": return { Double.atanh($0) }
    default: return nil
    }
  }
}
