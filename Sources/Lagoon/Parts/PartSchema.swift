import Parquet
import Primitives
import Text

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

  static let tableKey = "thinai.table"
  static let columnsKey = "thinai.columns"
  /// How far each lane's journal is in the part: JSON, as the `txn` of its commit.
  static let segmentsKey = "thinai.segments"
  /// Of a rollup part: the part that it sums up, and whether it stands for itself once that is gone.
  static let sourceKey = "thinai.source"
  static let outlivesKey = "thinai.outlives_source"

  /// Whether the part is for readers that know PLAIN and dictionaries only, and with it its table.
  static let compatibleKey = "thinai.compat"

  /// What a part's footer says of how it is encoded.
  static func profile(_ profile: EncodingProfile) -> [(String, String)] {
    profile == .compat ? [(compatibleKey, "true")] : []
  }

  /// What a rollup part's footer says of its source.
  static func source(_ source: String, outlives: Bool) -> [(String, String)] {
    [(sourceKey, source)] + (outlives ? [(outlivesKey, "true")] : [])
  }

  /// What a sealed part's footer says of the journal.
  static func segments(_ transactions: [LaneTransaction]) -> [(String, String)] {
    if transactions.isEmpty { return [] }
    let members = transactions.map { JSONMember(name: $0.lane, value: .integer(Int64(clamping: $0.segment))) }
    return [(segmentsKey, JSONValue.object(members).serialized)]
  }

  /// What each column means, for `inspect` and for who must do without the Delta log.
  static func metadata(_ table: TableState, _ schema: TableSchema) -> [(String, String)] {
    let columns = schema.columns.map { column in
      JSONValue.members(
        ("column", .string(column.name)), ("name", .string(column.wireName)), ("role", .string(column.role.rawValue)),
        ("unit", .string(column.unit)))
    }
    return [
      (tableKey, table.name.displayName), ("thinai.schema_version", "1"),
      (columnsKey, JSONValue.array(columns).serialized),
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
