import Lagoon
import Text

/// Writes CSV (RFC 4180).
struct CSVWriter {
  private(set) var bytes: [UInt8] = []
  private var isRowBegun = false

  init() {}

  /// A text. What a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there.
  mutating func cell(_ text: String) { bare(Self.isFormula(text) ? "'" + text : text) }

  /// A number as it is written: a minus before it is its own.
  mutating func cell(_ number: some BinaryInteger) { bare(String(number)) }

  /// A decimal with all its digits.
  mutating func cell(mantissa: some FixedWidthInteger, scale: Int) {
    bare(NumberFormat.decimal(mantissa: mantissa, scale: scale))
  }

  /// Spreadsheets pass over line ends and tabs before a formula.
  private static func isFormula(_ text: String) -> Bool {
    switch text.utf8.first(where: { $0 != 9 && $0 != 10 && $0 != 13 }) {
    case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"): true
    default: false
    }
  }

  private mutating func bare(_ text: String) {
    if isRowBegun { bytes.append(UInt8(ascii: ",")) }
    isRowBegun = true
    guard text.utf8.contains(where: { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }) else {
      bytes.append(contentsOf: text.utf8)
      return
    }
    bytes.append(34)
    for byte in text.utf8 {
      if byte == 34 { bytes.append(34) }
      bytes.append(byte)
    }
    bytes.append(34)
  }

  /// A number; empty for NaN and infinities.
  mutating func cell(_ value: Double) {
    bare(value.isFinite ? NumberFormat.text(value) : "")
  }

  mutating func cell(_ value: ReadingValue?) {
    switch value {
    case nil: bare("")
    case .integer(let integer): cell(integer)
    case .decimal(let mantissa, let scale): cell(mantissa: mantissa, scale: scale)
    case .double(let double): cell(double)
    case .boolean(let boolean): bare(boolean ? "true" : "false")
    case .string(let text): cell(text)
    }
  }

  /// Hands over what was written so far, and goes on behind it.
  mutating func move(to other: inout [UInt8]) {
    if other.isEmpty { swap(&bytes, &other) } else { other += bytes }
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func endRow() {
    bytes.append(13)
    bytes.append(10)
    isRowBegun = false
  }
}
