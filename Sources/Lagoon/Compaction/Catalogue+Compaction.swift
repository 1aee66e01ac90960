public import Primitives
import Sys
import Telemetry

extension Catalogue {
  /// How long a part that is no longer live stays for those who read it still.
  static let graceNanos = 10 * Nanos.perMinute
  /// Parts of a day above which they are merged though their hours differ: late rows, mostly.
  static let partsOfDay = 48

  /// Compacts hours that are over, lets go of days beyond their retention, and removes files that nobody needs.
  ///
  /// Goes from table to table and from group to group, asking `shouldStop` in between; what is done stays done.
  public func maintain(
    nowNanos: UnixNanos, level: Int32, retention: RetentionPolicy?, graceNanos: Int64? = nil,
    shouldStop: () -> Bool = { false }
  ) throws(LagoonError) {
    removeStaleRollups()
    for table in tables {
      if shouldStop() { return }
      if let retention { try retain(table.name, policy: retention, nowNanos: nowNanos) }
      if case .rollups = table.name { continue }
      try compact(table.name, nowNanos: nowNanos, level: level, shouldStop: shouldStop)
    }
    vacuum(graceNanos: graceNanos ?? Self.graceNanos)
  }

  /// Takes days that are older than their retention out of the log; their files go after the grace time.
  private func retain(_ name: TableName, policy: RetentionPolicy, nowNanos: UnixNanos) throws(LagoonError) {
    guard let table = table(name), let days = policy.days(of: name) else { return }
    let today = flooredDivision(nowNanos, by: Nanos.perDay)
    let oldest = CalendarDate(daysSinceEpoch: Int(today) - days).description
    let removed = table.parts.filter { $0.date < oldest }
    if removed.isEmpty { return }
    try commit(table, next: table, added: [], removed: removed, dataChange: true, transactions: [])
    try removeRollups(of: removed, table: name)
  }

  /// Merges the parts of each hour that is over into one, and the parts of a day that has too many.
  private func compact(
    _ name: TableName, nowNanos: UnixNanos, level: Int32, shouldStop: () -> Bool
  ) throws(LagoonError) {
    guard let table = table(name) else { return }
    let perHour = Nanos.perHour / table.precision.unitNanos
    let thisHour = flooredDivision(nowNanos / table.precision.unitNanos, by: perHour)
    for (_, parts) in Dictionary(grouping: table.parts, by: \.date).sorted(by: { $0.key < $1.key }) {
      let closed = parts.filter { flooredDivision($0.newestTime, by: perHour) < thisHour }
      let groups: [[Part]] =
        closed.count > Self.partsOfDay
        ? [closed]
        : Array(Dictionary(grouping: closed) { flooredDivision($0.oldestTime, by: perHour) }.values)
      for group in groups where group.count > 1 {
        if shouldStop() { return }
        try merge(group, of: name, level: level)
      }
    }
  }

  /// Replaces parts of one day by one with the same rows. A crash before the commit leaves the old ones live, one
  /// after it the new one.
  func merge(_ parts: [Part], of name: TableName, level: Int32) throws(LagoonError) {
    guard let table = table(name) else { return }
    var sources: [RowSource] = []
    do {
      for part in parts { sources.append(try scan(part, of: table)) }
    } catch {
      throw LagoonError("cannot compact table \(name.displayName): \(error)")
    }
    var columns = PartColumns(sources, schema: table.schema)
    let written = try write(&columns, table: table, level: level, steps: StoredStep.allCases)
    let made = written.map(\.part)
    var next = table
    next.schema = columns.schema
    rollUp(written, of: name, steps: StoredStep.allCases, level: level)
    do throws(LagoonError) {
      try commit(table, next: next, added: made, removed: parts, dataChange: false, transactions: [])
    } catch {
      discard(made, of: name)
      throw error
    }
    for part in parts { cache.forget(directory(of: name) + "/" + part.path) }
    try removeRollups(of: parts, table: name)
  }

  /// Takes rollup parts whose source is gone out of their tables: a crash came between two commits.
  private func removeStaleRollups() {
    let live = Set(tables.flatMap { table in table.parts.map { table.name.directoryName + "/" + $0.path } })
    for step in StoredStep.allCases {
      guard let table = table(.rollups(step)) else { continue }
      let stale = table.parts.filter { part in part.source.map { !live.contains($0) } ?? true }
      if stale.isEmpty { continue }
      // Stale parts are not read by us; if this commit fails, the next one takes them out.
      try? commit(table, next: table, added: [], removed: stale, dataChange: true, transactions: [])
    }
  }
}
