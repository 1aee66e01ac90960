import Parquet
import Primitives
import Sys

/// Makes one part of several of a table.
struct Compaction {
  let tables: StoredTables
  let rollups: RollupTables
  let settings: CompactionSettings

  /// How often parts are chosen anew because another program took some of them away meanwhile.
  private static let attempts = 3

  /// Compacts what is due in a table, several groups at a time, asking `shouldStop` between groups and inside.
  func run(
    _ name: TableName, _ plan: CompactionPlan, shouldStop: @Sendable () -> Bool
  ) throws(LagoonError) -> CompactionReport {
    var report = CompactionReport()
    // Rollup parts are made anew with the parts that they sum up.
    if case .rollups = name { return report }
    var firstError: LagoonError?
    for _ in 0..<Self.attempts {
      let groups = tables.table(name).map(plan.groups) ?? []
      let results = SideBySide.map(groups.count, threads: settings.threads, name: "compact") { number in
        Result { () throws(LagoonError) in
          shouldStop() ? nil : try merge(groups[number], of: name, shouldStop: shouldStop)
        }
      }
      var (isOvertaken, isStopped) = (false, false)
      for (group, result) in zip(groups, results) {
        do throws(LagoonError) {
          if let made = try result.get() { report.add(made, of: group) } else { isStopped = true }
        } catch {
          // A part that cannot be read keeps its own group from being merged, and no other one.
          if error.isOvertaken { isOvertaken = true } else { firstError = firstError ?? error }
        }
      }
      if isStopped || !isOvertaken { break }
    }
    if let firstError { throw firstError }
    return report
  }

  /// Replaces parts by one with the same rows. A crash before the commit leaves the old ones live, one after it the new
  /// one. nil if it was told to stop.
  func merge(
    _ parts: [Part], of name: TableName, oldestTime: Int64 = .min, shouldStop: @Sendable () -> Bool = { false }
  ) throws(LagoonError) -> PartMerge.Result? {
    guard let table = tables.table(name) else { return nil }
    let made: PartMerge.Result
    do {
      let merge = try PartMerge(
        tables.files, table: table, parts: parts, level: settings.level, profile: tables.profile(of: name, .thorough),
        times: oldestTime..<Int64.max)
      guard let result = try merge.run(shouldStop: shouldStop) else { return nil }
      made = result
    } catch let error as LagoonError {
      throw LagoonError("cannot compact table \(name.displayName): \(error)", isOutOfSpace: error.isOutOfSpace)
    } catch {
      throw LagoonError("cannot compact table \(name.displayName): \(error)")
    }
    // Rollups first, as with a seal: those whose part is not live are not read.
    for (step, rollup) in made.rollups { try? rollups.commit([rollup], step) }
    let dropsRows = oldestTime > .min
    let change = TableChange(added: made.part.map { [$0] } ?? [], removed: parts, dataChange: dropsRows)
    try tables.commit(change, to: name)
    try rollups.remove(of: parts, table: name)
    return made
  }
}
