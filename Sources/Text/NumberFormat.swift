/// Numbers as text, the same in JSON, CSV and metrics.
public enum NumberFormat {
  /// The shortest digits that read back as this double, without `.0`; `other` for NaN and infinities.
  public static func append(_ value: Double, to bytes: inout [UInt8], orElse other: StaticString) {
    guard value.isFinite else {
      other.withUTF8Buffer { bytes.append(contentsOf: $0) }
      return
    }
    var sink = ByteSink()
    swap(&sink.bytes, &bytes)
    value.write(to: &sink)
    swap(&sink.bytes, &bytes)
    let isWhole =
      bytes.count > 2 && bytes[bytes.count - 1] == UInt8(ascii: "0") && bytes[bytes.count - 2] == UInt8(ascii: ".")
    if isWhole && !(value == 0 && value.sign == .minus) { bytes.removeLast(2) }
  }

  /// The same as a text of its own; `nan`, `inf` and `-inf` for what is no number.
  public static func text(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") && text != "-0.0" ? String(text.dropLast(2)) : text
  }

  /// A decimal with its digits: `(-5, 2)` is `-0.05`.
  public static func decimal(mantissa: some FixedWidthInteger, scale: Int) -> String {
    if scale == 0 { return String(mantissa) }
    var digits = String(mantissa.magnitude)
    if digits.utf8.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits }
    let point = digits.index(digits.endIndex, offsetBy: -scale)
    return (mantissa < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
  }
}

/// Takes what a number writes of itself, without a string in between.
private struct ByteSink: TextOutputStream {
  var bytes: [UInt8] = []

  mutating func write(_ string: String) { bytes.append(contentsOf: string.utf8) }

  mutating func _writeASCII(_ buffer: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: buffer) }
}
