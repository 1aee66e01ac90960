import Parquet
import Primitives

/// Makes one part of several of a table.
struct Compaction {
  let tables: StoredTables
  let rollups: RollupTables
  let settings: CompactionSettings

  /// How often parts are chosen anew because another program took some of them away meanwhile.
  private static let attempts = 3

  /// Compacts what is due in a table, asking `shouldStop` between groups and inside.
  func run(_ name: TableName, _ plan: CompactionPlan, shouldStop: () -> Bool) throws(LagoonError) -> CompactionReport {
    var report = CompactionReport()
    // Rollup parts are made anew with the parts that they sum up.
    if case .rollups = name { return report }
    var firstError: LagoonError?
    for _ in 0..<Self.attempts {
      var isOvertaken = false
      for group in tables.table(name).map(plan.groups) ?? [] {
        if shouldStop() { return report }
        let made: PartMerge.Result
        do throws(LagoonError) {
          guard let result = try merge(group, of: name, shouldStop: shouldStop) else { return report }
          made = result
        } catch {
          isOvertaken = error.isOvertaken
          if isOvertaken { break }
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
      if !isOvertaken { break }
    }
    if let firstError { throw firstError }
    return report
  }

  /// Replaces parts by one with the same rows. A crash before the commit leaves the old ones live, one after it the new
  /// one. nil if it was told to stop.
  func merge(
    _ parts: [Part], of name: TableName, oldestTime: Int64 = .min, shouldStop: () -> Bool = { false }
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
