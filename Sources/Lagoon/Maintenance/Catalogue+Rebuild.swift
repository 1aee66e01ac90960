import Parquet

extension Catalogue {
  /// Sums up the readings of every part anew and puts what came of it in the place of its rollup parts. Rollups whose
  /// readings have expired stay. `say` gets a line for each table.
  public func rebuildRollups(_ settings: CompactionSettings, say: (String) -> Void) throws(LagoonError) {
    var firstError: LagoonError?
    for table in tables.sorted(by: { $0.name.directoryName < $1.name.directoryName }) {
      guard case .readings(let measurement) = table.name else { continue }
      var made = 0
      for part in table.parts {
        // A part that cannot be read keeps its own buckets from being made anew, and nobody else's.
        do throws(LagoonError) {
          let rollups = try rollups(of: part, table.name, times: .min..<Int64.max, settings)
          try removeRollups(of: [part], table: table.name)
          for (step, rollup) in rollups { try addRollups([rollup], step) }
          made += rollups.count
        } catch {
          firstError = firstError ?? error
        }
      }
      say("\(measurement): \(table.parts.count) parts summed up in \(made) rollup parts")
    }
    vacuum(graceNanos: 0)
    if let firstError { throw firstError }
  }

  /// Makes the rollup parts of a part's rows of some time, of which nothing is committed.
  func rollups(
    of part: Part, _ name: TableName, times: Range<Int64>, _ settings: CompactionSettings
  ) throws(LagoonError) -> [(step: StoredStep, part: Part)] {
    guard let table = table(name) else { return [] }
    do {
      let merge = try PartMerge(
        self, table: table, parts: [part], level: settings.level, profile: profile(of: name, .thorough), times: times,
        rollupsOf: part)
      return try merge.run { false }?.rollups ?? []
    } catch let error as LagoonError {
      throw LagoonError("cannot sum up part \(part.path): \(error)", isOutOfSpace: error.isOutOfSpace)
    } catch {
      throw LagoonError("cannot sum up part \(part.path): \(error)")
    }
  }
}
