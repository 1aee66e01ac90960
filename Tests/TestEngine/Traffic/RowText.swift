import Lagoon
import Primitives
import Telemetry

/// A row as text, to be compared: who, when and what, with nothing that says the same in two ways.
enum RowText {
  static func text(
    measurement: String, device: String, tags: String, time: UnixNanos, fields: [(String, String)]
  )
    -> String
  {
    "\(measurement) \(device) \(tags) \(time) "
      + fields.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
  }

  static func text(_ row: ResultRow) -> String {
    text(
      measurement: row.measurement, device: row.device,
      tags: row.tags.map { "\($0.name)=\($0.value)" }.joined(separator: ","), time: row.time,
      fields: row.fields.map { ($0.name, text($0.value)) })
  }

  /// Without zeros that say nothing.
  static func digits(_ text: String) -> String { text.hasSuffix(".0") ? String(text.dropLast(2)) : text }

  static func text(_ value: ReadingValue) -> String {
    switch value {
    case .integer(let value): "\(value)"
    case .decimal(let mantissa, let scale): decimal(mantissa, scale)
    case .double(let value): digits("\(value)")
    case .boolean(let value): "\(value)"
    case .string(let text): text
    }
  }

  private static func decimal(_ mantissa: Int64, _ scale: Int) -> String {
    let digits = String(mantissa.magnitude)
    let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    let point = scale == 0 ? "" : "." + padded.suffix(scale)
    return (mantissa < 0 ? "-" : "") + padded.dropLast(scale) + point
  }
}
