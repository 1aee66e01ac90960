public import Primitives
public import Telemetry

/// One value as it was sent.
public enum ReadingValue: Hashable, Sendable {
  case integer(Int64)
  /// `mantissa` with `scale` digits behind the point.
  case decimal(mantissa: Int64, scale: Int)
  case double(Double)
  case boolean(Bool)
  case string(String)

  /// The value in a chunk's cell; nil where there is none.
  init?(_ chunk: RowChunk, row: Int, column: Int) {
    let tag = chunk.tag(row, column: column)
    let payload = chunk.payload(row, column: column)
    switch tag {
    case .null: return nil
    case .integer: self = .integer(payload)
    case .boolean: self = .boolean(payload != 0)
    case .string: self = .string(chunk.string(payload))
    case .double: self = .double(Double(bitPattern: UInt64(bitPattern: payload)))
    default: self = .decimal(mantissa: payload, scale: tag.scale)
    }
  }
}

/// A row as a client gets it.
public struct ResultRow: Hashable, Sendable {
  public struct Field: Hashable, Sendable {
    public var name: String
    public var value: ReadingValue
  }

  public var measurement: String
  public var device: String
  /// The tags beside the device, sorted by name.
  public var tags: [SeriesKey.Tag]
  public var time: UnixNanos
  /// Milliseconds since 1970; nil where the row arrived about when it was taken.
  public var receivedMillis: Int64?
  /// In the order of the table's columns.
  public var fields: [Field]

  /// The string in a field.
  public func text(_ field: String) -> String? {
    for candidate in fields where candidate.name == field {
      if case .string(let text) = candidate.value { return text }
    }
    return nil
  }
}
