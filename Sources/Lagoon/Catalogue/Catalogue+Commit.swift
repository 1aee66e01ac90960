import Parquet
import Primitives
import Synchronization
import Sys
import Telemetry
import Text

extension Catalogue {
  /// How often a commit is tried against others who commit too.
  private static let commitAttempts = 32

  /// Commits the next version of a table, adding and removing those parts, and shows it to readers. Two threads may
  /// commit, and other programs: the later one builds on what the earlier one made.
  ///
  /// - Parameters:
  ///   - schema: the columns, where some were added.
  ///   - change: columns that get another type.
  ///   - precision: of a table that is new.
  func commit(
    _ name: TableName, schema: TableSchema? = nil, change typeChange: TypeChange? = nil,
    precision: TimePrecision = .milliseconds, added: [Part],
    removed: [Part], dataChange: Bool, transactions: [LaneTransaction] = []
  ) throws(LagoonError) {
    try committing.withLock { _ throws(LagoonError) in
      for _ in 0..<Self.commitAttempts {
        let current = try proved(name)
        var next = current ?? TableState(name: name, precision: precision)
        if let schema { next.schema = try Self.joined(next.schema, schema, name) }
        if let typeChange { try Self.change(&next, typeChange) }
        let isCompatible = isCompatible(name)
        // Tables that never were say nothing of it.
        if isCompatible || next.isCompatible != nil { next.isCompatible = isCompatible }
        let live = Set(next.parts.map(\.path))
        if let missing = removed.first(where: { !live.contains($0.path) }) {
          throw LagoonError(
            overtaken: "cannot commit table \(name.displayName): part \(missing.path) is no longer in it")
        }
        try requireFiles(added, of: name)
        let change = Change(
          added: added, removed: removed, dataChange: dataChange, transactions: transactions)
        if try commit(current, &next, change) { return }
      }
      throw LagoonError("cannot commit table \(name.displayName): other writers were always first")
    }
  }

  private struct Change {
    var added: [Part]
    var removed: [Part]
    var dataChange: Bool
    var transactions: [LaneTransaction]
    /// Live parts of which older versions said what readers misunderstand.
    var restated: [Part] = []
  }

  /// Another program's vacuum takes files that are in no version yet.
  private func requireFiles(_ parts: [Part], of name: TableName) throws(LagoonError) {
    for part in parts where !FileSystem.exists(directory(of: name) + "/" + part.path) {
      throw LagoonError("cannot commit table \(name.displayName): its new part \(part.path) is missing")
    }
  }

  /// Gives columns their new types; throws if parts came that were not written anew.
  private static func change(_ table: inout TableState, _ change: TypeChange) throws(LagoonError) {
    if let stranger = table.strangers.first {
      throw LagoonError("part \(stranger.path), which another program added, cannot be read and not be written anew")
    }
    if let part = table.parts.first(where: { !change.known.contains($0.path) }) {
      throw LagoonError(overtaken: "part \(part.path) came meanwhile")
    }
    table.schema = change.applied(to: table.schema)
  }

  /// The columns of both; throws where one name means two things.
  private static func joined(
    _ current: TableSchema, _ wanted: TableSchema, _ name: TableName
  ) throws(LagoonError) -> TableSchema {
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
            + " \(DeltaSchema.typeName(own.type)) meanwhile")
      }
      if own.wireName != column.wireName || own.role != column.role {
        throw LagoonError(
          "cannot commit table \(name.displayName): another program has added a column \(column.name) meanwhile")
      }
    }
    return TableSchema(columns: columns)
  }

  /// The table as it stands, with what others have committed; throws where its log is not what memory knows, or may not
  /// be written to. `committing` is held.
  func proved(_ name: TableName) throws(LagoonError) -> TableState? {
    if let failure = state.withLock({ $0.failures[name] }) { throw LagoonError(failure) }
    let directory = directory(of: name)
    let log = DeltaLog(tableDirectory: directory)
    do throws(LagoonError) {
      let known = table(name)
      var found: TableState?
      if let known {
        found = try log.following(known)
      } else {
        // Others may have made one.
        found = try log.load(name)
      }
      if var found, found.version != known?.version {
        found.resolveStrangers(directory: directory)
        show(found)
      }
      found = table(name)
      if let refusal = found?.writeRefusal { throw LagoonError(refusal) }
      state.withLock { $0.commitFaults[name] = nil }
      return found
    } catch {
      let failure = LagoonError("cannot write table \(name.displayName): \(error)", isOutOfSpace: error.isOutOfSpace)
      state.withLock { $0.commitFaults[name] = failure.description }
      throw failure
    }
  }

  /// Reads what other programs committed to a table. What keeps it from being read is named until it can be.
  func refresh(_ name: TableName) throws(LagoonError) {
    if isReadOnly { return }
    try committing.withLock { _ throws(LagoonError) in _ = try proved(name) }
  }

  /// What others made of a table becomes what readers see.
  private func show(_ found: TableState) {
    let old = table(found.name)?.parts ?? []
    let live = Set(found.parts.map(\.path))
    state.withLock { state in
      state.tables[found.name] = found
      state.dataVersion += 1
    }
    note(found)
    for part in old where !live.contains(part.path) { forget(part, of: found.name) }
  }

  /// A part was not there for a question: another program may have replaced and removed it, which the next question
  /// shall know. What is wrong with the log is named where it is written to.
  func noteMissing(_ part: String, of table: TableName) {
    if FileSystem.exists(directory(of: table) + "/" + part) { return }
    try? refresh(table)
  }

  /// Records a version where a log that lost it can be told by.
  private func note(_ table: TableState) {
    guard let commit = table.newestCommit else { return }
    // A loss of power may take later records: then an older one is known, which still tells of a log that is missing.
    records.note(
      table.folder, VersionRecords.Known(version: table.version, commit: commit), isDurable: table.version == 0)
  }

  /// True if it is done; false if another program committed that version.
  private func commit(_ current: TableState?, _ next: inout TableState, _ change: Change) throws(LagoonError) -> Bool {
    next.version = (current?.version ?? -1) + 1
    let nowMillis = clock.withLock {
      $0.stamp(nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos()) / Nanos.perMillisecond
    }
    var added = change.added
    // A part of others' rows says when those were written: by that the order of arrival is known.
    for index in added.indices where added[index].modifiedMillis == 0 { added[index].modifiedMillis = nowMillis }
    var change = change
    change.added = added
    let gone = Set(change.removed.map(\.path))
    let replaced = Set(added.map(\.path))
    next.parts = next.parts.filter { !gone.contains($0.path) && !replaced.contains($0.path) }
    for index in next.parts.indices where next.parts[index].hasBounds {
      next.parts[index].hasBounds = false
      change.restated.append(next.parts[index])
    }
    next.parts += added
    let lines = actions(current, &next, change, nowMillis: nowMillis)
    let log = DeltaLog(tableDirectory: directory(of: next.name))
    let bytes = DeltaLog.bytes(
      lines, operation: change.dataChange ? "WRITE" : "OPTIMIZE", nowMillis: nowMillis)
    if try log.commit(bytes, version: next.version) == .conflict { return false }
    next.newestCommit = Fingerprint(bytes)
    note(next)
    if next.version > 0 && next.version % DeltaLog.commitsPerCheckpoint == 0 {
      // Only a shorter way to what the commits say: one that fails is made up for by the next.
      try? log.writeCheckpoint(next)
    }
    let shown = next
    state.withLock { state in
      state.tables[shown.name] = shown
      state.dataVersion += 1
      let now = Clock.monotonicNanos()
      state.retired += change.removed.map { RetiredFile(table: shown.name, path: $0.path, sinceNanos: now) }
    }
    return true
  }

  private func actions(
    _ current: TableState?, _ next: inout TableState, _ change: Change, nowMillis: Int64
  ) -> [JSONValue] {
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
    for transaction in change.transactions {
      next.segments[transaction.lane] = transaction.segment
      line(.transaction(application: transaction.lane, segment: transaction.segment))
    }
    for part in change.removed { line(.remove(part, dataChange: change.dataChange)) }
    for part in change.added { line(.add(part, dataChange: change.dataChange)) }
    // An add of a part that is there already takes the place of what was said of it.
    for part in change.restated { line(.add(part, dataChange: false)) }
    return lines
  }
}
