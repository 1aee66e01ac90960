/// The values of a column, one entry per row; the entry of a null row is a placeholder that nobody reads.
public enum ColumnValues: Sendable {
  case boolean([Bool])
  /// Integers, timestamps in their unit, decimals unscaled.
  case int64([Int64])
  case double([Double])
  case string(StringColumn)

  /// Rows, null ones included.
  public var count: Int {
    switch self {
    case .boolean(let values): values.count
    case .int64(let values): values.count
    case .double(let values): values.count
    case .string(let values): values.count
    }
  }

  /// Whether a column of `type` may hold these values.
  func fits(_ type: ColumnType) -> Bool {
    switch (self, type.physical) {
    case (.boolean, .boolean), (.int64, .int64), (.double, .double), (.string, .byteArray): true
    default: false
    }
  }
}
