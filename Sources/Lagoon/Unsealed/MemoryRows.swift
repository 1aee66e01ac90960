public import Telemetry

/// Rows of one generation that memory holds, whether parts hold them too or not: for who goes through each row once.
public struct MemoryRows: Sendable {
  /// The journal segment that they came with.
  public var generation: UInt64
  /// The number of the first row here among all of the generation, in the order in which they were entered.
  public var firstRow: Int
  public var rows: RowSource
  /// The number after that of the last row here.
  public var endRow: Int

  /// Memory that their chunks hold.
  var byteCount: Int { rows.chunks.reduce(0) { $0 + $1.byteCount } }

  /// - Parameter rowCount: how many rows there are; nil to count them.
  public init(generation: UInt64, firstRow: Int = 0, rowCount: Int? = nil, rows: RowSource) {
    self.generation = generation
    self.firstRow = firstRow
    self.rows = rows
    endRow = firstRow + (rowCount ?? rows.rowCount)
  }
}
