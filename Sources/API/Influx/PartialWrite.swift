import HTTPTypes
import Telemetry

/// What is wrong with lines, in InfluxDB's words where it has some.
enum PartialWrite {
  /// All that is wrong with what a request brought; nil if nothing is.
  static func problem(_ session: LineSession) -> APIProblem? {
    let count = session.refusedLines + session.flawedLines
    if count == 0 { return nil }
    var text = session.faults.map(words).joined(separator: "\n")
    if count > session.faults.count {
      text += (text.isEmpty ? "" : "\n") + "and \(count - session.faults.count) more lines"
    }
    // InfluxDB names a write so of which something is stored.
    if session.rows > 0 { text = "partial write: \(text) dropped=\(session.refusedLines)" }
    return APIProblem(.badRequest, kind: "lines", title: "Lines were refused", detail: text)
  }

  private static func words(_ fault: LineFault) -> String {
    switch fault.cause {
    case .refused(.outOfScope):
      return "not permitted for device '\(fault.device ?? "")': '\(fault.text)'"
    case .refused(.truncated): return "unable to parse '\(fault.text)...': the line is too long"
    case .refused(.expired): return "points beyond retention policy: '\(fault.text)'"
    case .refused(.unknownDevice): return "the device is not known: '\(fault.text)'"
    case .refused: return "unable to parse '\(fault.text)': \(words(fault.label))"
    case .fieldsRefused:
      return "unable to parse some fields of '\(fault.text)', the others are stored: \(words(fault.label))"
    case .shed: return "no room for '\(fault.text)': \(fault.label)"
    }
  }

  private static func words(_ label: String) -> String { phrases[label] ?? label.replacing("_", with: " ") }

  private static let phrases = [
    "line_missing_measurement": "missing measurement", "line_bad_tag": "invalid tag format",
    "line_missing_fields": "missing fields", "line_bad_field": "invalid field format",
    "line_bad_value": "invalid value", "line_unclosed_quote": "unbalanced quotes",
    "line_bad_timestamp": "bad timestamp", "integer_out_of_range": "value out of range",
    "not_a_number": "invalid number", "name_too_long": "a name is too long", "bad_name": "invalid name",
  ]
}
