extension DecimalNumber {
  /// The double that stands for exactly this decimal, so that its shortest text (the digits that Swift, Python and
  /// JavaScript print) is the decimal again; nil if there is none.
  ///
  /// Every decimal of at most 15 digits has one, since no two of them share a double (IEEE 754 binary64 keeps 15.95).
  /// Of longer ones it is tried.
  public static func exactDouble(mantissa: Int64, scale: Int) -> Double? {
    let (digits, places) = normalized(mantissa: mantissa, scale: scale)
    if digits.magnitude < 1_000_000_000_000_000 { return double(mantissa: digits, scale: places) }
    guard let value = Double(String(digits) + "e-" + String(places)) else { return nil }
    let text = parts(of: value.description)
    return text.mantissa == digits && text.scale == places ? value : nil
  }

  /// The one form of a number that may come in several: a whole decimal is an integer, a decimal that a double stands
  /// for is what that double is.
  public static func canonical(tag: ValueTag, payload: Int64) -> (tag: ValueTag, payload: Int64) {
    guard tag.isDecimal else { return (tag, payload) }
    var plain = normalized(mantissa: payload, scale: tag.scale)
    if plain.scale > 0, let value = exactDouble(mantissa: plain.mantissa, scale: plain.scale) {
      let back = tagged(value)
      if !back.tag.isDecimal { return back }
      plain = (back.payload, back.tag.scale)
    }
    return plain.scale == 0 ? (.integer, plain.mantissa) : (.decimal(scale: plain.scale), plain.mantissa)
  }

  /// Digits and places behind the point of a text such as `-1.25e-07`; nonsense for what has too many, or is no number.
  private static func parts(of text: String) -> (mantissa: Int64, scale: Int) {
    let halves = text.split(separator: "e")
    let whole = halves[0].split(separator: ".", omittingEmptySubsequences: false)
    let behind = whole.count == 2 ? whole[1] : ""
    let exponent = halves.count == 2 ? Int(halves[1]) ?? 0 : 0
    guard let mantissa = Int64(String(whole[0] + behind)) else { return (0, -1) }
    return normalized(mantissa: mantissa, scale: behind.count - exponent)
  }
}
