/// Names and values as line protocol has them. nil for what no line can say: the format has no escape for everything.
enum LineText {
  private static let backslash = UInt8(ascii: "\\")

  /// A measurement, which begins a line.
  static func measurement(_ name: String) -> [UInt8]? {
    // A blank before a line is passed over, and a comment begins with a number sign.
    guard let first = name.utf8.first, first >= UInt8(ascii: " "), first != UInt8(ascii: "#") else { return nil }
    return part(name.utf8, escaping: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") })
  }

  /// A tag's name, or its value.
  static func tag(_ text: some Collection<UInt8>) -> [UInt8]? {
    part(text, escaping: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "=") })
  }

  /// A field's name.
  static func field(_ name: String) -> [UInt8]? {
    func isEscapable(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"")
    }
    let bytes = Array(name.utf8)
    // A backslash before what is escaped would be taken for its escape.
    for (byte, next) in zip(bytes, bytes.dropFirst()) where byte == backslash && (isEscapable(next) || next == byte) {
      return nil
    }
    // Control characters may stand for a blank, or end the line.
    if bytes.contains(where: { $0 < 0x20 }) { return nil }
    return part(bytes, escaping: isEscapable)
  }

  /// A text in quotes, behind other bytes.
  static func appendText(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") || byte == backslash { bytes.append(backslash) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func part(_ text: some Collection<UInt8>, escaping isEscaped: (UInt8) -> Bool) -> [UInt8]? {
    if text.isEmpty { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count + 2)
    var last: UInt8 = 0
    for byte in text {
      if byte == UInt8(ascii: "\n") { return nil }
      if isEscaped(byte) { bytes.append(backslash) }
      bytes.append(byte)
      last = byte
    }
    // Nothing tells it from the escape of what comes behind it.
    return last == backslash ? nil : bytes
  }
}
