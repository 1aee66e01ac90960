/// An element of a document, with what stands in it. Prefixes of names are cut off: S3's documents have one namespace.
struct XMLElement: Hashable, Sendable {
  var name: String
  /// Its text without that of its children.
  var text = ""
  var children: [XMLElement] = []

  /// The first child of that name.
  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The text of the first child of that name.
  func text(_ name: String) -> String? { child(name)?.text }

  /// All children of that name.
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

extension XMLElement {
  /// A text as it may stand in an element.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
