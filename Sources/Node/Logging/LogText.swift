/// Text of a log line, which may have come from the network: nothing in it moves a terminal's cursor, begins a line, or
/// turns the direction of what follows.
enum LogText {
  /// With each such character as `\u` and four hexadecimal digits; tab and new line as `\t` and `\n`.
  static func clean(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy({ !isUnsafe($0) }) { return text }
    var clean = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": clean += "\\n"
      case "\t": clean += "\\t"
      case _ where isUnsafe(scalar):
        let digits = String(scalar.value, radix: 16)
        clean += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      default: clean.unicodeScalars.append(scalar)
      }
    }
    return clean
  }

  /// The value of a member in a line of text: in quotes where it would not be one word.
  static func value(_ text: String) -> String {
    let clean = clean(text)
    if !clean.isEmpty && !clean.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) { return clean }
    return "\"" + clean.replacing("\"", with: "\\\"") + "\""
  }

  /// Control characters of both sets, separators of lines, and what turns the direction of writing.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0xFEFF: true
    default: false
    }
  }
}
