import Primitives
public import Telemetry

/// Writes the fields that every event has, whatever protocol it came in by, all strings: `severity`, `kind`, `message`,
/// `attributes` (a JSON object).
public enum EventRow {
  /// RFC 5424 table 2, by number.
  public static let severities: InlineArray<8, StaticString> = [
    "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug",
  ]

  /// Appends the row. The texts are in the arena or the datagram; the arena has room for the names.
  public static func append(
    key: TextRange, keyForm: KeyForm, severity: TextRange, kind: TextRange, message: TextRange, attributes: TextRange,
    timeNanos: Int64?, to out: inout DecodedDatagram
  ) {
    let names = out.arena.appendText("severitykindmessageattributes")
    func name(_ offset: Int, _ length: Int) -> TextRange {
      TextRange(arenaOffset: names.offset &+ offset, length: length)
    }
    let firstField = out.fields.count
    out.put(name(0, 8), .string, severity.payload)
    out.put(name(8, 4), .string, kind.payload)
    out.put(name(12, 7), .string, message.payload)
    out.put(name(19, 10), .string, attributes.payload)
    out.endRow(key, keyForm, from: firstField, timeNanos: timeNanos)
  }
}
