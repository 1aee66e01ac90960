/// Reads one JSON text (RFC 8259). Every step is bounded: depth by `depthLimit`, the rest by the bytes' length.
struct JSONReader {
  /// What is wrong with a text, and where.
  struct Flaw: Error, CustomStringConvertible {
    var problem: String
    var byteOffset: Int

    var description: String { "\(problem) at byte \(byteOffset)" }
  }

  static let depthLimit = 64

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The value that all of `bytes` are.
  static func read(_ bytes: [UInt8]) throws(Flaw) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    reader.skipBlanks()
    if reader.position < bytes.count { throw reader.flaw("more after the value") }
    return value
  }

  static func read(_ text: String) throws(Flaw) -> JSONValue {
    try read(Array(text.utf8))
  }

  private func flaw(_ problem: String) -> Flaw {
    Flaw(problem: problem, byteOffset: position)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(Flaw) -> JSONValue {
    skipBlanks()
    guard let byte = current else { throw flaw("the text ends early") }
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(Flaw) -> JSONValue {
    let utf8 = Array(word.utf8)
    guard bytes.count - position >= utf8.count, bytes[position..<position + utf8.count].elementsEqual(utf8) else {
      throw flaw("no value")
    }
    position += utf8.count
    return value
  }

  private mutating func enter() throws(Flaw) {
    depth += 1
    position += 1
    if depth > Self.depthLimit { throw flaw("nested too deep") }
  }

  private mutating func object() throws(Flaw) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var members: [JSONMember] = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipBlanks()
      let name = try string()
      guard take(UInt8(ascii: ":")) else { throw flaw("no colon after a name") }
      members.append(JSONMember(name: name, value: try value()))
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw flaw("no comma between members") }
    }
  }

  private mutating func array() throws(Flaw) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw flaw("no comma between elements") }
    }
  }

  private mutating func number() throws(Flaw) -> JSONValue {
    let start = position
    var isInteger = true
    while let byte = current {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isInteger = false
      default:
        return try number(String(decoding: bytes[start..<position], as: UTF8.self), isInteger: isInteger)
      }
      position += 1
    }
    return try number(String(decoding: bytes[start..<position], as: UTF8.self), isInteger: isInteger)
  }

  private func number(_ text: String, isInteger: Bool) throws(Flaw) -> JSONValue {
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw flaw("no number") }
    return .number(value)
  }

  // MARK: strings

  private mutating func string() throws(Flaw) -> String {
    guard current == UInt8(ascii: "\"") else { throw flaw("no text") }
    position += 1
    var content: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw flaw("text that is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw flaw("a control character in a text")
      default: content.append(byte)
      }
    }
    throw flaw("a text without end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(Flaw) {
    guard let byte = current else { throw flaw("a text without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourDigits()
      if code >= 0xD800, code < 0xDC00, current == UInt8(ascii: "\\") {
        position += 1
        guard current == UInt8(ascii: "u") else { throw flaw("half a surrogate pair") }
        position += 1
        let low = try fourDigits()
        guard low >= 0xDC00, low < 0xE000 else { throw flaw("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw flaw("half a surrogate pair") }
      content += Array(String(Character(scalar)).utf8)
    default: throw flaw("an unknown escape")
    }
  }

  private mutating func fourDigits() throws(Flaw) -> UInt32 {
    guard bytes.count - position >= 4,
      let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw flaw("no four hexadecimal digits") }
    position += 4
    return code
  }
}
