/// A data page as the page indexes describe it. What they do not tell is nil.
public struct PageInfo: Sendable {
  /// In the row group.
  public let firstRow: Int
  /// Null ones included.
  public let rowCount: Int
  /// No value is below it. Nil also where all rows are null.
  public let min: ColumnBound?
  /// No value is above it.
  public let max: ColumnBound?
  /// Rows that are null.
  public let nullCount: Int?

  /// In the row group.
  public var rows: Range<Int> { firstRow..<firstRow + rowCount }
}
