/// A column's rows: their values, and which of them are there.
public struct ColumnData: Sendable {
  /// One entry per row.
  public var values: ColumnValues
  /// One entry per row, false where the row is null; nil when every row is present.
  public var isPresent: [Bool]?

  /// - Precondition: `isPresent`, if given, has as many entries as `values`.
  public init(values: ColumnValues, isPresent: [Bool]? = nil) {
    precondition(isPresent == nil || isPresent?.count == values.count, "BUG: presence and values differ in count")
    self.values = values
    self.isPresent = isPresent
  }

  /// Rows, null ones included.
  public var count: Int { values.count }

  /// Rows that are null.
  public var nullCount: Int {
    guard let isPresent else { return 0 }
    return isPresent.count - PresentRows.count(isPresent, isPresent.indices)
  }

  /// Whether `row` holds a value.
  @inlinable
  public func isPresent(at row: Int) -> Bool {
    isPresent?[row] ?? true
  }
}
