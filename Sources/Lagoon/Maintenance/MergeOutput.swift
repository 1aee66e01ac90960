import Parquet
import Primitives

/// The files that a merge makes: the part and, of readings, one rollup part a step.
final class MergeOutput {
  private let merge: PartMerge
  private let used: [Int]
  private let date: String
  private let path: String
  /// nil if rollup parts alone are made.
  private let file: PartFileWriter?
  private var rollups: [RollupWriter] = []
  private var oldest = Int64.max
  private var newest = Int64.min
  private var firstDevice: String?
  private var lastDevice = ""

  init(_ merge: PartMerge, used: [Int]) throws(LagoonError) {
    self.merge = merge
    self.used = used
    let (files, table) = (merge.files, merge.table)
    let first = max(merge.times.lowerBound, merge.parts.map(\.oldestTime).min() ?? 0)
    let day = flooredDivision(first, by: Nanos.perDay / table.precision.unitNanos)
    date = CalendarDate(daysSinceEpoch: Int(day)).description
    if let part = merge.rollupsOf {
      path = part.path
      file = nil
    } else {
      path = files.newPath(date: date, oldestTime: first, precision: table.precision)
      file = try PartFileWriter(
        path: files.path(path, of: table.name),
        schema: PartSchema.parquet(table.schema, used: used, precision: table.precision), level: merge.level,
        profile: merge.profile, metadata: PartSchema.metadata(table, table.schema) + PartSchema.profile(merge.profile))
    }
    let steps = StoredStep.allCases
    let rows = RollupTables.empty(of: table.name, steps: steps, precision: table.precision)
    for (step, rows) in zip(steps, rows) {
      let partPath = files.newPath(date: date, oldestTime: first, precision: table.precision)
      rollups.append(
        RollupWriter(
          rows, step: step, directory: files.directory(of: .rollups(step)), partPath: partPath, date: date,
          source: table.name.directoryName + "/" + path,
          outlivesSource: merge.rollupsOf != nil && merge.times.upperBound < .max, level: merge.level,
          profile: merge.profile))
    }
  }

  /// Writes a row group of the rows at those positions.
  func append(_ columns: inout PartColumns, _ positions: [UInt32]) throws(LagoonError) {
    let times = columns.times(of: positions)
    let targets = columns.order.targets(of: positions)
    var rows = rollups.map(\.rows)
    let fixed = columns.fixedColumns(of: positions, times: times, targets: targets)
    let values = columns.columns(of: positions, times: times, targets: targets, rollups: &rows)
    precondition(values.keys.allSatisfy(used.contains), "BUG: a merge made a column that no part has")
    let all = used.map { values[$0] ?? PartSchema.empty(columns.schema.columns[$0].type, positions.count) }
    try file?.append(fixed + all, rowCount: positions.count, sortedBy: columns.sortedBy(positions))
    for (writer, rows) in zip(rollups, rows) {
      writer.rows = rows
      try writer.take(columns)
    }
    oldest = min(oldest, times.min() ?? oldest)
    newest = max(newest, times.max() ?? newest)
    firstDevice = firstDevice ?? columns.device(at: positions[0])
    lastDevice = columns.device(at: positions[positions.count - 1])
  }

  func finish() throws(LagoonError) -> PartMerge.Result {
    guard let firstDevice else {
      abandon()
      return PartMerge.Result()
    }
    var result = PartMerge.Result()
    if let file {
      try file.finish()
      result.part = Part(
        path: path, date: date, rowCount: file.rowCount, byteCount: file.byteCount, oldestTime: oldest,
        newestTime: newest, firstDevice: firstDevice, lastDevice: lastDevice, source: nil, level: merge.level,
        profile: merge.profile.rawValue, modifiedMillis: merge.parts.last?.modifiedMillis ?? 0)
    }
    for writer in rollups {
      if let rollup = try writer.finish() { result.rollups.append((writer.step, rollup)) }
    }
    return result
  }

  func abandon() {
    file?.abandon()
    for writer in rollups { writer.abandon() }
  }
}
