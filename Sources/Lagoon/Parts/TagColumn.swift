import Parquet
import Telemetry

/// One tag of a row group's rows.
struct TagColumn {
  let name: String
  let texts: StringColumn
  let data: ColumnData

  /// nil for a column that is no text.
  init?(name: String, _ data: ColumnData) {
    guard case .string(let texts) = data.values else { return nil }
    self.name = name
    self.texts = texts
    self.data = data
  }

  /// Whether two rows have the same value, or none.
  func isAlike(_ a: Int, _ b: Int) -> Bool {
    let (left, right) = (data.isPresent(at: a), data.isPresent(at: b))
    return left == right && (!left || texts.indexes[a] == texts.indexes[b])
  }

  func tag(at row: Int) -> SeriesKey.Tag? {
    data.isPresent(at: row) ? SeriesKey.Tag(name: name, value: texts.string(at: row)) : nil
  }
}
