/// Packs of SenML (RFC 8428) of one device and instant.
enum SenMLPack {
  static func json(_ device: String, _ seconds: Int64, _ values: [(name: String, value: SentValue)]) -> [UInt8] {
    let records = values.enumerated().map { index, field in
      let base = index == 0 ? #""bn":"\#(device)/","bt":\#(seconds),"# : ""
      let value =
        switch field.value {
        case .text: #""vs":"chữ""#
        case .boolean: #""vb":true"#
        case .integer, .double, .decimal: #""v":\#(field.value.text)"#
        }
      return #"{\#(base)"n":"\#(field.name)",\#(value)}"#
    }
    return Array("[\(records.joined(separator: ","))]".utf8)
  }

  /// Labels of RFC 8428 section 6: bn -2, bt -3, n 0, v 2, vs 3, vb 4.
  static func cbor(_ device: String, _ seconds: Int64, _ values: [(name: String, value: SentValue)]) -> [UInt8] {
    var bytes = head(4, UInt64(values.count))
    for (index, field) in values.enumerated() {
      bytes += head(5, index == 0 ? 4 : 2)
      if index == 0 { bytes += [0x21] + text(device + "/") + [0x22] + head(0, UInt64(seconds)) }
      bytes += [0x00] + text(field.name)
      switch field.value {
      case .text: bytes += [0x03] + text("chữ")
      case .boolean: bytes += [0x04, 0xF5]
      case .integer(let value):
        bytes += [0x02] + (value < 0 ? head(1, UInt64(-1 - value)) : head(0, UInt64(value)))
      case .double(let value): bytes += [0x02] + double(value)
      case .decimal(let value): bytes += [0x02] + double(Double(value) / 100)
      }
    }
    return bytes
  }

  /// RFC 8949 section 3: a major type with its argument.
  private static func head(_ type: UInt8, _ value: UInt64) -> [UInt8] {
    if value < 24 { return [type << 5 | UInt8(value)] }
    return [type << 5 | 27] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - $0 * 8)) }
  }

  private static func text(_ text: String) -> [UInt8] { head(3, UInt64(text.utf8.count)) + Array(text.utf8) }

  private static func double(_ value: Double) -> [UInt8] {
    [0xFB] + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (56 - $0 * 8)) }
  }
}
