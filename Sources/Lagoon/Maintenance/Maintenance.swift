import Parquet
import Primitives

/// What is done to tables beside sealing, in its order. Two threads may do it at once: of two who change the same parts
/// one is first, and the other one makes its change anew.
final class Maintenance: Sendable {
  /// How long a part that is no longer live stays for those who read it still.
  static let graceNanos = 10 * Nanos.perMinute
  /// How often it is recorded that the clock was believed.
  private static let trustMillis: Int64 = 600_000

  private let tables: StoredTables
  private let rollups: RollupTables
  let evolution: TypeEvolution
  let expiry: Expiry

  init(_ tables: StoredTables, _ rollups: RollupTables) {
    self.tables = tables
    self.rollups = rollups
    evolution = TypeEvolution(tables, rollups)
    expiry = Expiry(tables, rollups)
  }

  func compaction(_ settings: CompactionSettings) -> Compaction {
    Compaction(tables: tables, rollups: rollups, settings: settings)
  }

  var vacuum: Vacuum { Vacuum(tables: tables) }

  /// One turn beside a running server. See `Catalogue.maintain`.
  func turn(
    nowNanos: UnixNanos, monotonicNanos: Int64, _ settings: CompactionSettings, retention: RetentionPolicy?,
    graceNanos: Int64, shouldStop: @Sendable () -> Bool
  ) throws(LagoonError) {
    let (nowNanos, isPaused) = tables.time.look(nowNanos: nowNanos, monotonicNanos: monotonicNanos)
    if !isPaused { trust(nowNanos) }
    StaleRollups(tables: tables, rollups: rollups).run(nowNanos: nowNanos, graceNanos: Self.graceNanos)
    var firstError: LagoonError?
    // In an order of their own: what is made is numbered in it.
    for table in tables.book.tables.sorted(by: { $0.folder < $1.folder }) {
      if shouldStop() { return }
      let name = table.name
      // One table that cannot be read must not keep the others from their due.
      do throws(LagoonError) {
        try tables.refresh(name)
        if let retention, !isPaused { try expiry.run(name, policy: retention, nowNanos: nowNanos, settings) }
      } catch {
        firstError = firstError ?? error
        if tables.book.commitFault(of: name) != nil { continue }
      }
      do throws(LagoonError) {
        try mend(name)
        _ = try compaction(settings).run(name, plan(name, nowNanos, settings), shouldStop: shouldStop)
        try evolution.run(name, shouldStop: shouldStop)
        if !isPaused { tables.log(name).cleanUp(nowNanos: nowNanos) }
      } catch {
        firstError = firstError ?? error
      }
    }
    if !isPaused { vacuum.run(graceNanos: graceNanos) }
    if let firstError { throw firstError }
  }

  /// Lets go of what is older than so many days in one table, unless the clock cannot be believed.
  ///
  /// - Parameter noting: told first, where anything goes, of the time before which it does. What it throws keeps all.
  func expire(
    _ name: TableName, days: Int, nowNanos: UnixNanos, monotonicNanos: Int64, _ settings: CompactionSettings,
    noting: (UnixNanos) throws -> Void
  ) throws {
    let (nowNanos, isPaused) = tables.time.look(nowNanos: nowNanos, monotonicNanos: monotonicNanos)
    if isPaused { return }
    try tables.refresh(name)
    let day = Expiry.limitDay(days: days, nowNanos: nowNanos)
    let (limit, overflow) = day.multipliedReportingOverflow(by: Nanos.perDay)
    guard !overflow, let table = tables.table(name),
      table.parts.contains(where: { $0.oldestTime < limit / table.precision.unitNanos })
    else { return }
    try noting(limit)
    try expiry.run(name, limitDay: day, settings)
  }

  /// All that is due, at once. See `Catalogue.compactAll`.
  func all(nowNanos: UnixNanos, _ settings: CompactionSettings, say: (String) -> Void) throws(LagoonError) {
    StaleRollups(tables: tables, rollups: rollups).run(nowNanos: nowNanos, graceNanos: 0)
    var firstError: LagoonError?
    for name in tables.book.tables.map(\.name).sorted(by: { $0.directoryName < $1.directoryName }) {
      let report: CompactionReport
      do throws(LagoonError) {
        report = try compaction(settings).run(name, plan(name, nowNanos, settings, isAtOnce: true)) { false }
        try evolution.run(name, say: say) { false }
        try mend(name)
      } catch {
        firstError = firstError ?? error
        continue
      }
      tables.log(name).cleanUp(nowNanos: nowNanos)
      if report.mergedParts == 0 { continue }
      say(
        "\(name.displayName): \(report.mergedParts) parts of \(report.bytesBefore) bytes became"
          + " \(report.madeParts) of \(report.bytesAfter), \(report.joinedRows) duplicate rows")
    }
    vacuum.run(graceNanos: 0)
    if let firstError { throw firstError }
  }

  func rebuildRollups(_ settings: CompactionSettings, say: (String) -> Void) throws(LagoonError) {
    defer { vacuum.run(graceNanos: 0) }
    try RollupRebuild(tables: tables, rollups: rollups, settings: settings).run(say: say)
  }

  private func plan(
    _ name: TableName, _ nowNanos: UnixNanos, _ settings: CompactionSettings, isAtOnce: Bool = false
  ) -> CompactionPlan {
    CompactionPlan(
      nowNanos: nowNanos, level: settings.level, profile: tables.profile(of: name, .thorough), isAtOnce: isAtOnce)
  }

  /// Says anew what older versions said of a table's parts and readers misunderstand: any commit does.
  private func mend(_ name: TableName) throws(LagoonError) {
    guard let table = tables.table(name), table.parts.contains(where: \.hasBounds) else { return }
    try tables.commit(TableChange(dataChange: false), to: name)
  }

  /// Records now and then that the clock was believed.
  private func trust(_ nowNanos: UnixNanos) {
    let millis = nowNanos / Nanos.perMillisecond
    if let known = tables.records.content.trustedMillis, abs(millis - known) < Self.trustMillis { return }
    tables.records.trust(millis)
  }
}
