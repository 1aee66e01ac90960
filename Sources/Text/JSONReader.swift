import Primitives

/// Reads one JSON text (RFC 8259). Every step is bounded: depth by `Limits.jsonDepth`, the rest by the bytes' length.
///
/// The one reader, but for SenML's: that one takes rows out of a datagram without making values.
public struct JSONReader {
  /// What is wrong with a text, and where.
  public struct Flaw: Error, CustomStringConvertible, Sendable {
    public var problem: String
    public var byteOffset: Int

    public var description: String { "\(problem) at byte \(byteOffset)" }
  }

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The value that all of `bytes` are. Of members with one name all are kept, in their order.
  public static func read(_ bytes: [UInt8]) throws(Flaw) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    try reader.requireEnd()
    return value
  }

  public static func read(_ text: String) throws(Flaw) -> JSONValue {
    try read(Array(text.utf8))
  }

  /// Whether the text is one object, so that it can stand in another one as it is. No value is made of it.
  public static func isObject(_ text: String) -> Bool {
    var reader = JSONReader(Array(text.utf8))
    reader.skipBlanks()
    guard reader.current == UInt8(ascii: "{") else { return false }
    do {
      try reader.skipValue()
      try reader.requireEnd()
      return true
    } catch {
      return false
    }
  }

  private func flaw(_ problem: String) -> Flaw {
    Flaw(problem: problem, byteOffset: position)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func requireEnd() throws(Flaw) {
    skipBlanks()
    if position < bytes.count { throw flaw("more after the value") }
  }

  // MARK: values

  private mutating func value() throws(Flaw) -> JSONValue {
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"):
      var members: [JSONMember] = []
      try list(closing: "}") { reader throws(Flaw) in
        let name = try reader.string()
        try reader.takeColon()
        members.append(JSONMember(name: name, value: try reader.value()))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try list(closing: "]") { reader throws(Flaw) in elements.append(try reader.value()) }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return try word()
    default: return try number()
    }
  }

  /// The same without making a value.
  private mutating func skipValue() throws(Flaw) {
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"):
      try list(closing: "}") { reader throws(Flaw) in
        _ = try reader.stringRange()
        try reader.takeColon()
        try reader.skipValue()
      }
    case UInt8(ascii: "["): try list(closing: "]") { reader throws(Flaw) in try reader.skipValue() }
    case UInt8(ascii: "\""): _ = try stringRange()
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): _ = try word()
    default: _ = try numberRange()
    }
  }

  /// Items between brackets; the opening one stands next.
  private mutating func list(
    closing: Unicode.Scalar, item: (inout JSONReader) throws(Flaw) -> Void
  ) throws(Flaw) {
    depth += 1
    if depth > Limits.jsonDepth { throw flaw("nested too deep") }
    position += 1
    skipBlanks()
    if !take(closing) {
      repeat {
        skipBlanks()
        try item(&self)
        skipBlanks()
      } while take(",")
      guard take(closing) else { throw flaw(current == nil ? "the text ends early" : "no comma between two items") }
    }
    depth -= 1
  }

  private mutating func takeColon() throws(Flaw) {
    skipBlanks()
    guard take(":") else { throw flaw("no colon after a name") }
  }

  private mutating func word() throws(Flaw) -> JSONValue {
    for (word, value) in [("true", .boolean(true)), ("false", .boolean(false)), ("null", .null)] as [(_, JSONValue)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw flaw("no value")
  }

  // MARK: numbers

  private mutating func number() throws(Flaw) -> JSONValue {
    let (range, isWhole) = try numberRange()
    let text = String(decoding: bytes[range], as: UTF8.self)
    if isWhole, text != "-0", let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw flaw("a number beyond all doubles") }
    return .number(value)
  }

  /// Where a number stands, and whether it has neither point nor exponent.
  private mutating func numberRange() throws(Flaw) -> (range: Range<Int>, isWhole: Bool) {
    let start = position
    _ = take("-")
    if !take("0") { try takeDigits() }
    let isPointed = take(".")
    if isPointed { try takeDigits() }
    let hasExponent = take("e") || take("E")
    if hasExponent {
      if !take("+") { _ = take("-") }
      try takeDigits()
    }
    return (start..<position, !isPointed && !hasExponent)
  }

  private mutating func takeDigits() throws(Flaw) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    if position == start { throw flaw(current == nil ? "the text ends early" : "no value") }
  }

  // MARK: strings

  private mutating func string() throws(Flaw) -> String {
    let (range, isPlain) = try stringRange()
    let content = isPlain ? bytes[range] : try unescaped(range)[...]
    guard let text = String(validating: content, as: UTF8.self) else { throw flaw("text that is not UTF-8") }
    return text
  }

  /// What stands between two quotes, and whether it holds no escape.
  private mutating func stringRange() throws(Flaw) -> (range: Range<Int>, isPlain: Bool) {
    guard take("\"") else { throw flaw("no text") }
    let start = position
    var isPlain = true
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return (start..<position - 1, isPlain)
      case UInt8(ascii: "\\"):
        isPlain = false
        try skipEscape()
      case 0..<0x20: throw flaw("a control character in a text")
      default: break
      }
    }
    throw flaw("a text without end")
  }

  private mutating func skipEscape() throws(Flaw) {
    guard let byte = current else { throw flaw("a text without end") }
    position += 1
    if byte == UInt8(ascii: "u") {
      for _ in 0..<4 {
        guard let digit = current, Hexadecimal.value(digit) != nil else { throw flaw("no four hexadecimal digits") }
        position += 1
      }
    } else if Self.escaped(byte) == nil {
      throw flaw("an unknown escape")
    }
  }

  private static func escaped(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// A text with its escapes undone; `stringRange` has found that they are sound.
  private func unescaped(_ range: Range<Int>) throws(Flaw) -> [UInt8] {
    var content: [UInt8] = []
    var at = range.lowerBound
    while at < range.upperBound {
      if bytes[at] != UInt8(ascii: "\\") {
        content.append(bytes[at])
        at += 1
      } else if let byte = Self.escaped(bytes[at + 1]) {
        content.append(byte)
        at += 2
      } else {
        var code = unit(at)
        at += 6
        // A character beyond 16 bits is written as two units.
        if (0xD800..<0xDC00).contains(code) && at + 5 < range.upperBound && bytes[at] == UInt8(ascii: "\\")
          && bytes[at + 1] == UInt8(ascii: "u") && (0xDC00..<0xE000).contains(unit(at))
        {
          code = 0x10000 + (code - 0xD800) << 10 + (unit(at) - 0xDC00)
          at += 6
        }
        guard let scalar = Unicode.Scalar(code) else { throw flaw("half a surrogate pair") }
        content += Character(scalar).utf8
      }
    }
    return content
  }

  /// The number of a `\uXXXX` that stands there.
  private func unit(_ at: Int) -> UInt32 {
    bytes[at + 2..<at + 6].reduce(0) { $0 << 4 | UInt32(Hexadecimal.value($1) ?? 0) }
  }
}
