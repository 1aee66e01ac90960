public import Primitives

/// Writes JSON (RFC 8259) straight into bytes; the caller sees to it that objects and arrays are closed.
///
/// The one writer: answers, alerts, Delta logs and what commands print are made by it. It is inlinable, since answers
/// of a hundred thousand rows pass through it.
public struct JSONWriter: Sendable {
  @usableFromInline var buffer: [UInt8] = []
  /// Whether the next value or name stands behind another.
  @usableFromInline var needsComma = false
  /// What `passing` wrote.
  public private(set) var passingBytes: Range<Int>?

  @inlinable
  public init() {}

  /// What was written since the last `move`.
  @inlinable public var bytes: [UInt8] { buffer }

  @inlinable
  mutating func separate() {
    if needsComma { buffer.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  @inlinable
  public mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  @inlinable
  public mutating func array(_ body: (inout JSONWriter) -> Void) {
    beginArray()
    body(&self)
    endArray()
  }

  @inlinable public mutating func beginObject() { open(UInt8(ascii: "{")) }
  @inlinable public mutating func endObject() { close(UInt8(ascii: "}")) }
  @inlinable public mutating func beginArray() { open(UInt8(ascii: "[")) }
  @inlinable public mutating func endArray() { close(UInt8(ascii: "]")) }

  @inlinable
  mutating func open(_ bracket: UInt8) {
    separate()
    buffer.append(bracket)
    needsComma = false
  }

  @inlinable
  mutating func close(_ bracket: UInt8) {
    buffer.append(bracket)
    needsComma = true
  }

  /// Hands over what was written so far, and goes on behind it.
  @inlinable
  public mutating func move(to other: inout [UInt8]) {
    if other.isEmpty { swap(&buffer, &other) } else { other += buffer }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Members that say when the answer was made and not what it says, once an answer: its tag leaves them out.
  public mutating func passing(_ body: (inout JSONWriter) -> Void) {
    precondition(passingBytes == nil, "BUG: an answer has one run of passing members")
    let start = buffer.count
    body(&self)
    passingBytes = start..<buffer.count
  }

  // MARK: names

  /// The name of the member whose value comes next: one of ours, in which nothing needs an escape.
  @inlinable
  public mutating func name(_ name: StaticString) {
    separate()
    buffer.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { buffer.append(contentsOf: $0) }
    buffer.append(UInt8(ascii: "\""))
    buffer.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The same for a name that comes from outside.
  @_disfavoredOverload
  @inlinable
  public mutating func name(_ name: String) {
    string(name)
    buffer.append(UInt8(ascii: ":"))
    needsComma = false
  }

  // MARK: values

  @inlinable
  public mutating func null() { raw("null") }

  @inlinable
  public mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }

  @inlinable
  public mutating func integer(_ value: some BinaryInteger) { raw(String(value)) }

  /// The shortest digits that read back as this double; null for what JSON has no number for.
  @inlinable
  public mutating func double(_ value: Double) {
    separate()
    NumberFormat.append(value, to: &buffer, orElse: "null")
  }

  /// RFC 3339, UTC; null where there is none.
  @inlinable
  public mutating func time(_ value: UnixNanos?) {
    guard let value else { return null() }
    separate()
    buffer.append(UInt8(ascii: "\""))
    RFC3339.append(value, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  @inlinable
  public mutating func string(_ text: String) {
    separate()
    buffer.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { appendEscaped($0) }
    buffer.append(UInt8(ascii: "\""))
  }

  @usableFromInline
  mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    var plain = 0
    for index in text.indices {
      let byte = text[index]
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      buffer.append(contentsOf: text[plain..<index])
      plain = index + 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): buffer += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): buffer += "\\n".utf8
      case UInt8(ascii: "\r"): buffer += "\\r".utf8
      case UInt8(ascii: "\t"): buffer += "\\t".utf8
      default:
        buffer += "\\u00".utf8
        buffer.append(Hexadecimal.digit(byte >> 4))
        buffer.append(Hexadecimal.digit(byte & 15))
      }
    }
    buffer.append(contentsOf: text[plain...])
  }

  /// The text, or null where it is empty or missing.
  @inlinable
  public mutating func stringOrNull(_ text: String?) {
    if let text, !text.isEmpty { string(text) } else { null() }
  }

  /// Text that is JSON already.
  @inlinable
  public mutating func raw(_ json: String) {
    separate()
    buffer.append(contentsOf: json.utf8)
  }

  // MARK: bytes of the caller's

  /// Makes room for so many bytes more, so that they need not be moved on the way.
  @inlinable
  public mutating func reserve(_ byteCount: Int) { buffer.reserveCapacity(buffer.count + byteCount) }

  /// Bytes that are JSON already; what stands before and behind them is theirs too.
  @inlinable
  public mutating func verbatim(_ json: UnsafeBufferPointer<UInt8>) { buffer.append(contentsOf: json) }

  /// JSON behind bytes that were written `verbatim`.
  @inlinable
  public mutating func bareText(_ json: String) { buffer.append(contentsOf: json.utf8) }

  /// A number behind bytes that were written `verbatim`.
  @inlinable
  public mutating func bareInteger(_ value: Int64) {
    if value >= 0 && value < 10 {
      buffer.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      buffer.append(contentsOf: String(value).utf8)
    }
  }

  /// The same, null for what JSON has no number for.
  @inlinable
  public mutating func bareDouble(_ value: Double) { NumberFormat.append(value, to: &buffer, orElse: "null") }
}
