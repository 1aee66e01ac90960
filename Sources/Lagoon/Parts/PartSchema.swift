import Parquet
import Primitives

/// A part's Parquet schema: the fixed columns, then those of the table's that it uses.
enum PartSchema {
  /// The columns that every part begins with.
  private static func fixed(_ precision: TimePrecision) -> [ColumnSchema] {
    [
      ColumnSchema(name: TableSchema.device, type: .string, isOptional: false),
      ColumnSchema(
        name: TableSchema.time, type: precision == .milliseconds ? .timestampMillis : .timestampMicros,
        isOptional: false),
      ColumnSchema(name: TableSchema.received, type: .timestampMillis, isOptional: true),
    ]
  }

  /// A part's reader with the fixed columns where they are looked for, whatever program wrote it.
  static func arranged(_ reader: ParquetReader, precision: TimePrecision) throws(ParquetError) -> ParquetReader {
    try reader.arranged(fixed(precision))
  }

  static func parquet(_ schema: TableSchema, used: [Int], precision: TimePrecision) -> ParquetSchema {
    let fixed = fixed(precision)
    let values = used.map {
      ColumnSchema(name: schema.columns[$0].name, type: schema.columns[$0].type, isOptional: true)
    }
    return ParquetSchema(columns: fixed + values, sortedBy: [0, 1])
  }

  /// What each column means, for `inspect` and for readers without the Delta log.
  static func metadata(_ table: TableState, _ schema: TableSchema) -> [(String, String)] {
    let columns = schema.columns.map { column in
      JSONValue.members(
        ("column", .string(column.name)), ("name", .string(column.wireName)), ("role", .string(column.role.rawValue)),
        ("unit", .string(column.unit)))
    }
    return [
      ("thinai.table", table.name.displayName), ("thinai.schema_version", "1"),
      ("thinai.columns", JSONValue.array(columns).serialized),
    ]
  }

  /// A column without any value.
  static func empty(_ type: ColumnType, _ count: Int) -> ColumnData {
    let isPresent = [Bool](repeating: false, count: count)
    switch type {
    case .boolean: return ColumnData(values: .boolean(isPresent), isPresent: isPresent)
    case .double: return ColumnData(values: .double(Array(repeating: 0, count: count)), isPresent: isPresent)
    case .string:
      return ColumnData(values: .string(StringColumn([String?](repeating: nil, count: count))), isPresent: isPresent)
    case .int64, .timestampMillis, .timestampMicros, .decimal:
      return ColumnData(values: .int64(Array(repeating: 0, count: count)), isPresent: isPresent)
    }
  }
}
