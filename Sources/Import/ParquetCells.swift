import Parquet
import Primitives
import Text

/// Some rows of a column of a Parquet file, as texts and fields of lines.
struct ParquetCells {
  private let type: ForeignType
  private let data: ColumnData

  init(_ column: ForeignColumn, _ data: ColumnData) {
    type = column.type
    self.data = data
  }

  func isPresent(_ row: Int) -> Bool { data.isPresent(at: row) }

  /// Puts a value's plain text behind other bytes: a tag's. False for none.
  func append(_ row: Int, to bytes: inout [UInt8]) -> Bool {
    if !isPresent(row) { return false }
    switch (data.values, type) {
    case (.boolean(let values), _): bytes += (values[row] ? "true" : "false").utf8
    case (.double(let values), .float): NumberFormat.append(Float(values[row]), to: &bytes)
    case (.double(let values), _): NumberFormat.append(values[row], to: &bytes, orElse: "nan")
    case (.string(let values), _): bytes += values.bytes(at: row)
    case (.int64(let values), .unsigned): bytes += String(UInt64(bitPattern: values[row])).utf8
    case (.int64(let values), .decimal(let scale)):
      bytes += NumberFormat.decimal(mantissa: values[row], scale: scale).utf8
    case (.int64(let values), .date):
      let (nanos, overflow) = values[row].multipliedReportingOverflow(by: Nanos.perDay)
      if overflow { bytes += String(values[row]).utf8 } else { RFC3339.appendDate(nanos, to: &bytes) }
    case (.int64(let values), .time(let unit, let isUTC)):
      let (nanos, overflow) = values[row].multipliedReportingOverflow(by: unit.nanos)
      if overflow { bytes += String(values[row]).utf8 } else { RFC3339.append(nanos, to: &bytes) }
      // What names no zone gets none.
      if !isUTC && !overflow { bytes.removeLast() }
    case (.int64(let values), _): bytes += String(values[row]).utf8
    }
    return true
  }

  /// Writes a value that is there as a field; what is wrong with it else.
  ///
  /// - Parameters:
  ///   - name: as a line has it.
  ///   - isText: whether it is to be a text, whatever it is.
  ///   - isNumber: whether a text is a number.
  func write(
    _ row: Int, _ name: [UInt8], isText: Bool, isNumber: Bool, to writer: inout RowWriter
  ) -> String? {
    switch (data.values, type) {
    case (.double(let values), _) where !isText:
      let value = values[row]
      guard value.isFinite else { return "\(value) is no number" }
      writer.field(name) {
        if type == .float {
          NumberFormat.append(Float(value), to: &$0)
        } else {
          NumberFormat.append(value, to: &$0, orElse: "")
        }
      }
    case (.boolean(let values), _) where !isText:
      writer.field(name) { $0 += (values[row] ? "true" : "false").utf8 }
    case (.int64(let values), .integer) where !isText: writer.integer(name, String(values[row]).utf8)
    case (.int64(let values), .unsigned) where !isText:
      let value = UInt64(bitPattern: values[row])
      if let signed = Int64(exactly: value) {
        writer.integer(name, String(signed).utf8)
      } else {
        // A server takes those that a double holds exactly, and names the others.
        writer.field(name) { $0 += "\(value)u".utf8 }
      }
    case (.int64(let values), .decimal(let scale)) where !isText:
      writer.field(name) { $0 += NumberFormat.decimal(mantissa: values[row], scale: scale).utf8 }
    case (.string(let values), _) where isNumber && !isText:
      let text = values.bytes(at: row)
      switch CellForm(text, mark: UInt8(ascii: ".")) {
      case .integer: writer.integer(name, text)
      case .number: writer.field(name) { $0 += text }
      default: return "\(RowWriter.excerpt(text)) is no number"
      }
    default:
      var text: [UInt8] = []
      _ = append(row, to: &text)
      guard text.allSatisfy({ $0 < 0x80 }) || String(validating: text, as: UTF8.self) != nil else {
        return "\(RowWriter.excerpt(text)) is no UTF-8"
      }
      writer.field(name) { LineText.appendText(text, to: &$0) }
    }
    return nil
  }

  /// The row's time; nil where it has none.
  func time(_ row: Int, _ times: TimeReading) -> TimeReading.Outcome? {
    if !isPresent(row) { return nil }
    switch (data.values, type) {
    case (.int64(let values), .time(let unit, let isUTC)):
      let (nanos, overflow) = values[row].multipliedReportingOverflow(by: unit.nanos)
      if overflow { return .fault(TimeReading.beyond) }
      return isUTC ? .time(nanos) : times.read(wall: nanos)
    case (.int64(let values), _): return times.read(values[row])
    case (.string(let values), _):
      let text = values.bytes(at: row)
      if text.isEmpty { return nil }
      let outcome = times.read(text)
      guard case .fault(let cause) = outcome else { return outcome }
      return .fault("\(RowWriter.excerpt(text)) \(cause)")
    default: return .fault("is none")
    }
  }
}

extension ForeignType.Unit {
  fileprivate var nanos: Int64 {
    switch self {
    case .millis: Nanos.perMillisecond
    case .micros: Nanos.perMicrosecond
    case .nanos: 1
    }
  }
}

extension NumberFormat {
  /// The shortest digits that read back as this float.
  fileprivate static func append(_ value: Float, to bytes: inout [UInt8]) {
    let text = value.description
    bytes += (text.hasSuffix(".0") && text != "-0.0" ? String(text.dropLast(2)) : text).utf8
  }
}
