import Primitives

/// What a commit changes in a table, said so that it can be tried again upon whatever others committed meanwhile.
struct TableChange: Sendable {
  /// The columns, where some were added.
  var schema: TableSchema?
  /// Columns that get another type.
  var types: TypeChange?
  /// Of a table that is new.
  var precision = TimePrecision.milliseconds
  var added: [Part] = []
  var removed: [Part] = []
  /// Whether it changes what the table says; a compaction does not.
  var dataChange: Bool
  /// How far the journal is in the table with it.
  var transactions: [LaneTransaction] = []

  /// What has become of a change.
  enum Rebased {
    /// It goes upon the table as it stands: what the table then is, and the lines of its commit.
    case next(TableState, lines: [JSONValue])
    /// It is in the table already: the answer to an earlier attempt was lost.
    case landed
    /// Other parts with the rows of its transactions are in the table.
    case superseded
  }

  /// Puts the change upon a table as it stands. What was added stays, whatever others did; a part that is to leave must
  /// be there, and columns must mean what they did.
  ///
  /// - Parameter isCompatible: whether the table's parts are for readers that know PLAIN and dictionaries only.
  /// - Throws: a `LagoonError` that `isOvertaken` if the same can be made anew from the table as it stands.
  func rebased(
    on current: TableState?, _ name: TableName, isCompatible: Bool, nowMillis: Int64
  ) throws(LagoonError) -> Rebased {
    var next = current ?? TableState(name: name, precision: precision)
    let live = Set(next.parts.map(\.path))
    if !added.isEmpty && added.allSatisfy({ live.contains($0.path) }) { return .landed }
    if transactions.contains(where: { next.segments[$0.lane] ?? 0 >= $0.segment }) { return .superseded }
    if let missing = removed.first(where: { !live.contains($0.path) }) {
      throw LagoonError(
        overtaken: "cannot commit table \(name.displayName): part \(missing.path) is no longer in it"
          + Self.origin(next))
    }
    if let schema { next.schema = try Self.joined(next, schema, name) }
    if let types { next.schema = try Self.retyped(next, types) }
    // Tables that never were say nothing of it.
    if isCompatible || next.isCompatible != nil { next.isCompatible = isCompatible }
    let lines = lines(current, &next, nowMillis: nowMillis)
    return .next(next, lines: lines)
  }

  /// Who made the table other than it was known.
  private static func origin(_ table: TableState) -> String {
    table.newestForeign.map { " (\($0))" } ?? ""
  }

  // MARK: columns

  /// The columns of both; throws where one name means two things.
  private static func joined(
    _ table: TableState, _ wanted: TableSchema, _ name: TableName
  ) throws(LagoonError) -> TableSchema {
    let current = table.schema
    if current.columns == Array(wanted.columns.prefix(current.columns.count)) { return wanted }
    // A table of an older form, whose columns are replaced as a whole.
    if case .rollups = name { return wanted }
    var known: [String: StoredColumn] = [:]
    for column in current.columns { known[column.name.lowercased()] = column }
    var columns = current.columns
    for column in wanted.columns {
      guard let own = known[column.name.lowercased()] else {
        columns.append(column)
        continue
      }
      if own.wireName == column.wireName && own.role == column.role && own.type != column.type {
        throw LagoonError(
          overtaken: "cannot commit table \(name.displayName): column \(column.name) has become"
            + " \(DeltaSchema.typeName(own.type)) meanwhile" + origin(table))
      }
      if own.wireName != column.wireName || own.role != column.role {
        throw LagoonError(
          "cannot commit table \(name.displayName): another program has added a column \(column.name) meanwhile"
            + origin(table))
      }
    }
    return TableSchema(columns: columns)
  }

  /// Columns with their new types; throws if parts came that were not written anew.
  private static func retyped(_ table: TableState, _ change: TypeChange) throws(LagoonError) -> TableSchema {
    if let stranger = table.strangers.first {
      throw LagoonError("part \(stranger.path), which another program added, can neither be read nor be rewritten")
    }
    if let part = table.parts.first(where: { !change.known.contains($0.path) }) {
      throw LagoonError(overtaken: "part \(part.path) came meanwhile" + origin(table))
    }
    return change.applied(to: table.schema)
  }

  // MARK: lines

  /// Makes `next` what the table becomes, and says how in a commit's lines.
  private func lines(_ current: TableState?, _ next: inout TableState, nowMillis: Int64) -> [JSONValue] {
    next.version = (current?.version ?? -1) + 1
    var added = added
    // A part of others' rows says when those were written: by that the order of arrival is known.
    for index in added.indices where added[index].modifiedMillis == 0 { added[index].modifiedMillis = nowMillis }
    let gone = Set(removed.map(\.path)).union(added.map(\.path))
    next.parts.removeAll { gone.contains($0.path) }
    // Parts of which older versions said what readers misunderstand are said anew: an add of a part that is there takes
    // the place of what was said of it.
    var restated: [Part] = []
    for index in next.parts.indices where next.parts[index].hasBounds {
      next.parts[index].hasBounds = false
      restated.append(next.parts[index])
    }
    next.parts += added
    var lines: [JSONValue] = []
    func line(_ action: DeltaAction) { lines.append(action.json(nowMillis: nowMillis)) }
    if current == nil {
      next.tableID = TableID.random()
      next.protocolLine = DeltaProtocol.ours
      lines.append(.members(("protocol", DeltaProtocol.ours)))
    }
    if current == nil || current?.schema != next.schema || current?.isCompatible != next.isCompatible {
      let metaData = DeltaSchema.metaData(next, nowMillis: nowMillis)
      next.metaData = metaData
      lines.append(.members(("metaData", metaData)))
    }
    for transaction in transactions {
      next.segments[transaction.lane] = transaction.segment
      line(.transaction(application: transaction.lane, segment: transaction.segment))
    }
    for part in removed { line(.remove(part, dataChange: dataChange)) }
    for part in added { line(.add(part, dataChange: dataChange)) }
    for part in restated { line(.add(part, dataChange: false)) }
    return lines
  }
}
