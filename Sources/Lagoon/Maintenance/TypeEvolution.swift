import Parquet
import Primitives
import Synchronization
import Sys

/// How far a table's columns were looked at for a better type, and what came of it.
struct EvolutionFacts: Sendable {
  /// Parts whose values suit their columns.
  var seen: [TableName: Set<String>] = [:]
  /// Tables of which a change failed are left alone until then, of the monotonic clock.
  var heldUntilNanos: [TableName: Int64] = [:]
  /// The last change, in words.
  var last: String?
}

/// Gives columns whose values do not suit their type any more a better one.
final class TypeEvolution: Sendable {
  /// How often parts that were sealed meanwhile are written anew too before a change is given up for now.
  private static let attempts = 5
  private static let holdNanos = Nanos.perHour

  private let tables: StoredTables
  private let rollups: RollupTables
  private let facts = Mutex(EvolutionFacts())

  init(_ tables: StoredTables, _ rollups: RollupTables) {
    self.tables = tables
    self.rollups = rollups
  }

  /// The last change, in words; nil if there was none.
  var last: String? { facts.withLock { $0.last } }

  /// Gives columns of a table whose values do not suit their type any more a better one: every part that has such a
  /// column is written anew, one after the other, and one commit swaps them. Until then the table is as it was; what is
  /// left of a change that was interrupted is removed by the next start.
  func run(
    _ name: TableName, say: (String) -> Void = { _ in }, shouldStop: () -> Bool
  ) throws(LagoonError) {
    if case .rollups = name { return }
    let now = Clock.monotonicNanos()
    if let until = facts.withLock({ $0.heldUntilNanos[name] }), now < until { return }
    // A part that cannot be read cannot be written anew, and would be of another type than the others.
    guard let table = tables.table(name), table.strangers.isEmpty, let change = typeChange(table) else { return }
    do throws(LagoonError) {
      guard let note = try apply(change, to: name, shouldStop) else { return }
      facts.withLock { $0.last = note }
      say(note)
    } catch {
      facts.withLock { $0.heldUntilNanos[name] = now + Self.holdNanos }
      throw LagoonError(
        "cannot change columns of table \(name.displayName): \(error)", isOutOfSpace: error.isOutOfSpace)
    }
  }

  /// Writes parts anew whose columns are of another type than the table's: a repair has found both. Returns what was
  /// done, in words.
  func unify(_ name: TableName) throws -> String? {
    guard let table = tables.table(name) else { return nil }
    let readers = try table.parts.map { try reader($0, table) }
    var types: [String: ColumnType] = [:]
    for column in table.schema.columns where column.role == .field {
      for reader in readers
      where reader.schema.columns.contains(where: { $0.name == column.name && $0.type != column.type }) {
        types[column.name] = column.type
      }
    }
    if types.isEmpty { return nil }
    var needs = TypeNeeds(table, types: types)
    let long = needs.settle(readers)
    return try apply(TypeChange(types: needs.types, long: long), to: name) { false }
  }

  /// The change that the parts ask for that were not looked at yet; nil if there is none.
  private func typeChange(_ table: TableState) -> TypeChange? {
    let seen = facts.withLock { $0.seen[table.name] ?? [] }
    var needs = TypeNeeds(table)
    for part in table.parts where !seen.contains(part.path) {
      // One that cannot be read is named by who needs its rows.
      guard let reader = try? reader(part, table) else { continue }
      try? needs.look(at: reader)
    }
    var change: TypeChange?
    if !needs.isEmpty, let readers = try? table.parts.map({ try reader($0, table) }) {
      let long = needs.settle(readers)
      if !needs.types.isEmpty { change = TypeChange(types: needs.types, long: long) }
    }
    if change == nil {
      let paths = Set(table.parts.map(\.path))
      facts.withLock { $0.seen[table.name] = paths }
    }
    return change
  }

  private func reader(_ part: Part, _ table: TableState) throws -> ParquetReader {
    try tables.files.reader(part.path, of: table.name, precision: table.precision)
  }

  /// Writes the parts anew and commits them. Returns what was done, in words; nil if it was told to stop.
  private func apply(
    _ change: TypeChange, to name: TableName, _ shouldStop: () -> Bool
  ) throws(LagoonError) -> String? {
    var change = change
    var made: [String: PartMerge.Result] = [:]
    var isDone = false
    var summedUp: Set<String> = []
    // Rollup parts of parts that never were live are taken out by the next maintenance.
    defer { if !isDone { tables.files.discard(made.values.compactMap(\.part), of: name) } }
    for attempt in 1...Self.attempts {
      guard let table = tables.table(name) else { return nil }
      var evolved = table
      evolved.schema = change.applied(to: table.schema)
      for part in table.parts where !change.known.contains(part.path) {
        if shouldStop() { return nil }
        if try has(part, table, change) {
          guard let result = try rewritten(part, evolved, shouldStop) else { return nil }
          made[part.path] = result
        }
        change.known.insert(part.path)
      }
      let removed = table.parts.filter { made[$0.path] != nil }
      let results = removed.compactMap { made[$0.path] }
      let added = results.compactMap(\.part)
      try tables.files.synchronizeFolders(of: added, table: name)
      addRollups(of: removed.filter { summedUp.insert($0.path).inserted }.compactMap { made[$0.path] })
      do throws(LagoonError) {
        let swap = TableChange(types: change, added: added, removed: removed, dataChange: false)
        try tables.committer.commit(swap, to: name)
      } catch {
        isDone = error.mayBeCommitted
        if error.isOvertaken && attempt < Self.attempts { continue }
        throw error
      }
      isDone = true
      // Of parts that another program replaced meanwhile.
      let idle = made.filter { key, _ in !removed.contains { $0.path == key } }
      tables.files.discard(idle.compactMap(\.value.part), of: name)
      try? rollups.remove(of: removed, table: name)
      return Self.note(name, change, table, removed, added)
    }
    return nil
  }

  private func addRollups(of results: [PartMerge.Result]) {
    for step in StoredStep.allCases {
      let rollups = results.flatMap(\.rollups).filter { $0.step == step }.map(\.part)
      // What is missing is computed instead.
      if !rollups.isEmpty { try? self.rollups.commit(rollups, step) }
    }
  }

  private func has(_ part: Part, _ table: TableState, _ change: TypeChange) throws(LagoonError) -> Bool {
    do {
      return try reader(part, table).schema.columns.contains { column in
        change.types[column.name].map { $0 != column.type } ?? false
      }
    } catch {
      throw LagoonError("cannot read part \(part.path): \(error)")
    }
  }

  /// The part with the same rows in columns of the new types. It counts as what it was: sealed, or compacted.
  private func rewritten(
    _ part: Part, _ evolved: TableState, _ shouldStop: () -> Bool
  ) throws(LagoonError) -> PartMerge.Result? {
    do {
      let merge = try PartMerge(
        tables.files, table: evolved, parts: [part], level: part.level ?? TableSealing.level,
        profile: tables.profile(of: evolved.name, part.level == nil ? .quick : .thorough))
      guard var result = try merge.run(shouldStop: shouldStop) else { return nil }
      result.part?.level = part.level
      if part.level == nil { result.part?.profile = nil }
      return result
    } catch let error as LagoonError {
      throw error
    } catch {
      throw LagoonError("\(error)")
    }
  }

  private static func note(
    _ name: TableName, _ change: TypeChange, _ table: TableState, _ removed: [Part], _ added: [Part]
  ) -> String {
    let columns = table.schema.columns.filter { change.types[$0.name] != nil }.map { column in
      "\(column.name) from \(DeltaSchema.typeName(column.type)) to"
        + " \(DeltaSchema.typeName(change.types[column.name] ?? column.type))"
    }
    return "\(name.displayName): columns were changed: \(columns.sorted().joined(separator: ", "));"
      + " \(removed.count) parts of \(removed.reduce(0) { $0 + $1.byteCount }) bytes became"
      + " \(added.reduce(0) { $0 + $1.byteCount }) bytes"
  }
}
