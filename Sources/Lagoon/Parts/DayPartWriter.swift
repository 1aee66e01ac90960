import Parquet
import Primitives
import Telemetry

/// A part that was written and not yet committed, with the buckets of its rows, one for each step asked for.
struct WrittenPart {
  var part: Part
  var rollups: [RollupRows]
}

/// Writes rows as parts, one a UTC day.
struct DayPartWriter {
  let files: PartFiles
  let table: TableState
  let level: Int32
  let profile: EncodingProfile
  /// What the footers say beside what each part's does.
  let metadata: [(String, String)]
  /// Buckets to be filled while a part is written, empty ones for each part.
  let emptyRollups: [RollupRows]

  /// Writes the rows of `columns` and sums up each part's buckets. On failure nothing of them is left.
  ///
  /// - Parameter range: of the order's positions; nil for all.
  func write(_ columns: inout PartColumns, of range: Range<Int>? = nil) throws(LagoonError) -> [WrittenPart] {
    var written: [WrittenPart] = []
    let range = range ?? 0..<columns.order.places.count
    do throws(LagoonError) {
      for (day, positions) in Self.days(columns.order, range, precision: table.precision) {
        var rollups = emptyRollups
        let part = try writePart(&columns, positions, day: day, rollups: &rollups)
        for index in rollups.indices { rollups[index].finish(columns) }
        written.append(WrittenPart(part: part, rollups: rollups))
      }
    } catch {
      files.discard(written.map(\.part), of: table.name)
      throw error
    }
    return written
  }

  /// The order's positions by UTC day, oldest first. Rows are by series first, so a day's rows stand in many runs.
  private static func days(
    _ order: RowOrder, _ range: Range<Int>, precision: TimePrecision
  ) -> [(day: Int64, positions: [UInt32])] {
    let perDay = Nanos.perDay / precision.unitNanos
    var positions: [Int64: [UInt32]] = [:]
    var start = range.lowerBound
    while start < range.upperBound {
      let day = flooredDivision(order.places[start].time, by: perDay)
      let times = day * perDay..<(day + 1) * perDay
      var end = start + 1
      while end < range.upperBound && times.contains(order.places[end].time) { end += 1 }
      positions[day, default: []] += UInt32(start)..<UInt32(end)
      start = end
    }
    return positions.sorted { $0.key < $1.key }.map { (day: $0.key, positions: $0.value) }
  }

  private func writePart(
    _ columns: inout PartColumns, _ positions: [UInt32], day: Int64, rollups: inout [RollupRows]
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
    let path = files.newPath(date: date, oldestTime: oldest, precision: table.precision)
    try files.store(bytes, at: path, of: table.name)
    return Part(
      path: path, date: date, rowCount: positions.count, byteCount: bytes.count, oldestTime: oldest,
      newestTime: newest, firstDevice: columns.device(at: positions[0]),
      lastDevice: columns.device(at: positions[positions.count - 1]), source: nil)
  }
}
