import Parquet

/// Makes rollup parts of parts that are there already.
struct RollupRebuild {
  let tables: StoredTables
  let rollups: RollupTables
  let settings: CompactionSettings

  /// Sums up the readings of every part anew and puts what came of it in the place of its rollup parts. Rollups whose
  /// readings have expired stay. `say` gets a line for each table.
  func run(say: (String) -> Void) throws(LagoonError) {
    var firstError: LagoonError?
    for table in tables.book.tables.sorted(by: { $0.folder < $1.folder }) {
      guard case .readings(let measurement) = table.name else { continue }
      var made = 0
      for part in table.parts {
        // A part that cannot be read keeps its own buckets from being made anew, and nobody else's.
        do throws(LagoonError) {
          let found = try sumUp(part, table.name, times: .min..<Int64.max)
          try rollups.remove(of: [part], table: table.name)
          for (step, rollup) in found { try rollups.commit([rollup], step) }
          made += found.count
        } catch {
          firstError = firstError ?? error
        }
      }
      say("\(measurement): \(table.parts.count) parts summed up in \(made) rollup parts")
    }
    if let firstError { throw firstError }
  }

  /// Makes the rollup parts of a part's rows of some time, of which nothing is committed.
  func sumUp(
    _ part: Part, _ name: TableName, times: Range<Int64>
  ) throws(LagoonError) -> [(step: StoredStep, part: Part)] {
    guard let table = tables.table(name) else { return [] }
    do {
      let merge = try PartMerge(
        tables.files, table: table, parts: [part], level: settings.level,
        profile: tables.profile(of: name, .thorough), times: times, rollupsOf: part)
      return try merge.run { false }?.rollups ?? []
    } catch let error as LagoonError {
      throw LagoonError("cannot sum up part \(part.path): \(error)", isOutOfSpace: error.isOutOfSpace)
    } catch {
      throw LagoonError("cannot sum up part \(part.path): \(error)")
    }
  }
}
