import Parquet

/// Columns of a table that get another type, all in one commit, so that no version of it has files of two types.
struct TypeChange: Sendable {
  /// By the columns' names.
  var types: [String: ColumnType]
  /// Columns of which some values may need a `text` sibling that the table lacks.
  var long: Set<String> = []
  /// The parts that were looked at: those that have such a column are written anew, the others have none. A live part
  /// that is not among them is of the old type.
  var known: Set<String> = []

  /// The table's columns after the change.
  func applied(to schema: TableSchema) -> TableSchema {
    var schema = schema.retyped(types)
    for column in schema.columns where types[column.name] != nil {
      _ = schema.column(wireName: column.wireName, role: .exact, type: .double)
      if long.contains(column.name) { _ = schema.column(wireName: column.wireName, role: .text, type: .string) }
    }
    return schema
  }
}
