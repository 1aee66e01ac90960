import Parquet
import Primitives
import Telemetry

/// Makes one part of several of a table, sorted, with rows that say the same made one, and rows of one instant with
/// disjoint fields joined. Takes span after span of devices into memory, so that the size of the parts does not matter.
///
///     parts ──scan, one span──▶ rows ──sort, join──▶ columns ──▶ row group of the new part
///                                                       └──────▶ buckets of its rollup parts
struct PartMerge {
  /// What came of it.
  struct Result {
    /// nil if no row was left.
    var part: Part?
    var rollups: [(step: StoredStep, part: Part)] = []
    /// Rows that said what another one did, or were joined with it.
    var joinedRows = 0
  }

  let catalogue: Catalogue
  let table: TableState
  let parts: [Part]
  let level: Int32
  let profile: EncodingProfile
  /// Rows of other times are left out, in the table's unit.
  let times: Range<Int64>
  /// The part that rollup parts are made for, if they alone are made.
  let rollupsOf: Part?

  private var readers: [ParquetReader] = []
  /// The schema's columns that any of the parts has.
  private var used: [Int] = []
  private var schema: TableSchema

  init(
    _ catalogue: Catalogue, table: TableState, parts: [Part], level: Int32, profile: EncodingProfile,
    times: Range<Int64> = .min..<Int64.max, rollupsOf: Part? = nil
  ) throws {
    self.catalogue = catalogue
    self.table = table
    // Of rows of one instant those that came first stand first.
    self.parts = parts.sorted { ($0.modifiedMillis, $0.path) < ($1.modifiedMillis, $1.path) }
    self.level = level
    self.profile = profile
    self.times = times
    self.rollupsOf = rollupsOf
    schema = Catalogue.readingSchema(of: table)
    readers = try self.parts.map { part in
      do {
        return try catalogue.cache.reader(
          catalogue.directory(of: table.name) + "/" + part.path, precision: table.precision)
      } catch {
        throw LagoonError("cannot read part \(part.path): \(error)")
      }
    }
    let names = Set(readers.flatMap { $0.schema.columns.map(\.name) })
    // Parts of older versions have no column of a field whose values are all in siblings.
    let present = schema.columns.filter { names.contains($0.name) }
    let fields = Set(present.filter { !$0.isPrimary }.map(\.wireName))
    let changed = Set(present.filter { Self.isOfAnotherType($0, readers) }.map(\.wireName))
    used = schema.columns.indices.filter { index in
      let column = schema.columns[index]
      if names.contains(column.name) { return true }
      if column.role == .field { return fields.contains(column.wireName) }
      // What a column of another type had exactly may not fit the new one.
      return (column.role == .exact || column.role == .text) && changed.contains(column.wireName)
    }
  }

  private static func isOfAnotherType(_ column: StoredColumn, _ readers: [ParquetReader]) -> Bool {
    readers.contains { reader in
      reader.schema.index(of: column.name).map { reader.schema.columns[$0].type != column.type } ?? false
    }
  }

  /// Writes the new part and its rollup parts, of which nothing is committed; nil, with nothing left of them, if it was
  /// told to stop.
  func run(shouldStop: () -> Bool) throws -> Result? {
    let mostRows = MergeSpans.rows(columnCount: used.count + TableSchema.fixedCount)
    let spans = try MergeSpans.spans(of: readers, mostRows: mostRows)
    let output = try MergeOutput(self, used: used)
    do {
      for span in spans {
        if shouldStop() {
          output.abandon()
          return nil
        }
        try merge(span, mostRows: mostRows, into: output)
      }
      var result = try output.finish()
      result.joinedRows += parts.reduce(0) { $0 + $1.rowCount } - (result.part?.rowCount ?? 0)
      return result
    } catch {
      output.abandon()
      throw error
    }
  }

  private func merge(_ span: DeviceSpan?, mostRows: Int, into output: MergeOutput) throws {
    var sources: [RowSource] = []
    for (part, reader) in zip(parts, readers) {
      if let span, !span.overlaps(Array(part.firstDevice.utf8)[...], Array(part.lastDevice.utf8)[...]) { continue }
      var scan = PartScan(reader: reader, schema: schema, precision: table.precision, span: span, keepsScale: true)
      if part.oldestTime < times.lowerBound || part.newestTime >= times.upperBound { scan.times = times }
      do { sources.append(try scan.run()) } catch {
        throw LagoonError("cannot read part \(part.path): \(error)")
      }
    }
    var columns = PartColumns(sources, schema: schema)
    for start in stride(from: 0, to: columns.order.places.count, by: mostRows) {
      let end = min(start + mostRows, columns.order.places.count)
      try output.append(&columns, Array(UInt32(start)..<UInt32(end)))
    }
  }
}

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
    let (catalogue, table) = (merge.catalogue, merge.table)
    let first = max(merge.times.lowerBound, merge.parts.map(\.oldestTime).min() ?? 0)
    let day = flooredDivision(first, by: Nanos.perDay / table.precision.unitNanos)
    date = CalendarDate(daysSinceEpoch: Int(day)).description
    if let part = merge.rollupsOf {
      path = part.path
      file = nil
    } else {
      path = catalogue.newPartPath(date: date, oldestTime: first, precision: table.precision)
      file = try PartFileWriter(
        path: catalogue.directory(of: table.name) + "/" + path,
        schema: PartSchema.parquet(table.schema, used: used, precision: table.precision), level: merge.level,
        profile: merge.profile, metadata: PartSchema.metadata(table, table.schema) + PartSchema.profile(merge.profile))
    }
    let steps = StoredStep.allCases
    let rows = catalogue.emptyRollups(of: table.name, steps: steps, precision: table.precision)
    for (step, rows) in zip(steps, rows) {
      let partPath = catalogue.newPartPath(date: date, oldestTime: first, precision: table.precision)
      rollups.append(
        RollupWriter(
          rows, step: step, directory: catalogue.directory(of: .rollups(step)), partPath: partPath, date: date,
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
