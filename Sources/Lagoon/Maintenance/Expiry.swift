import Primitives
import Synchronization

/// Lets go of rows that are older than their table's retention.
final class Expiry: Sendable {
  /// How often it is looked again what is over because another program took parts away meanwhile.
  private static let attempts = 3

  private let tables: StoredTables
  private let rollups: RollupTables
  private let state = Mutex(ExpiryFacts())

  init(_ tables: StoredTables, _ rollups: RollupTables) {
    self.tables = tables
    self.rollups = rollups
  }

  /// What has gone since the start.
  var facts: ExpiryFacts { state.withLock { $0 } }

  /// Lets go of what is over in a table, in whole UTC days: parts of older rows alone leave the log, a part that reaches
  /// over the limit is written anew without them. Files go after the grace time.
  func run(
    _ name: TableName, policy: RetentionPolicy, nowNanos: UnixNanos, _ settings: CompactionSettings
  ) throws(LagoonError) {
    guard let days = policy.days(of: name) else { return }
    try run(name, limitDay: Self.limitDay(days: days, nowNanos: nowNanos), settings)
  }

  /// The first UTC day whose rows stay.
  static func limitDay(days: Int, nowNanos: UnixNanos) -> Int64 {
    flooredDivision(nowNanos, by: Nanos.perDay) - Int64(days)
  }

  /// As above, for who counts the days by itself.
  func run(_ name: TableName, limitDay: Int64, _ settings: CompactionSettings) throws(LagoonError) {
    for attempt in 1...Self.attempts {
      guard let table = tables.table(name) else { return }
      do throws(LagoonError) {
        return try run(table, limitDay: limitDay, settings)
      } catch {
        if !error.isOvertaken || attempt == Self.attempts { throw error }
      }
    }
  }

  private func run(_ table: TableState, limitDay: Int64, _ settings: CompactionSettings) throws(LagoonError) {
    let name = table.name
    let limit = limitDay * (Nanos.perDay / table.precision.unitNanos)
    var firstError: LagoonError?
    var removed: [Part] = []
    for part in table.parts where part.newestTime < limit {
      // A part that cannot be read keeps its own rows from expiring, and nobody else's.
      do throws(LagoonError) {
        try outlive(part, of: name, before: limit, settings)
        removed.append(part)
      } catch {
        firstError = firstError ?? error
      }
    }
    if !removed.isEmpty {
      try tables.commit(TableChange(removed: removed, dataChange: true), to: name)
      note(parts: removed.count, rows: removed.reduce(0) { $0 + $1.rowCount }, of: name, limitDay)
    }
    // Rollups are kept as they are until all of their part is over.
    if case .rollups = name {
    } else {
      let compaction = Compaction(tables: tables, rollups: rollups, settings: settings)
      for part in table.parts where part.oldestTime < limit && part.newestTime >= limit {
        do throws(LagoonError) {
          try outlive(part, of: name, before: limit, settings)
          let made = try compaction.merge([part], of: name, oldestTime: limit)
          note(parts: 0, rows: part.rowCount - (made?.part?.rowCount ?? 0), of: name, limitDay)
        } catch {
          firstError = firstError ?? error
        }
      }
    }
    if let firstError { throw firstError }
  }

  private func note(parts: Int, rows: Int, of name: TableName, _ limitDay: Int64) {
    if parts == 0 && rows <= 0 { return }
    state.withLock { facts in
      facts.parts += UInt64(parts)
      facts.rows += UInt64(max(0, rows))
      facts.last =
        "\(rows) rows of table \(name.displayName) from before \(CalendarDate(daysSinceEpoch: Int(limitDay)))"
        + " have expired"
    }
  }

  /// Makes rollup parts of the rows of a part that are about to go: rollups are kept for longer than what they sum up.
  /// They are not read as long as the part is there, so a crash in between does no harm.
  private func outlive(
    _ part: Part, of name: TableName, before limit: Int64, _ settings: CompactionSettings
  ) throws(LagoonError) {
    guard case .readings = name else { return }
    let source = name.directoryName + "/" + part.path
    let rebuild = RollupRebuild(tables: tables, rollups: rollups, settings: settings)
    for (step, rollup) in try rebuild.sumUp(part, name, times: .min..<limit) {
      // In the place of what an earlier run made, if it did not get further.
      let made = tables.table(.rollups(step))?.parts.filter { $0.outlivesSource && $0.source == source } ?? []
      var rollup = rollup
      rollup.outlivesSource = true
      try rollups.commit([rollup], removed: made, step)
    }
  }
}
