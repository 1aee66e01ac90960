public import Telemetry

/// Rows of one table that no longer change and wait to be sealed into parts.
public struct TableRows: Sendable {
  public var table: TableName
  public var rows: RowSource

  public init(table: TableName, rows: RowSource) {
    self.table = table
    self.rows = rows
  }
}

/// How far a lane's journal stands in the tables: Delta's `txn`.
public struct LaneTransaction: Hashable, Sendable {
  /// `lane-00`
  public var lane: String
  /// The newest journal segment whose rows are in the table.
  public var segment: UInt64

  public init(lane: String, segment: UInt64) {
    self.lane = lane
    self.segment = segment
  }
}
