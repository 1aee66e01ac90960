import Primitives
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
    let removed = table.parts.filter { $0.newestTime < limit }
    if !removed.isEmpty {
      try commit(name, added: [], removed: removed, dataChange: true)
      for part in removed { cache.forget(directory(of: name) + "/" + part.path) }
      try outlive(removed, table: name)
    }
    // Rollups are kept as they are until all of their part is over.
    if case .rollups = name { return }
    for part in table.parts where part.oldestTime < limit && part.newestTime >= limit {
      _ = try merge([part], of: name, settings, oldestTime: limit)
    }
  }

  /// Rollups are kept for longer than what they sum up: from now on they stand for themselves.
  private func outlive(_ parts: [Part], table name: TableName) throws(LagoonError) {
    let sources = Set(parts.map { name.directoryName + "/" + $0.path })
    for step in StoredStep.allCases {
      let orphans = table(.rollups(step))?.parts.filter { $0.source.map(sources.contains) ?? false } ?? []
      if orphans.isEmpty { continue }
      let freed = orphans.map { part in
        var part = part
        part.source = nil
        return part
      }
      try commitRollups(freed, removed: [], step)
    }
  }
}
