import Parquet
import Primitives
import Rollups
import Telemetry

/// The buckets of parts: from memory, from rollup parts, or summed up from the readings.
final class PartBuckets: Sendable {
  private let tables: StoredTables
  private let cache: BucketCache

  init(_ tables: StoredTables, _ cache: BucketCache) {
    self.tables = tables
    self.cache = cache
  }

  /// Those that memory has; nil if it has none.
  func known(_ request: BucketRequest) -> BucketColumns? {
    if let known = cache.known(request.key) { return known }
    // Buckets with more than is wanted do as well.
    var whole = request
    for bySeries in [request.bySeries, true] {
      whole.bySeries = bySeries
      for needs in [request.needs, .all] {
        whole.needs = needs
        if let known = cache.known(whole.key) { return known }
      }
    }
    return nil
  }

  func buckets(_ request: BucketRequest) throws -> BucketColumns {
    if let known = known(request) { return known }
    if let step = request.rollupStep { return try standalone(request, step) }
    guard let table = tables.table(request.table) else {
      throw QueryError.unreadableTable(request.table.displayName, cause: "there is none")
    }
    var made = storedBuckets(request)
    // Numbers that are no decimals of 53 bits may be whole numbers of more.
    if let stored = made, stored.isWide, !hasWideNumbers(request, table) { made = BucketColumns(stored, isWide: false) }
    if made == nil { made = try summedUp(request, table) }
    guard let made else { fatalError("BUG: no buckets were made") }
    cache.keep(made, as: request.key)
    return made
  }

  private func reader(_ request: BucketRequest, _ table: TableState) throws -> ParquetReader {
    try tables.files.reader(request.part.path, of: table.name, precision: table.precision)
  }

  /// The counters that memory has; nil if it has none.
  func knownCounters(_ request: BucketRequest) -> CounterColumns? {
    cache.known(request.counterKey, as: CounterColumns.self)
  }

  /// What the field's counters did in each bucket, from the part's readings.
  func counters(_ request: BucketRequest) throws -> CounterColumns {
    if let known = knownCounters(request) { return known }
    if let stored = try storedCounters(request) {
      cache.keep(stored, as: request.counterKey)
      return stored
    }
    guard let table = tables.table(request.table) else {
      throw QueryError.unreadableTable(request.table.displayName, cause: "there is none")
    }
    var builder = CounterColumnsBuilder(stepNanos: request.stepNanos)
    try reading(request, table) { scan in try scan.run(into: &builder) }
    let made = builder.finish()
    cache.keep(made, as: request.counterKey)
    return made
  }

  private func summedUp(_ request: BucketRequest, _ table: TableState) throws -> BucketColumns {
    try reading(request, table) { scan in try scan.run() }
  }

  /// Reads a part's readings. One that cannot be read is named.
  private func reading<Answer>(
    _ request: BucketRequest, _ table: TableState, _ body: (BucketScan) throws -> Answer
  ) throws -> Answer {
    do {
      return try body(
        BucketScan(
          reader: try reader(request, table), schema: table.schema, precision: table.precision,
          field: request.field,
          stepNanos: request.stepNanos, wantsSketches: request.sketches, needs: request.needs,
          summed: request.summed, bySeries: request.bySeries, probe: request.probe))
    } catch {
      tables.noteMissing(request.part.path, of: table.name)
      throw tables.unreadable(table.name, request.part.path, error)
    }
  }

  /// The buckets from the part's rollup part; nil if it has none that says as much: then they are summed up.
  private func storedBuckets(_ request: BucketRequest) -> BucketColumns? {
    guard !request.needs.contains(.spread), request.summed == .values,
      let step = StoredStep.allCases.first(where: { $0.nanos == request.stepNanos }),
      let rollup = request.part.rollups[step]
    else { return nil }
    return try? stored(request, step, path: rollup)
  }

  /// The buckets of a rollup part whose readings have expired. Those without a sketch have none any more: an empty one.
  private func standalone(_ request: BucketRequest, _ step: StoredStep) throws -> BucketColumns {
    do {
      guard let stored = try stored(request, step, path: request.part.path) else {
        throw LagoonError("it is of an older form")
      }
      // There are no readings to ask instead.
      let found = BucketColumns(stored, isWide: false)
      cache.keep(found, as: request.key)
      return found
    } catch {
      throw tables.unreadable(.rollups(step), request.part.path, error)
    }
  }

  private func stored(_ request: BucketRequest, _ step: StoredStep, path: String) throws -> BucketColumns? {
    try scan(request, step, path: path).run()
  }

  private func scan(_ request: BucketRequest, _ step: StoredStep, path: String) throws -> StoredBucketScan {
    StoredBucketScan(
      reader: try tables.files.reader(path, of: .rollups(step), precision: .microseconds),
      measurement: request.table.displayName, field: request.field, stepNanos: request.stepNanos,
      needs: request.needs, wantsSketches: request.sketches, bySeries: request.bySeries,
      takesUnsketched: request.rollupStep != nil, probe: request.probe)
  }

  /// What a rollup part tells of the counters: its own if it stands for itself, else that of the part, if it tells all.
  private func storedCounters(_ request: BucketRequest) throws -> CounterColumns? {
    if let step = request.rollupStep {
      do {
        guard let found = try scan(request, step, path: request.part.path).counters(isAlone: true) else {
          throw LagoonError("it is of an older form")
        }
        return found
      } catch {
        throw tables.unreadable(.rollups(step), request.part.path, error)
      }
    }
    guard let step = StoredStep.allCases.first(where: { $0.nanos == request.stepNanos }),
      let rollup = request.part.rollups[step]
    else { return nil }
    return try? scan(request, step, path: rollup).counters(isAlone: false)
  }

  /// Whether a part's field may have numbers of more digits than a double holds, by the bounds of its columns.
  private func hasWideNumbers(_ request: BucketRequest, _ table: TableState) -> Bool {
    guard let reader = try? reader(request, table) else { return true }
    let names = Dictionary(uniqueKeysWithValues: reader.schema.columns.enumerated().map { ($1.name, $0) })
    for stored in table.schema.columns where stored.role != .tag && stored.wireName == request.field {
      guard let index = names[stored.name] else { continue }
      switch stored.type {
      case .int64, .decimal: break
      // Numbers of which a double holds too little.
      case .string where stored.role == .text: break
      default: continue
      }
      for group in reader.rowGroups where group.columns[index].nullCount != group.rowCount {
        guard case .int64(let low)? = group.columns[index].min, case .int64(let high)? = group.columns[index].max else {
          return true
        }
        if WideNumber.isWide(low) || WideNumber.isWide(high) { return true }
      }
    }
    return false
  }
}
