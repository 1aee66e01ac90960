import Primitives

/// Reads the documents of an object store: elements and texts (XML 1.0, fifth edition).
///
/// Stricter than XML: UTF-8 alone, no DTD (and so no entities but the five of XML: nothing grows by being read), no
/// processing instructions. Attributes are read over. Bounded in depth and in elements. Foundation's parser is libxml2,
/// which does all that this must not, and Foundation is not linked below this.
struct XMLReader {
  private let bytes: [UInt8]
  private var position = 0
  private var elements = 0

  /// Why bytes are no such document, and where.
  struct Fault: Error, Hashable, CustomStringConvertible {
    var cause: String
    var offset: Int
    var description: String { "\(cause) at octet \(offset)" }
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The element that is the document.
  static func read(_ bytes: [UInt8]) throws(Fault) -> XMLElement {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Fault(cause: "it is not UTF-8", offset: 0) }
    var reader = XMLReader(bytes)
    return try reader.document()
  }

  private func fault(_ cause: String) -> Fault { Fault(cause: cause, offset: position) }

  private mutating func document() throws(Fault) -> XMLElement {
    if at("\u{FEFF}") { position += 3 }
    if at("<?xml") { try skip(past: "?>") }
    try skipMiscellany()
    let root = try element()
    try skipMiscellany()
    if position < bytes.count { throw fault("something follows the document") }
    return root
  }

  /// Blanks and comments.
  private mutating func skipMiscellany() throws(Fault) {
    while true {
      skipBlanks()
      if !at("<!--") { return }
      try skip(past: "-->")
    }
  }

  /// An element with all that stands in it. By a stack of our own: how deep it goes is not the caller's stack's matter.
  private mutating func element() throws(Fault) -> XMLElement {
    var open: [(element: XMLElement, tag: [UInt8], text: [UInt8])] = []
    while true {
      var closed: XMLElement?
      if at("</") {
        guard let last = open.popLast() else { throw fault("an end without a begin") }
        position += 2
        if try name() != last.tag { throw fault("the end of another element") }
        skipBlanks()
        try expect(">")
        closed = last.element
        closed?.text = String(decoding: last.text, as: UTF8.self)
      } else if at("<!--") {
        try skip(past: "-->")
      } else if at("<![CDATA[") {
        position += 9
        let start = position
        try skip(past: "]]>")
        if open.isEmpty { throw fault("text outside of the document") }
        open[open.count - 1].text += bytes[start..<position - 3]
      } else if at("<") {
        let (tag, isEmpty) = try begin()
        let element = XMLElement(name: Self.localName(tag))
        if isEmpty { closed = element } else { open.append((element, tag, [])) }
        if open.count > Limits.objectAnswerDepth { throw fault("elements stand too deep") }
      } else if open.isEmpty || position >= bytes.count {
        throw fault(position >= bytes.count ? "it ends too early" : "no element")
      } else {
        try text(into: &open[open.count - 1].text)
      }
      if let closed {
        if open.isEmpty { return closed }
        open[open.count - 1].element.children.append(closed)
      }
    }
  }

  /// `<name attribute="…">`; whether it ends itself.
  private mutating func begin() throws(Fault) -> (tag: [UInt8], isEmpty: Bool) {
    elements += 1
    if elements > Limits.objectAnswerElements { throw fault("more elements than are read") }
    position += 1
    let tag = try name()
    while true {
      skipBlanks()
      if at("/>") {
        position += 2
        return (tag, true)
      }
      if at(">") {
        position += 1
        return (tag, false)
      }
      _ = try name()
      skipBlanks()
      try expect("=")
      skipBlanks()
      if at("\"") || at("'") {
        let quote = at("\"") ? "\"" : "'"
        position += 1
        try skip(past: quote)
      } else {
        throw fault("an attribute without quotes")
      }
    }
  }

  /// Text up to the next `<`, its references replaced.
  private mutating func text(into text: inout [UInt8]) throws(Fault) {
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      let byte = bytes[position]
      if byte == UInt8(ascii: "&") {
        text += try reference()
      } else {
        text.append(byte)
        position += 1
      }
    }
  }

  /// `&amp;` and its like, `&#10;`, `&#x0A;`
  private mutating func reference() throws(Fault) -> [UInt8] {
    let named = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&apos;": "'"]
    for (reference, character) in named where at(reference) {
      position += reference.utf8.count
      return Array(character.utf8)
    }
    guard at("&#") else { throw fault("an unknown reference") }
    let stretch = bytes[position...].prefix(12)
    guard let end = stretch.firstIndex(of: UInt8(ascii: ";")) else { throw fault("a reference without an end") }
    var digits = String(decoding: bytes[(position + 2)..<end], as: UTF8.self)
    let isHexadecimal = digits.hasPrefix("x")
    if isHexadecimal { digits.removeFirst() }
    guard !digits.hasPrefix("+"), !digits.hasPrefix("-"), let code = UInt32(digits, radix: isHexadecimal ? 16 : 10),
      code > 0, let scalar = Unicode.Scalar(code)
    else { throw fault("a reference to no character") }
    position = end + 1
    return Array(String(scalar).utf8)
  }

  private mutating func name() throws(Fault) -> [UInt8] {
    let start = position
    while position < bytes.count, Self.isName(bytes[position]) { position += 1 }
    if start == position { throw fault("no name") }
    return Array(bytes[start..<position])
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: ":"), 0x80...:
      true
    default: false
    }
  }

  private static func localName(_ tag: [UInt8]) -> String {
    String(decoding: tag.split(separator: UInt8(ascii: ":")).last ?? [], as: UTF8.self)
  }

  private func at(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  private mutating func expect(_ text: String) throws(Fault) {
    guard at(text) else { throw fault("\(text) is missing") }
    position += text.utf8.count
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func skip(past text: String) throws(Fault) {
    while position < bytes.count {
      if at(text) {
        position += text.utf8.count
        return
      }
      position += 1
    }
    throw fault("\(text) is missing")
  }
}
