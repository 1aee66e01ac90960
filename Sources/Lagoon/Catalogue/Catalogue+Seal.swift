import Parquet
import Primitives
import Sys
import Telemetry

/// A part that was written and not yet committed, with the buckets of its rows, one for each step asked for.
struct WrittenPart {
  var part: Part
  var rollups: [RollupRows]
}

extension Catalogue {
  /// Makes parts of rows and commits them, one version a table, with how far each lane's journal is in it. Tables that
  /// have one of the transactions already are left alone: they were sealed before, and the rest was interrupted.
  ///
  /// Throws what failed; the tables that it does not name are sealed, and the same call can be made again.
  public func seal(_ tables: [TableRows], transactions: [LaneTransaction]) throws(SealError) {
    var error = SealError(sealed: [], failures: [])
    for rows in tables where rows.rows.rowCount > 0 {
      do throws(LagoonError) {
        // Before parts are made: a table whose log is damaged would take them in vain.
        try refresh(rows.table)
        if try seal(rows, transactions) { error.sealed.append(rows.table) }
      } catch let cause {
        error.failures.append((table: rows.table, cause: cause))
      }
    }
    if !error.failures.isEmpty { throw error }
  }

  /// How often rows are made parts anew because their columns got other types meanwhile.
  private static let sealAttempts = 3

  /// False if they were sealed before.
  private func seal(_ rows: TableRows, _ transactions: [LaneTransaction]) throws(LagoonError) -> Bool {
    for attempt in 1...Self.sealAttempts {
      let current = table(rows.table)
      if let current, transactions.contains(where: { current.segments[$0.lane] ?? 0 >= $0.segment }) { return false }
      do throws(LagoonError) {
        try seal(rows, current: current, transactions: transactions)
        return true
      } catch {
        if !error.isOvertaken || attempt == Self.sealAttempts { throw error }
      }
    }
    return false
  }

  private func seal(
    _ rows: TableRows, current: TableState?, transactions: [LaneTransaction]
  ) throws(LagoonError) {
    let next = current ?? TableState(name: rows.table, precision: rows.rows.precision)
    var columns = PartColumns([rows.rows], schema: next.schema)
    let steps = [StoredStep.fiveMinutes]
    let written = try write(
      &columns, table: next, level: sealLevel, steps: steps, metadata: PartSchema.segments(transactions))
    let parts = written.map(\.part)
    // First: a part whose buckets are not there yet would be read row by row. Buckets of a part that is not live yet,
    // or never will be, are not read.
    rollUp(written, of: rows.table, steps: steps, level: sealLevel)
    do throws(LagoonError) {
      try commit(
        rows.table, schema: columns.schema, precision: next.precision, added: parts, removed: [], dataChange: true,
        transactions: transactions)
    } catch {
      if !error.mayBeCommitted { discard(parts, of: rows.table) }
      throw error
    }
  }

  /// Writes the rows of `columns`, one part a UTC day, and sums up each part's buckets of those steps. On failure
  /// nothing of them is left.
  func write(
    _ columns: inout PartColumns, table: TableState, level: Int32, steps: [StoredStep],
    metadata: [(String, String)] = []
  ) throws(LagoonError) -> [WrittenPart] {
    var written: [WrittenPart] = []
    do throws(LagoonError) {
      for (day, positions) in Self.days(columns.order, precision: table.precision) {
        var rollups = emptyRollups(of: table.name, steps: steps, precision: table.precision)
        let part = try writePart(
          &columns, positions, day: day, table: table, level: level, metadata: metadata, rollups: &rollups)
        for index in rollups.indices { rollups[index].finish(columns) }
        written.append(WrittenPart(part: part, rollups: rollups))
      }
      try synchronizeFolders(of: written.map(\.part), table: table.name)
    } catch {
      discard(written.map(\.part), of: table.name)
      throw error
    }
    return written
  }

  func discard(_ parts: [Part], of table: TableName) {
    for part in parts { try? FileSystem.unlink(directory(of: table) + "/" + part.path) }
  }

  /// The order's positions by UTC day, oldest first. Rows are by series first, so a day's rows stand in many runs.
  private static func days(_ order: RowOrder, precision: TimePrecision) -> [(day: Int64, positions: [UInt32])] {
    let perDay = Nanos.perDay / precision.unitNanos
    var positions: [Int64: [UInt32]] = [:]
    var start = 0
    while start < order.places.count {
      let day = flooredDivision(order.places[start].time, by: perDay)
      let times = day * perDay..<(day + 1) * perDay
      var end = start + 1
      while end < order.places.count && times.contains(order.places[end].time) { end += 1 }
      positions[day, default: []] += UInt32(start)..<UInt32(end)
      start = end
    }
    return positions.sorted { $0.key < $1.key }.map { (day: $0.key, positions: $0.value) }
  }

  private func writePart(
    _ columns: inout PartColumns, _ positions: [UInt32], day: Int64, table: TableState, level: Int32,
    metadata: [(String, String)], rollups: inout [RollupRows]
  ) throws(LagoonError) -> Part {
    // Building the columns first: they tell which of the schema's the part has.
    var groups: [(fixed: [ColumnData], values: [Int: ColumnData], count: Int, sortedBy: [Int])] = []
    var oldest = Int64.max
    var newest = Int64.min
    for start in stride(from: 0, to: positions.count, by: Limits.rowsPerRowGroup) {
      let slice = Array(positions[start..<min(start + Limits.rowsPerRowGroup, positions.count)])
      let times = columns.times(of: slice)
      let targets = columns.order.targets(of: slice)
      oldest = min(oldest, times.min() ?? oldest)
      newest = max(newest, times.max() ?? newest)
      groups.append(
        (
          columns.fixedColumns(of: slice, times: times, targets: targets),
          columns.columns(of: slice, times: times, targets: targets, rollups: &rollups), slice.count,
          columns.sortedBy(slice)
        ))
    }
    let used = Set(groups.flatMap(\.values.keys)).sorted()
    let schema = PartSchema.parquet(columns.schema, used: used, precision: table.precision)
    let profile = profile(of: table.name, .quick)
    var writer = ParquetWriter(
      schema: schema, zstdLevel: level, profile: profile,
      metadata: PartSchema.metadata(table, columns.schema) + PartSchema.profile(profile) + metadata)
    var bytes: [UInt8] = []
    for group in groups {
      let values = used.map { group.values[$0] ?? PartSchema.empty(columns.schema.columns[$0].type, group.count) }
      writer.append(group.fixed + values, rowCount: group.count, sortedBy: group.sortedBy)
      bytes += writer.takeBytes()
    }
    bytes += writer.finish()
    let date = CalendarDate(daysSinceEpoch: Int(day)).description
    let path = newPartPath(date: date, oldestTime: oldest, precision: table.precision)
    try store(bytes, at: directory(of: table.name) + "/" + path)
    return Part(
      path: path, date: date, rowCount: positions.count, byteCount: bytes.count, oldestTime: oldest,
      newestTime: newest, firstDevice: columns.device(at: positions[0]),
      lastDevice: columns.device(at: positions[positions.count - 1]), source: nil)
  }

  func store(_ bytes: [UInt8], at path: String) throws(LagoonError) {
    do throws(SystemError) {
      try FileSystem.createDirectories(FileSystem.parent(of: path))
      let file = try File(path, .createExclusive)
      do throws(SystemError) {
        try file.write(all: bytes)
        try file.synchronizeData()
      } catch {
        try? FileSystem.unlink(path)
        throw error
      }
    } catch {
      throw LagoonError("write", path, error)
    }
  }

  func synchronizeFolders(of parts: [Part], table: TableName) throws(LagoonError) {
    for folder in Set(parts.map { FileSystem.parent(of: directory(of: table) + "/" + $0.path) }) {
      do throws(SystemError) {
        try FileSystem.synchronizeDirectory(folder)
      } catch {
        throw LagoonError("write", folder, error)
      }
    }
  }
}
