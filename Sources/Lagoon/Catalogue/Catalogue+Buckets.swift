import Primitives
import Telemetry

extension Catalogue {
  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? {
    if let known = bucketCache.known(request.key) { return known }
    // Buckets with more than is wanted do as well.
    var whole = request
    whole.needs = .all
    return bucketCache.known(whole.key)
  }

  public func buckets(_ request: BucketRequest) throws -> BucketColumns {
    if let known = knownBuckets(request) { return known }
    if let step = request.rollupStep { return try standalone(request, step) }
    guard let table = table(request.table) else {
      throw QueryError.unreadableTable(request.table.displayName, cause: "there is none")
    }
    let made = try storedBuckets(request) ?? summedUp(request, table)
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
        summed: request.summed, probe: request.probe
      ).run()
    } catch {
      noteMissing(request.part.path, of: table.name)
      throw unreadable(table.name, request.part.path, error)
    }
  }

  /// The buckets from the part's rollup part; nil if it has none that says as much: then they are summed up.
  private func storedBuckets(_ request: BucketRequest) -> BucketColumns? {
    guard !request.needs.contains(.squares), request.summed == .values,
      let step = StoredStep.allCases.first(where: { $0.nanos == request.stepNanos }),
      let rollup = request.part.rollups[step]
    else { return nil }
    return try? stored(request, step, path: rollup)
  }

  /// The buckets of a rollup part whose readings have expired. Those without a sketch have none any more.
  private func standalone(_ request: BucketRequest, _ step: StoredStep) throws -> BucketColumns {
    do {
      var found = try stored(request, step, path: request.part.path)
      if found == nil {
        var plain = request
        plain.sketches = false
        found = try stored(plain, step, path: request.part.path)
      }
      guard let found else { throw LagoonError("it is of an older form") }
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
      needs: request.needs, wantsSketches: request.sketches, probe: request.probe
    ).run()
  }
}
