/// The columns of a file, flat, and the order in which its rows are declared to stand.
public struct ParquetSchema: Hashable, Sendable {
  /// In the order of the file.
  public var columns: [ColumnSchema]
  /// Column indexes; rows ascend by the first, then the second and so on, nulls last. Empty when nothing is declared.
  public var sortedBy: [Int]

  /// - Parameter sortedBy: indexes of `columns`; empty declares no order.
  public init(columns: [ColumnSchema], sortedBy: [Int] = []) {
    self.columns = columns
    self.sortedBy = sortedBy
  }

  /// Where the column of that name stands; nil if there is none.
  public func index(of name: String) -> Int? {
    columns.firstIndex { $0.name == name }
  }
}
