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
    out.fields.append(DecodedField(name: name(0, 8), tag: .string, payload: severity.payload))
    out.fields.append(DecodedField(name: name(8, 4), tag: .string, payload: kind.payload))
    out.fields.append(DecodedField(name: name(12, 7), tag: .string, payload: message.payload))
    out.fields.append(DecodedField(name: name(19, 10), tag: .string, payload: attributes.payload))
    out.rows.append(
      DecodedRow(
        key: key, keyForm: keyForm, firstField: firstField, fieldCount: 4, timeNanos: timeNanos ?? 0,
        hasTime: timeNanos != nil))
  }
}
