import Lagoon
import Primitives

/// Writes JSON (RFC 8259) straight into bytes; the caller sees to it that objects and arrays are closed.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []
  /// Whether the next value or name stands behind another.
  private var needsComma = false
  /// What `passing` wrote.
  private(set) var passingBytes: Range<Int>?

  init() {}

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  mutating func array(_ body: (inout JSONWriter) -> Void) {
    beginArray()
    body(&self)
    endArray()
  }

  mutating func beginObject() { open(UInt8(ascii: "{")) }
  mutating func endObject() { close(UInt8(ascii: "}")) }
  mutating func beginArray() { open(UInt8(ascii: "[")) }
  mutating func endArray() { close(UInt8(ascii: "]")) }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  /// Hands over what was written so far, and goes on behind it.
  mutating func move(to other: inout [UInt8]) {
    if other.isEmpty { swap(&bytes, &other) } else { other += bytes }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Members that say when the answer was made and not what it says, once an answer: its tag leaves them out.
  mutating func passing(_ body: (inout JSONWriter) -> Void) {
    precondition(passingBytes == nil, "BUG: an answer has one run of passing members")
    let start = bytes.count
    body(&self)
    passingBytes = start..<bytes.count
  }

  /// The name of the member whose value comes next.
  mutating func name(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func name(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  mutating func boolean(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  mutating func integer(_ value: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// The shortest digits that read back as this double; null for what JSON has no number for.
  mutating func double(_ value: Double) {
    separate()
    NumberText.append(value, to: &bytes, orElse: "null")
  }

  mutating func time(_ value: UnixNanos?) {
    guard let value else { return null() }
    separate()
    bytes.append(UInt8(ascii: "\""))
    Timestamp.append(value, to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 10: bytes.append(contentsOf: "\\n".utf8)
      case 0..<32:
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// The text, or null where it is empty or missing.
  mutating func stringOrNull(_ text: String?) {
    if let text, !text.isEmpty { string(text) } else { null() }
  }

  /// Makes room for so many bytes more, so that they need not be moved on the way.
  mutating func reserve(_ byteCount: Int) { bytes.reserveCapacity(bytes.count + byteCount) }

  /// A number behind bytes that were written `verbatim`.
  mutating func bareInteger(_ value: Int64) {
    if value >= 0 && value < 10 {
      bytes.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
  }

  /// The same, null for what JSON has no number for.
  mutating func bareDouble(_ value: Double) { NumberText.append(value, to: &bytes, orElse: "null") }

  /// Bytes that are JSON already; what stands before and behind them is theirs too.
  mutating func verbatim(_ json: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: json) }

  /// JSON behind bytes that were written `verbatim`.
  mutating func bareText(_ json: String) { bytes.append(contentsOf: json.utf8) }

  /// Text that is JSON already.
  mutating func raw(_ json: String) {
    separate()
    bytes.append(contentsOf: json.utf8)
  }

  /// A value as it was sent: a decimal with exactly its digits.
  mutating func value(_ value: ReadingValue) {
    switch value {
    case .integer(let integer): self.integer(integer)
    case .decimal(let mantissa, let scale): raw(NumberText.decimal(mantissa: mantissa, scale: scale))
    case .double(let double): self.double(double)
    case .boolean(let boolean): self.boolean(boolean)
    case .string(let text): string(text)
    }
  }
}
