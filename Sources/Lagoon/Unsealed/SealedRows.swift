public import Primitives
public import Telemetry

/// What the unsealed side asks of the sealed one to tell a late row from a doubled one.
public protocol SealedRows: Sendable {
  /// The newest time in any live part of the table, in the table's unit; nil if it has none.
  func newestTime(in table: TableName) -> Int64?
  /// The newest time of one series over all live parts; nil if it has none.
  func newestTime(in table: TableName, of key: SeriesKey) -> Int64?
  /// The rows of that series and instant, every field of them.
  func existingRows(in table: TableName, of key: SeriesKey, at time: Int64) -> [RowSource]
  /// What the table knows already: precision and fields; nil if there is no such table.
  func knownTable(_ table: TableName) -> KnownTable?
}

/// A table as its catalogue has it, before any row of this process.
public struct KnownTable: Sendable {
  public var fields: [FieldIdentity]
  public var precision: TimePrecision
  /// The newest journal segment in the table, by lane (`lane-00`).
  public var segments: [String: UInt64]

  public init(fields: [FieldIdentity], precision: TimePrecision, segments: [String: UInt64]) {
    self.fields = fields
    self.precision = precision
    self.segments = segments
  }
}
