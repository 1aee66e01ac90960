import Primitives

/// Takes rollup parts whose source is gone out of their tables: a crash came between two commits.
struct StaleRollups {
  let tables: StoredTables
  let rollups: RollupTables

  /// - Parameter graceNanos: younger ones stay: a seal commits its rollups first, and may be about to commit their
  ///   source.
  func run(nowNanos: UnixNanos, graceNanos: Int64) {
    let youngest = (nowNanos - graceNanos) / Nanos.perMillisecond
    let all = tables.book.tables
    let live = Set(all.flatMap { table in table.parts.map { table.name.directoryName + "/" + $0.path } })
    // Of a table that could not be read nobody knows what is live.
    let unknown = Set(tables.book.failures.keys.map(\.directoryName))
    for step in StoredStep.allCases {
      guard let table = all.first(where: { $0.name == .rollups(step) }) else { continue }
      let stale = table.parts.filter { part in
        !part.outlivesSource && part.modifiedMillis <= youngest
          && part.source.map { source in
            !live.contains(source) && !unknown.contains(String(source.prefix { $0 != "/" }))
          } ?? false
      }
      if stale.isEmpty { continue }
      // Stale parts are not read by us; if this commit fails, the next one takes them out.
      try? rollups.commit([], removed: stale, step)
    }
  }
}
