/// Writes HTML, and XML: what is ours as it stands, and every text from outside escaped.
struct HTMLWriter {
  private(set) var bytes: [UInt8] = []

  init() {}

  /// Markup, or a text of ours in which nothing needs an escape.
  mutating func markup(_ markup: StaticString) { markup.withUTF8Buffer { bytes.append(contentsOf: $0) } }

  /// The same that stands in no literal of its own, such as a style with its hash.
  mutating func ours(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A text, which says nothing but itself between tags and in quoted attributes.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
      // Characters that HTML does not have.
      case 0..<9, 11, 12, 14..<32, 127: bytes += Array("\u{FFFD}".utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// A cell of a table.
  mutating func cell(_ text: String) {
    markup("<td>")
    self.text(text)
    markup("</td>")
  }

  /// A cell whose text stands at the right: a number.
  mutating func number(_ text: String) {
    markup("<td class=n>")
    self.text(text)
    markup("</td>")
  }

  /// Hands over what was written so far, and goes on behind it.
  mutating func move(to other: inout [UInt8]) {
    if other.isEmpty { swap(&bytes, &other) } else { other += bytes }
    bytes.removeAll(keepingCapacity: true)
  }
}
