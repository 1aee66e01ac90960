/// A row group as the footer describes it.
public struct RowGroupInfo: Sendable {
  /// Null ones included.
  public let rowCount: Int
  /// One per column of the schema.
  public let columns: [ColumnChunkInfo]

  /// Bytes in the file, of all columns.
  public var compressedBytes: Int { columns.reduce(0) { $0 + $1.compressedBytes } }
}
