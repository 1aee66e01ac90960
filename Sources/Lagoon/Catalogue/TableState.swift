public import Primitives
public import Telemetry

/// One version of a table: its columns, its live parts, and how far each lane's journal stands in it.
public struct TableState: Sendable {
  public let name: TableName
  public internal(set) var precision: TimePrecision
  var schema = TableSchema()
  public internal(set) var parts: [Part] = []
  /// The newest journal segment in the table, by lane's application name.
  public internal(set) var segments: [String: UInt64] = [:]
  /// The Delta version that this is.
  public internal(set) var version: Int64 = -1
  var tableID = ""

  init(name: TableName, precision: TimePrecision) {
    self.name = name
    self.precision = precision
  }

  /// The fields, one each, in the order in which they came.
  public var fields: [FieldIdentity] { schema.fields }

  /// The tags and fields that have columns, by their names on the wire.
  public var columnNames: [String] { schema.columns.filter(\.isPrimary).map(\.wireName) }

  /// The newest segment of any lane of that node: rows of it and older ones are in the parts.
  public func newestSegment(node: String) -> UInt64 {
    segments.filter { $0.key.hasPrefix(node + "/") }.values.max() ?? 0
  }

  public var newestTime: Int64? { parts.map(\.newestTime).max() }
}
