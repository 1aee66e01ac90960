public import Primitives
public import Telemetry

/// What the unsealed side asks of the sealed one to tell a late row from a doubled one.
public protocol SealedRows: Sendable {
  /// The newest time in any live part of the table, in the table's unit; nil if it has none.
  func newestTime(in table: TableName) -> Int64?
  /// The rows of those devices and instants, every field of them; rows of others may be among them.
  ///
  /// Reads files, each part once however many instants are asked for.
  func rows(in table: TableName, at instants: [DeviceInstants]) -> [RowSource]
  /// What the table knows already: precision and fields; nil if there is no such table.
  func knownTable(_ table: TableName) -> KnownTable?
}

/// Instants of one device that are to be looked up.
public struct DeviceInstants: Sendable {
  public var device: String
  /// In the table's unit, ascending, each once.
  public var times: [Int64]

  public init(device: String, times: [Int64]) {
    self.device = device
    self.times = times
  }
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
