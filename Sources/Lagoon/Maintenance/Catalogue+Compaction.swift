public import Primitives
import Parquet
import Synchronization
import Sys
import Telemetry

/// How parts are written anew.
public struct CompactionSettings: Sendable {
  /// zstd's: 1 (fast) to 22 (small).
  public var level: Int32

  public init(level: Int32) {
    self.level = level
  }
}

/// What a compaction did, for who asked for it.
public struct CompactionReport: Sendable, Equatable {
  public var mergedParts = 0
  public var madeParts = 0
  public var bytesBefore = 0
  public var bytesAfter = 0
  /// Rows that said what another one did, or were joined with it.
  public var joinedRows = 0

  public init() {}
}

extension Catalogue {
  /// How long a part that is no longer live stays for those who read it still.
  static let graceNanos = 10 * Nanos.perMinute

  /// The time from which the age of rows is counted: what the clock says, or less where it cannot be believed.
  public func believed(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    clock.withLock { $0.believed(nowNanos: nowNanos, monotonicNanos: monotonicNanos) }
  }

  /// Compacts what is over, lets go of rows beyond their retention, and removes files that nobody needs. Where the clock
  /// cannot be believed nothing expires and no file goes.
  ///
  /// Goes from table to table and from group to group, asking `shouldStop` in between and inside; what is done stays
  /// done. Never in the way of a seal.
  public func maintain(
    nowNanos: UnixNanos, monotonicNanos: Int64, _ settings: CompactionSettings, retention: RetentionPolicy?,
    graceNanos: Int64? = nil, shouldStop: () -> Bool = { false }
  ) throws(LagoonError) {
    let (nowNanos, isPaused) = clock.withLock { clock in
      (clock.look(nowNanos: nowNanos, monotonicNanos: monotonicNanos), clock.pause != nil)
    }
    if !isPaused { trust(nowNanos) }
    removeStaleRollups(nowNanos: nowNanos, graceNanos: Self.graceNanos)
    var firstError: LagoonError?
    for table in tables {
      if shouldStop() { return }
      // One table that cannot be read must not keep the others from their due.
      do throws(LagoonError) {
        try refresh(table.name)
        if let retention, !isPaused { try retain(table.name, policy: retention, nowNanos: nowNanos, settings) }
      } catch {
        firstError = firstError ?? error
        if state.withLock({ $0.commitFaults[table.name] }) != nil { continue }
      }
      do throws(LagoonError) {
        try mend(table.name)
        let plan = CompactionPlan(
          nowNanos: nowNanos, level: settings.level, profile: profile(of: table.name, .thorough))
        _ = try compact(table.name, plan, settings, shouldStop: shouldStop)
        try evolve(table.name, settings, shouldStop: shouldStop)
        if !isPaused { DeltaLog(tableDirectory: directory(of: table.name)).cleanUp(nowNanos: nowNanos) }
      } catch {
        firstError = firstError ?? error
      }
    }
    if !isPaused { vacuum(graceNanos: graceNanos ?? Self.graceNanos) }
    if let firstError { throw firstError }
  }

  /// Records now and then that the clock was believed.
  private func trust(_ nowNanos: UnixNanos) {
    let millis = nowNanos / Nanos.perMillisecond
    let known = records.content.trustedMillis
    if let known, abs(millis - known) < 600_000 { return }
    records.trust(millis)
  }

  /// Compacts all that is over, at once, and removes the parts that were replaced: for a data directory that nobody
  /// serves. `say` gets a line for each table.
  public func compactAll(
    nowNanos: UnixNanos, _ settings: CompactionSettings, say: (String) -> Void
  ) throws(LagoonError) {
    removeStaleRollups(nowNanos: nowNanos, graceNanos: 0)
    var firstError: LagoonError?
    for table in tables.sorted(by: { $0.name.directoryName < $1.name.directoryName }) {
      let plan = CompactionPlan(
        nowNanos: nowNanos, level: settings.level, profile: profile(of: table.name, .thorough), isAtOnce: true)
      let report: CompactionReport
      do throws(LagoonError) {
        report = try compact(table.name, plan, settings, shouldStop: { false })
        try evolve(table.name, settings, say: say) { false }
        try mend(table.name)
      } catch {
        firstError = firstError ?? error
        continue
      }
      DeltaLog(tableDirectory: directory(of: table.name)).cleanUp(nowNanos: nowNanos)
      if report.mergedParts == 0 { continue }
      say(
        "\(table.name.displayName): \(report.mergedParts) parts of \(report.bytesBefore) bytes became"
          + " \(report.madeParts) of \(report.bytesAfter), \(report.joinedRows) rows were doubled")
    }
    vacuum(graceNanos: 0)
    if let firstError { throw firstError }
  }

  /// Says anew what older versions said of a table's parts and readers misunderstand: any commit does.
  private func mend(_ name: TableName) throws(LagoonError) {
    guard let table = table(name), table.parts.contains(where: \.hasBounds) else { return }
    try commit(name, added: [], removed: [], dataChange: false)
  }

  private func compact(
    _ name: TableName, _ plan: CompactionPlan, _ settings: CompactionSettings, shouldStop: () -> Bool
  ) throws(LagoonError) -> CompactionReport {
    var report = CompactionReport()
    // Rollup parts are made anew with the parts that they sum up.
    if case .rollups = name { return report }
    guard let table = table(name) else { return report }
    var firstError: LagoonError?
    for group in plan.groups(of: table) {
      if shouldStop() { return report }
      let made: PartMerge.Result
      do throws(LagoonError) {
        guard let result = try merge(group, of: name, settings, shouldStop: shouldStop) else { return report }
        made = result
      } catch {
        // A part that cannot be read keeps its own group from being merged, and no other one.
        firstError = firstError ?? error
        continue
      }
      report.mergedParts += group.count
      report.madeParts += made.part == nil ? 0 : 1
      report.bytesBefore += group.reduce(0) { $0 + $1.byteCount }
      report.bytesAfter += made.part?.byteCount ?? 0
      report.joinedRows += made.joinedRows
    }
    if let firstError { throw firstError }
    return report
  }

  /// Replaces parts by one with the same rows. A crash before the commit leaves the old ones live, one after it the new
  /// one. nil if it was told to stop.
  func merge(
    _ parts: [Part], of name: TableName, _ settings: CompactionSettings, oldestTime: Int64 = .min,
    shouldStop: () -> Bool = { false }
  ) throws(LagoonError) -> PartMerge.Result? {
    guard let table = table(name) else { return nil }
    let made: PartMerge.Result
    do {
      let merge = try PartMerge(
        self, table: table, parts: parts, level: settings.level, profile: profile(of: name, .thorough),
        times: oldestTime..<Int64.max)
      guard let result = try merge.run(shouldStop: shouldStop) else { return nil }
      made = result
    } catch let error as LagoonError {
      throw LagoonError("cannot compact table \(name.displayName): \(error)", isOutOfSpace: error.isOutOfSpace)
    } catch {
      throw LagoonError("cannot compact table \(name.displayName): \(error)")
    }
    // Rollups first, as with a seal: those whose part is not live are not read.
    for (step, rollup) in made.rollups { try? addRollups([rollup], step) }
    let added = made.part.map { [$0] } ?? []
    do throws(LagoonError) {
      try synchronizeFolders(of: added, table: name)
      let dropsRows = oldestTime > .min
      try commit(name, added: added, removed: parts, dataChange: dropsRows)
    } catch {
      if !error.mayBeCommitted { discard(added, of: name) }
      throw error
    }
    for part in parts { forget(part, of: name) }
    try removeRollups(of: parts, table: name)
    return made
  }

  /// Takes rollup parts whose source is gone out of their tables: a crash came between two commits. Young ones stay: a
  /// seal commits its rollups first, and may be about to commit their source.
  private func removeStaleRollups(nowNanos: UnixNanos, graceNanos: Int64) {
    let youngest = (nowNanos - graceNanos) / Nanos.perMillisecond
    let live = Set(tables.flatMap { table in table.parts.map { table.name.directoryName + "/" + $0.path } })
    // Of a table that could not be read nobody knows what is live.
    let unknown = Set(failures.keys.map(\.directoryName))
    for step in StoredStep.allCases {
      guard let table = table(.rollups(step)) else { continue }
      let stale = table.parts.filter { part in
        !part.outlivesSource && part.modifiedMillis <= youngest
          && part.source.map { source in
            !live.contains(source) && !unknown.contains(String(source.prefix { $0 != "/" }))
          } ?? false
      }
      if stale.isEmpty { continue }
      // Stale parts are not read by us; if this commit fails, the next one takes them out.
      try? commitRollups([], removed: stale, step)
    }
  }
}
