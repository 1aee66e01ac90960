/// What one version of a registry's file says otherwise than another, row by row, in the known columns.
public struct RegistryDifference: Sendable, Equatable {
  /// A column of a row that stands on both sides.
  public struct Change: Sendable, Equatable {
    public var column: String
    public var before: String
    public var after: String
  }

  public enum Kind: String, Sendable {
    case added, changed, removed
  }

  /// A row that is new, gone, or says something else.
  public struct Row: Sendable, Equatable {
    public var kind: Kind
    /// What tells it from other rows: `id`, or `code` and `valid_from`.
    public var key: [(column: String, value: String)]
    /// Of one that is changed.
    public var changes: [Change] = []

    public static func == (a: Row, b: Row) -> Bool {
      a.kind == b.kind && a.changes == b.changes && a.key.elementsEqual(b.key) { $0 == $1 }
    }
  }

  public private(set) var added = 0
  public private(set) var changed = 0
  public private(set) var removed = 0
  /// Rows of the new version.
  public private(set) var total = 0
  /// The first of them: as they stand in the new version, then those that are gone.
  public private(set) var rows: [Row] = []

  /// - Parameters:
  ///   - old: what stood there; nil or no CSV for nothing.
  ///   - new: what is to stand there.
  ///   - listed: how many rows are listed; all are counted.
  public init(_ kind: RegistryFileKind, from old: [UInt8]?, to new: [UInt8], listed: Int) {
    let before = Self.read(old ?? [], kind)
    let after = Self.read(new, kind)
    total = after.order.count
    for key in after.order {
      guard let row = after.rows[key] else { continue }
      guard let known = before.rows[key] else {
        added += 1
        list(.added, row, kind, listed)
        continue
      }
      let changes = kind.columns.compactMap { column in
        known[column] == row[column]
          ? nil : Change(column: column, before: known[column] ?? "", after: row[column] ?? "")
      }
      if changes.isEmpty { continue }
      changed += 1
      list(.changed, row, kind, listed, changes)
    }
    for key in before.order where after.rows[key] == nil {
      removed += 1
      if let row = before.rows[key] { list(.removed, row, kind, listed) }
    }
  }

  private mutating func list(
    _ what: Kind, _ row: [String: String], _ kind: RegistryFileKind, _ listed: Int, _ changes: [Change] = []
  ) {
    if rows.count >= listed { return }
    let key = kind.keyColumns.compactMap { name -> (column: String, value: String)? in
      guard let value = row[name], !value.isEmpty else { return nil }
      return (name, value)
    }
    rows.append(Row(kind: what, key: key, changes: changes))
  }

  /// Rows by what tells them apart, and that in the order of the file.
  private static func read(
    _ bytes: [UInt8], _ kind: RegistryFileKind
  ) -> (rows: [[String]: [String: String]], order: [[String]]) {
    // What is wrong with it was told before, or is of the old version, which is to go.
    var problems = RegistryError()
    var table = RegistryTable(bytes, file: "", known: kind.columns, required: [], problems: &problems)
    var rows: [[String]: [String: String]] = [:]
    var order: [[String]] = []
    while table.nextRow(&problems) {
      var row: [String: String] = [:]
      for column in kind.columns { row[column] = table[column] }
      let key = kind.keyColumns.map { row[$0] ?? "" }
      if rows.updateValue(row, forKey: key) == nil { order.append(key) }
    }
    return (rows, order)
  }
}
