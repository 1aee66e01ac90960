import Parquet
import Telemetry

/// One column of a table's parts, and what it means on the wire.
struct StoredColumn: Hashable, Sendable {
  /// What the column holds of its tag or field.
  enum Role: String, Sendable, CaseIterable {
    /// A tag's text.
    case tag
    /// A field's values: as they are if they fit the column's type, else what of the type is nearest, if anything is.
    /// Siblings hold such values exactly and count first.
    case field
    /// DOUBLE: numbers of the field that the field's own column cannot hold exactly.
    case exact
    /// STRING: numbers that no double holds either, as decimal text.
    case text
    /// STRING: texts of a field whose own column holds something else.
    case string
    /// BOOLEAN: truths of such a field.
    case boolean
  }

  /// The column's name in the files, safe for every reader and unique whatever the case.
  var name: String
  /// The tag's or field's name as it was sent.
  var wireName: String
  var role: Role
  var type: ColumnType
  var unit: String

  /// The column of a field's own values or of a tag.
  var isPrimary: Bool { role == .tag || role == .field }
}

/// A table's columns behind the fixed ones. Columns are only ever added; compaction may give one another type.
struct TableSchema: Hashable, Sendable {
  static let device = "device"
  static let time = "time"
  static let received = "received"
  static let date = "date"
  static let fixedNames: Set<String> = [device, time, received, date]
  static let fixedCount = 3

  private(set) var columns: [StoredColumn] = []
  /// What the rows' series are of.
  var kind = TableKind.readings
  var measurement = ""
  private var takenNames: Set<String> = TableSchema.fixedNames
  private var places: [Key: Int] = [:]

  private struct Key: Hashable {
    var wireName: String
    var role: StoredColumn.Role
  }

  init(columns: [StoredColumn] = []) {
    for column in columns { add(column) }
  }

  private mutating func add(_ column: StoredColumn) {
    takenNames.insert(column.name.lowercased())
    let key = Key(wireName: column.wireName, role: column.role)
    // Of two the first counts: another writer may have made them.
    if places[key] == nil { places[key] = columns.count }
    columns.append(column)
  }

  func index(wireName: String, role: StoredColumn.Role) -> Int? {
    places[Key(wireName: wireName, role: role)]
  }

  /// The same columns, some of another type.
  func retyped(_ types: [String: ColumnType]) -> TableSchema {
    var schema = self
    for index in schema.columns.indices {
      if let type = types[schema.columns[index].name] { schema.columns[index].type = type }
    }
    return schema
  }

  /// The number of a column, made if the table has none of that name and role.
  mutating func column(wireName: String, role: StoredColumn.Role, type: ColumnType, unit: String = "") -> Int {
    if let index = index(wireName: wireName, role: role) { return index }
    let stem: String
    if role == .tag || role == .field {
      let taken = [.tag, .field].contains { index(wireName: wireName, role: $0) != nil }
      stem = ColumnName.encode(wireName, taken: takenNames, suffix: taken ? "__\(role.rawValue)" : "")
    } else {
      let own =
        index(wireName: wireName, role: .field).map { columns[$0].name } ?? ColumnName.encode(wireName, taken: [])
      stem = ColumnName.unique(own + "__" + role.rawValue, taken: takenNames)
    }
    add(StoredColumn(name: stem, wireName: wireName, role: role, type: type, unit: unit))
    return columns.count - 1
  }

  /// A field's columns, its own first: its siblings have exactly what it has not, or only nearly.
  func siblingsLast(of field: String) -> [StoredColumn] {
    let all = columns.filter { $0.role != .tag && $0.wireName == field }
    return all.filter { $0.role == .field } + all.filter { $0.role != .field }
  }

  /// The fields in the order of their columns, one each.
  var fields: [FieldIdentity] {
    columns.filter { $0.role == .field }.map { FieldIdentity(name: $0.wireName, unit: $0.unit) }
  }
}
