public import Lagoon
import Primitives
import Sys
import Telemetry

extension Pipeline {
  /// What is stored, at one moment: unsealed rows and parts, each row once.
  ///
  /// Memory is looked at first. A generation that was sealed in between is then in the parts too, and its rows in
  /// memory are left out, which the table's transaction tells; one that was dropped can only be in the parts.
  ///
  /// - Parameter names: the tables that are asked for: the others cost nothing; nil for all.
  public func view(of names: Set<TableName>? = nil) -> LagoonView {
    // The clock first: what came before it, and was on its way since, is in no committer's hands any more.
    let asked = Clock.realtimeNanos()
    let isQuiet = !isCommitting
    let facts = tables.facts()
    let memory = names.map { $0.compactMap { tables.view(of: $0) } } ?? tables.views()
    let dataVersion = catalogue.dataVersion
    // Without the paths of this machine, which are nobody else's business.
    let unreadable = catalogue.failures.mapValues { $0.replacing(settings.data + "/", with: "") }
    let states = catalogue.tables
    var sealed: [TableName: UInt64] = [:]
    for state in states where names?.contains(state.name) ?? true {
      sealed[state.name] = state.newestSegment(node: settings.node)
    }
    var shown = TableView.views(of: states, only: names)
    for view in memory { shown.add(view, sealed: sealed[view.table] ?? 0) }
    var view = LagoonView(
      tables: shown, reader: catalogue, version: dataVersion &+ facts.version,
      watermark: max(facts.newestArrivalNanos, startedNanos),
      quietSince: isQuiet && facts.lateRowCount == 0 ? asked : nil,
      unreadable: unreadable)
    view.node = settings.node
    view.standaloneRollups = TableView.standaloneRollups(states)
    return view
  }
}

extension Pipeline {
  /// Keeps, of the rows that leave memory, what the one who follows has not seen.
  ///
  /// - Parameter positions: how many rows of each table and generation he has seen.
  public func follow(_ positions: [TableName: [UInt64: Int]]) { tables.follow(positions) }
}

extension [TableName: TableView] {
  /// Adds what memory holds of a table to what is in its parts.
  ///
  /// - Parameter sealed: the newest generation that is in the table's parts.
  mutating func add(_ view: UnsealedTables.View, sealed: UInt64) {
    var table = self[view.table] ?? TableView(name: view.table)
    let rows = view.generations.filter { $0.rows.rowCount > 0 }
    table.unsealed = rows.filter { $0.generation > sealed }.map(\.rows)
    // A generation that was sealed just now is not among the latest rows yet.
    table.latest = [view.latest].compactMap { $0 } + rows.filter { $0.generation <= sealed }.map(\.rows)
    let known = Set(table.fields.map(\.name))
    for field in view.fields where !known.contains(field.name) {
      table.fields.append(
        FieldSummary(name: field.name, type: Self.type(of: field.name, in: table.unsealed), unit: field.unit))
    }
    table.turn = view.turn
    (table.memory, table.enteredRows) = (view.memory, view.enteredRows)
    self[view.table] = table
  }

  /// The type of a field that is in no part yet, by its first value.
  private static func type(of field: String, in sources: [RowSource]) -> FieldType {
    for source in sources {
      guard let column = source.column(of: field) else { continue }
      for chunk in source.chunks where chunk.hasColumn(column) {
        for row in 0..<chunk.count {
          let tag = chunk.tag(row, column: column)
          if tag != .null { return FieldType(tag) }
        }
      }
    }
    return .decimal
  }
}
