/// Numbers as text, the same in JSON and CSV.
enum NumberText {
  /// The shortest digits that read back as this double, without `.0`; `other` for NaN and infinities.
  static func append(_ value: Double, to bytes: inout [UInt8], orElse other: StaticString) {
    guard value.isFinite else {
      other.withUTF8Buffer { bytes.append(contentsOf: $0) }
      return
    }
    bytes.append(contentsOf: text(value).utf8)
  }

  static func text(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") && text != "-0.0" ? String(text.dropLast(2)) : text
  }

  /// A decimal with its digits: `(-5, 2)` is `-0.05`.
  static func decimal(mantissa: Int64, scale: Int) -> String {
    if scale == 0 { return String(mantissa) }
    var digits = String(mantissa.magnitude)
    if digits.utf8.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits }
    let point = digits.index(digits.endIndex, offsetBy: -scale)
    return (mantissa < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
  }
}
