import Parquet
import Primitives
import Rollups
import Telemetry

extension Catalogue {
  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? {
    if let known = bucketCache.known(request.key) { return known }
    // Buckets with more than is wanted do as well.
    var whole = request
    for bySeries in [request.bySeries, true] {
      whole.bySeries = bySeries
      for needs in [request.needs, .all] {
        whole.needs = needs
        if let known = bucketCache.known(whole.key) { return known }
      }
    }
    return nil
  }

  public func buckets(_ request: BucketRequest) throws -> BucketColumns {
    if let known = knownBuckets(request) { return known }
    if let step = request.rollupStep { return try standalone(request, step) }
    guard let table = table(request.table) else {
      throw QueryError.unreadableTable(request.table.displayName, cause: "there is none")
    }
    var made = storedBuckets(request)
    // Numbers that are no decimals of 53 bits may be whole numbers of more.
    if let stored = made, stored.isWide, !hasWideNumbers(request, table) { made = BucketColumns(stored, isWide: false) }
    if made == nil { made = try summedUp(request, table) }
    guard let made else { fatalError("BUG: no buckets were made") }
    bucketCache.keep(made, as: request.key)
    return made
  }

  /// Lets go of what memory has of a part that is no longer live.
  func forget(_ part: Part, of table: TableName) {
    cache.forget(directory(of: table) + "/" + part.path)
    bucketCache.forget(part: table.directoryName + "/" + part.path)
  }

  private func summedUp(_ request: BucketRequest, _ table: TableState) throws -> BucketColumns {
    let path = directory(of: table.name) + "/" + request.part.path
    do {
      return try BucketScan(
        reader: try cache.reader(path, precision: table.precision), schema: table.schema, precision: table.precision,
        field: request.field,
        stepNanos: request.stepNanos, wantsSketches: request.sketches, needs: request.needs,
        summed: request.summed, bySeries: request.bySeries, probe: request.probe
      ).run()
    } catch {
      noteMissing(request.part.path, of: table.name)
      throw unreadable(table.name, request.part.path, error)
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
      bucketCache.keep(found, as: request.key)
      return found
    } catch {
      throw unreadable(.rollups(step), request.part.path, error)
    }
  }

  private func stored(_ request: BucketRequest, _ step: StoredStep, path: String) throws -> BucketColumns? {
    try StoredBucketScan(
      reader: try cache.reader(directory(of: .rollups(step)) + "/" + path, precision: .microseconds),
      measurement: request.table.displayName, field: request.field, stepNanos: request.stepNanos,
      needs: request.needs, wantsSketches: request.sketches, bySeries: request.bySeries,
      takesUnsketched: request.rollupStep != nil, probe: request.probe
    ).run()
  }

  /// Whether a part's field may have numbers of more digits than a double holds, by the bounds of its columns.
  private func hasWideNumbers(_ request: BucketRequest, _ table: TableState) -> Bool {
    let path = directory(of: table.name) + "/" + request.part.path
    guard let reader = try? cache.reader(path, precision: table.precision) else { return true }
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
