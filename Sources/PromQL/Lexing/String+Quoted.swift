extension String {
  /// In double quotes, with escapes, as error messages and printed expressions show it.
  public var quoted: String {
    var out = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\u{07}": out += "\\a"
      case "\u{08}": out += "\\b"
      case "\u{0C}": out += "\\f"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{0B}": out += "\\v"
      default: out += scalar.isShown ? String(scalar) : scalar.escaped
      }
    }
    return out + "\""
  }
}

extension Unicode.Scalar {
  fileprivate var isShown: Bool {
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      return false
    default: return true
    }
  }

  fileprivate var escaped: String {
    func digits(_ count: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: Swift.max(0, count - text.count)) + text
    }
    if value < 0x80 { return "\\x" + digits(2) }
    return value > 0xFFFF ? "\\U" + digits(8) : "\\u" + digits(4)
  }

  /// In single quotes, as error messages show a character.
  var quotedCharacter: String {
    switch self {
    case "'": return "'\\''"
    case "\"": return "'\"'"
    default:
      let text = String(self).quoted
      return "'" + text.dropFirst().dropLast() + "'"
    }
  }
}
