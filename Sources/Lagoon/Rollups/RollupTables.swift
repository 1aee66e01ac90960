import Parquet
import Primitives
import Rollups
import Sys
import Telemetry

/// Parts of the tables `rollups_5m` and `rollups_1h`: one for each part of readings that it sums up.
///
/// A rollup part names its source in its tags and is committed before it. If the source is not live it is not read, so a
/// crash between the two commits does no harm: the next maintenance takes it out.
struct RollupTables: Sendable {
  let tables: StoredTables

  /// Buckets that sum up fewer readings than this on the average are not kept: they would weigh more than what they
  /// sum up.
  static let readingsPerBucket = 30

  /// Buckets to be filled while a part of that table is written, one for each step.
  static func empty(of name: TableName, steps: [StoredStep], precision: TimePrecision) -> [RollupRows] {
    guard case .readings(let measurement) = name else { return [] }
    return steps.map {
      RollupRows(measurement: measurement, step: $0, precision: precision, leastReadings: readingsPerBucket)
    }
  }

  /// Makes and commits the rollup parts of new parts of readings. What fails is left out: it is computed instead.
  func rollUp(_ parts: [WrittenPart], of name: TableName, steps: [StoredStep], level: Int32) {
    for (index, step) in steps.enumerated() {
      var added: [Part] = []
      let target = tables.table(.rollups(step)) ?? TableState(name: .rollups(step), precision: .microseconds)
      for written in parts where index < written.rollups.count {
        var rows = written.rollups[index]
        if rows.isTooSparse { continue }
        do throws(LagoonError) {
          let source = name.directoryName + "/" + written.part.path
          var made = try write(&rows, table: target, date: written.part.date, source: source, level: level)
          made.source = source
          added.append(made)
        } catch {
          continue
        }
      }
      if added.isEmpty { continue }
      try? commit(added, step)
    }
  }

  /// Makes rollup parts live instead of others; if that fails nothing is left of them.
  func commit(_ added: [Part], removed: [Part] = [], _ step: StoredStep) throws(LagoonError) {
    var removed = removed
    // A table of an older form: its parts can be made again, and no reader could read both.
    // Columns that another program added make it none.
    if let table = tables.table(.rollups(step)),
      !RollupColumns.required.allSatisfy({ table.schema.columns.contains($0) })
    {
      removed = table.parts
    }
    let change = TableChange(
      schema: RollupColumns.schema, precision: .microseconds, added: added, removed: removed, dataChange: true)
    try tables.commit(change, to: .rollups(step))
  }

  private func write(
    _ rows: inout RollupRows, table: TableState, date: String, source: String, level: Int32
  ) throws(LagoonError) -> Part {
    var state = table
    state.schema = RollupColumns.schema
    let profile = tables.profile(of: table.name, .quick)
    var writer = ParquetWriter(
      schema: PartSchema.parquet(
        RollupColumns.schema, used: Array(RollupColumns.schema.columns.indices), precision: .microseconds),
      zstdLevel: level, profile: profile,
      metadata: PartSchema.metadata(state, RollupColumns.schema) + PartSchema.source(source, outlives: false)
        + PartSchema.profile(profile))
    writer.append(rows.columns(), rowCount: rows.count, sortedBy: [])
    let bytes = writer.finish()
    let path = tables.files.newPath(date: date, oldestTime: rows.oldest, precision: .microseconds)
    try tables.files.store(bytes, at: path, of: table.name)
    return Part(
      path: path, date: date, rowCount: rows.count, byteCount: bytes.count, oldestTime: rows.oldest,
      newestTime: rows.newest, firstDevice: rows.firstDevice, lastDevice: rows.lastDevice, source: nil)
  }

  /// Takes the rollup parts of sources that are no longer live out of their tables.
  func remove(of parts: [Part], table name: TableName) throws(LagoonError) {
    let sources = Set(parts.map { name.directoryName + "/" + $0.path })
    for step in StoredStep.allCases {
      guard let table = tables.table(.rollups(step)) else { continue }
      let removed = table.parts.filter { part in !part.outlivesSource && part.source.map(sources.contains) ?? false }
      if removed.isEmpty { continue }
      try commit([], removed: removed, step)
    }
  }
}
