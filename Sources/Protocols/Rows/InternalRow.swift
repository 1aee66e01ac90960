public import Primitives
public import Telemetry

/// A row that the node itself makes: an event that it tells, or readings of its own.
public struct InternalRow: Sendable {
  /// A field's value.
  public enum Value: Hashable, Sendable {
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case text(String)
  }

  /// A field, with its unit where it has one.
  public struct Field: Hashable, Sendable {
    public var name: String
    public var value: Value
    public var unit: String

    public init(_ name: String, _ value: Value, unit: String = "") {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  public var key: SeriesKey
  public var time: UnixNanos
  public var fields: [Field]

  /// - Parameter node: who tells it; it becomes a tag, by which the row is known not to be the device's own word.
  public init(
    kind: TableKind, measurement: String, device: String, node: String, time: UnixNanos, fields: [Field]
  ) {
    key = SeriesKey(
      kind: kind, measurement: measurement, device: device,
      tags: [SeriesKey.Tag(name: SeriesKey.toldTag, value: node)])
    self.time = time
    self.fields = fields
  }

  /// An event as every protocol's are: `attributes` is the text of a JSON object.
  public static func event(
    device: String, node: String, time: UnixNanos, severity: String, kind: String, message: String, attributes: String
  ) -> InternalRow {
    InternalRow(
      kind: .events, measurement: SeriesKey.eventsMeasurement, device: device, node: node, time: time,
      fields: [
        Field("severity", .text(severity)), Field("kind", .text(kind)), Field("message", .text(message)),
        Field("attributes", .text(attributes)),
      ])
  }
}

extension DecodedDatagram {
  /// Appends a row of the node's own; `false` if it does not fit.
  public mutating func append(_ row: InternalRow) -> Bool {
    let bytes = row.key.canonicalBytes
    guard bytes.count <= Limits.seriesKeyBytes, row.fields.count <= Limits.fieldsPerRow,
      let key = appendText(bytes)
    else { return false }
    let firstField = fields.count
    for field in row.fields {
      guard let name = appendText(Array(field.name.utf8)), let unit = appendText(Array(field.unit.utf8)),
        let value = appendValue(field.value)
      else { return false }
      guard fields.append(DecodedField(name: name, tag: value.tag, payload: value.payload, unit: unit)) else {
        return false
      }
    }
    return rows.append(
      DecodedRow(
        key: key, keyForm: row.key.kind == .events ? .canonicalEvent : .canonical, firstField: firstField,
        fieldCount: row.fields.count, timeNanos: row.time, hasTime: true))
  }

  private mutating func appendValue(_ value: InternalRow.Value) -> (tag: ValueTag, payload: Int64)? {
    switch value {
    case .integer(let value): (.integer, value)
    case .number(let value): DecimalNumber.tagged(value)
    case .boolean(let value): (.boolean, value ? 1 : 0)
    case .text(let text): appendText(Array(text.utf8)).map { (.string, $0.payload) }
    }
  }

  private mutating func appendText(_ bytes: [UInt8]) -> TextRange? {
    let start = arena.count
    guard arena.append(contentsOf: bytes.span.bytes) else { return nil }
    return TextRange(arenaOffset: start, length: bytes.count)
  }
}
