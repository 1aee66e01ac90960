import Parquet
import Primitives
import Sys

/// What a table holds, for `thinai inspect`.
public enum TableDescription {
  /// Its columns and parts, a line each, then SQL that shows every field as one column.
  ///
  /// - Parameter path: the table's folder, `DATA/tables/<table>`.
  public static func lines(path: String) throws -> [String] {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    let name = TableName(directoryName: String(path.split(separator: "/").last ?? ""))
    guard let table = try DeltaLog(tableDirectory: path).load(name) else {
      throw LagoonError("cannot read table \(path): it has no Delta log")
    }
    var lines = [
      "table \(table.name.displayName), version \(table.version), \(table.parts.count) parts,"
        + " \(table.parts.reduce(0) { $0 + $1.rowCount }) rows, \(table.parts.reduce(0) { $0 + $1.byteCount }) bytes"
    ]
    for column in table.schema.columns {
      let unit = column.unit.isEmpty ? "" : ", in \(column.unit)"
      lines.append("  \(column.name): \(column.role.rawValue) \(column.wireName), \(column.type)\(unit)")
    }
    for part in table.parts.sorted(by: { ($0.oldestTime, $0.path) < ($1.oldestTime, $1.path) }) {
      let level = part.level.map { "compacted at level \($0)" } ?? "as sealed"
      lines.append("  \(part.path): \(part.rowCount) rows, \(part.byteCount) bytes, \(level)")
    }
    return lines
  }

  /// `CREATE VIEW readings` for DuckDB over the live parts: siblings are folded into their fields, so that every field
  /// is one column. A DECIMAL whose sibling is used becomes the nearest double; where no row needed the sibling the
  /// column stays as it is.
  ///
  /// - Parameter path: the table's folder, as SQL shall name it.
  public static func view(path: String) throws -> String {
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    let name = TableName(directoryName: String(path.split(separator: "/").last ?? ""))
    guard let table = try DeltaLog(tableDirectory: path).load(name), !table.parts.isEmpty else {
      throw LagoonError("cannot read table \(path): it has no parts")
    }
    var columns = [TableSchema.device, TableSchema.time, TableSchema.received].map(quoted)
    for column in table.schema.columns where column.isPrimary { columns.append(expression(column, table.schema)) }
    let files = table.parts.map { "'" + (path + "/" + $0.path).replacing("'", with: "''") + "'" }
    return """
      CREATE OR REPLACE VIEW readings AS SELECT
        \(columns.joined(separator: ",\n  "))
      FROM read_parquet([
        \(files.joined(separator: ",\n  "))
      ], union_by_name = true, hive_partitioning = false);
      """
  }

  private static func expression(_ column: StoredColumn, _ schema: TableSchema) -> String {
    func sibling(_ role: StoredColumn.Role) -> String? {
      schema.index(wireName: column.wireName, role: role).map { quoted(schema.columns[$0].name) }
    }
    let own = quoted(column.name)
    if column.role == .tag { return own }
    let numbers = [sibling(.exact), sibling(.text).map { "CAST(\($0) AS DOUBLE)" }].compactMap { $0 }
    let texts = [sibling(.string), sibling(.boolean).map { "CAST(\($0) AS VARCHAR)" }].compactMap { $0 }
    // Siblings first: where one has a value the column itself has the nearest, or none.
    // A field that came as text too can only be text.
    if !texts.isEmpty {
      let all = numbers + [own]
      let parts = texts + all.map { "CAST(\($0) AS VARCHAR)" }
      return "coalesce(\(parts.joined(separator: ", "))) AS \(own)"
    }
    if numbers.isEmpty { return own }
    return "coalesce(\(numbers.joined(separator: ", ")), CAST(\(own) AS DOUBLE)) AS \(own)"
  }

  private static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }
}
