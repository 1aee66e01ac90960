import Primitives
import Synchronization
import Telemetry

extension Catalogue {
  /// Lets go of rows that are older than their table's retention, in whole UTC days: parts of older rows alone leave the
  /// log, a part that reaches over the limit is written anew without them. Files go after the grace time.
  func retain(
    _ name: TableName, policy: RetentionPolicy, nowNanos: UnixNanos, _ settings: CompactionSettings
  ) throws(LagoonError) {
    guard let table = table(name), let days = policy.days(of: name) else { return }
    let perDay = Nanos.perDay / table.precision.unitNanos
    let limit = (flooredDivision(nowNanos, by: Nanos.perDay) - Int64(days)) * perDay
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
      try commit(name, added: [], removed: removed, dataChange: true)
      for part in removed { forget(part, of: name) }
      noteExpired(parts: removed.count, rows: removed.reduce(0) { $0 + $1.rowCount }, of: name, limit / perDay)
    }
    // Rollups are kept as they are until all of their part is over.
    if case .rollups = name {
    } else {
      for part in table.parts where part.oldestTime < limit && part.newestTime >= limit {
        do throws(LagoonError) {
          try outlive(part, of: name, before: limit, settings)
          let made = try merge([part], of: name, settings, oldestTime: limit)
          noteExpired(parts: 0, rows: part.rowCount - (made?.part?.rowCount ?? 0), of: name, limit / perDay)
        } catch {
          firstError = firstError ?? error
        }
      }
    }
    if let firstError { throw firstError }
  }

  /// What retention has let go of since the start.
  public var expiry: ExpiryFacts { state.withLock { $0.expiry } }

  private func noteExpired(parts: Int, rows: Int, of name: TableName, _ limitDay: Int64) {
    if parts == 0 && rows <= 0 { return }
    state.withLock { state in
      state.expiry.parts += UInt64(parts)
      state.expiry.rows += UInt64(max(0, rows))
      state.expiry.last =
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
    for (step, rollup) in try rollups(of: part, name, times: .min..<limit, settings) {
      // In the place of what an earlier run made, if it did not get further.
      let made = table(.rollups(step))?.parts.filter { $0.outlivesSource && $0.source == source } ?? []
      var rollup = rollup
      rollup.outlivesSource = true
      try addRollups([rollup], removed: made, step)
    }
  }
}
