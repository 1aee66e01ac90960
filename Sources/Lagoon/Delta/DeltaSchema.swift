import Parquet
import Primitives
import Text

/// A table's columns as Delta's `metaData` says them, and back.
enum DeltaSchema {
  /// The `metaData` of the table. What others put into it (properties, columns, a description) stays.
  static func metaData(_ table: TableState, nowMillis: Int64) -> JSONValue {
    let own = table.schema.columns.map { field($0.name, typeName($0.type), true) }
    let known = foreignFields(table.metaData)
    var fields = known.isEmpty ? fixedFields() : known
    var names = Set(fields.compactMap { $0["name"]?.text })
    for field in own {
      guard let name = field["name"]?.text, !names.insert(name).inserted else {
        fields.append(field)
        continue
      }
      // One that has got another type.
      for index in fields.indices where fields[index]["name"]?.text == name {
        var members = fields[index].members
        if let type = field["type"], fields[index]["type"] != type {
          members.set("type", type)
          fields[index] = .object(members)
        }
      }
    }
    let schema = JSONValue.members(("type", .string("struct")), ("fields", .array(fields)))
    let columns = table.schema.columns.map { column in
      JSONValue.members(
        ("column", .string(column.name)), ("name", .string(column.wireName)), ("role", .string(column.role.rawValue)),
        ("type", .string(typeName(column.type))), ("unit", .string(column.unit)))
    }
    var configuration = table.metaData?["configuration"]?.members ?? []
    let values = [
      (DeltaAction.columnsKey, JSONValue.array(columns).serialized),
      (DeltaAction.precisionKey, table.precision == .milliseconds ? "ms" : "us"),
      (DeltaAction.measurementKey, table.name.displayName),
    ]
    for (name, value) in values { configuration.set(name, .string(value)) }
    if let isCompatible = table.isCompatible {
      configuration.set(DeltaAction.compatibleKey, .string(isCompatible ? "true" : "false"))
    }
    var members =
      table.metaData?.members ?? [
        JSONMember(name: "id", value: .string(table.tableID)),
        JSONMember(name: "name", value: .string(table.name.displayName)),
        JSONMember(
          name: "format", value: .members(("provider", .string("parquet")), ("options", .members([])))),
        JSONMember(name: "schemaString", value: .null),
        JSONMember(name: "partitionColumns", value: .array([.string(TableSchema.date)])),
        JSONMember(name: "configuration", value: .null),
        JSONMember(name: "createdTime", value: .integer(nowMillis)),
      ]
    members.set("schemaString", .string(schema.serialized))
    members.set("configuration", .object(configuration))
    return .object(members)
  }

  /// The columns as the log has them, in its order.
  private static func foreignFields(_ metaData: JSONValue?) -> [JSONValue] {
    guard let text = metaData?["schemaString"]?.text, let schema = try? JSONReader.read(text) else { return [] }
    return schema["fields"]?.elements ?? []
  }

  private static func fixedFields() -> [JSONValue] {
    [
      field(TableSchema.device, "string", false), field(TableSchema.time, "timestamp", false),
      field(TableSchema.received, "timestamp", true), field(TableSchema.date, "date", true),
    ]
  }

  private static func field(_ name: String, _ type: String, _ isNullable: Bool) -> JSONValue {
    .members(
      ("name", .string(name)), ("type", .string(type)), ("nullable", .boolean(isNullable)), ("metadata", .members([])))
  }

  static func typeName(_ type: ColumnType) -> String {
    switch type {
    case .boolean: "boolean"
    case .int64: "long"
    case .timestampMillis, .timestampMicros: "timestamp"
    case .decimal(let scale): "decimal(18,\(scale))"
    case .double: "double"
    case .string: "string"
    }
  }

  private static func type(named name: String) -> ColumnType? {
    switch name {
    case "boolean": return .boolean
    case "long": return .int64
    case "timestamp": return .timestampMicros
    case "double": return .double
    case "string": return .string
    default:
      guard name.hasPrefix("decimal(18,"), name.hasSuffix(")"), let scale = Int(name.dropFirst(11).dropLast()),
        (0...18).contains(scale)
      else { return nil }
      return .decimal(scale: scale)
    }
  }

  static func read(_ metaData: JSONValue, into table: inout TableState) throws(LagoonError) {
    let configuration = metaData["configuration"]
    var columns: [StoredColumn] = []
    if let text = configuration?[DeltaAction.columnsKey]?.text {
      guard let list = try? JSONReader.read(text), case .array(let entries) = list else {
        throw LagoonError("its Delta log has a schema that ThiNai did not write")
      }
      for entry in entries {
        guard let name = entry["column"]?.text, let wireName = entry["name"]?.text,
          let role = entry["role"]?.text.flatMap(StoredColumn.Role.init), let type = entry["type"]?.text.flatMap(type)
        else { throw LagoonError("its Delta log has a column that ThiNai did not write") }
        columns.append(
          StoredColumn(name: name, wireName: wireName, role: role, type: type, unit: entry["unit"]?.text ?? ""))
      }
    }
    var known = Set(columns.map { $0.name.lowercased() }).union(TableSchema.fixedNames)
    table.foreignColumns = []
    // Columns that another program added, as far as they are of types that parts have.
    for field in foreignFields(metaData) {
      guard let name = field["name"]?.text, known.insert(name.lowercased()).inserted else { continue }
      if let type = field["type"]?.text.flatMap(type), type != .timestampMicros {
        columns.append(
          StoredColumn(name: name, wireName: PathName.decode(name), role: .field, type: type, unit: ""))
      } else {
        table.foreignColumns.append(name)
      }
    }
    if columns.isEmpty && foreignFields(metaData).isEmpty {
      throw LagoonError("its Delta log has a schema that ThiNai did not write")
    }
    table.schema = TableSchema(columns: columns)
    if let precision = configuration?[DeltaAction.precisionKey]?.text {
      table.precision = precision == "us" ? .microseconds : .milliseconds
    }
    table.isCompatible = configuration?[DeltaAction.compatibleKey]?.text.map { $0 == "true" }
    table.tableID = metaData["id"]?.text ?? table.tableID
    table.metaData = metaData
    let names = [configuration?[DeltaAction.measurementKey]?.text, metaData["name"]?.text].compactMap { $0 }
    table.name = table.name.named(oneOf: names, folder: table.folder)
  }

  /// A part's statistics: how many rows it has, and no bounds.
  ///
  /// Readers (deltalake's dataset, and DuckDB over it) take a column without bounds for one without values as soon as
  /// another column of the `add` has some. That every column has bounds cannot be kept up: a column that the table gets
  /// later has none in the adds before, a column with NaN has none at all, and readers take JSON's numbers for doubles.
  /// Row groups and pages bound every column (ADR 16).
  static func statistics(_ part: Part) -> JSONValue {
    .members(("numRecords", .integer(Int64(part.rowCount))))
  }

  /// Whether an `add` of ours has bounds, as older versions wrote them for `device` and `time` alone.
  static func hasBounds(_ statistics: JSONValue) -> Bool {
    ["minValues", "maxValues", "nullCount"].contains { statistics[$0] ?? .null != .null }
  }
}

extension [JSONMember] {
  /// Gives the member of that name that value, where it stands or at the end.
  mutating func set(_ name: String, _ value: JSONValue) {
    if let index = firstIndex(where: { $0.name == name }) {
      self[index].value = value
    } else {
      append(JSONMember(name: name, value: value))
    }
  }
}
