import Primitives
import Telemetry

extension Catalogue {
  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? {
    bucketCache.known(request.key)
  }

  public func buckets(_ request: BucketRequest) throws -> BucketColumns {
    if let known = bucketCache.known(request.key) { return known }
    guard let table = table(request.table) else {
      throw LagoonError("cannot read table \(request.table.displayName): there is none")
    }
    let made = try storedBuckets(request) ?? summedUp(request, table)
    bucketCache.keep(made, as: request.key)
    return made
  }

  private func summedUp(_ request: BucketRequest, _ table: TableState) throws -> BucketColumns {
    let path = directory(of: table.name) + "/" + request.part.path
    do {
      return try BucketScan(
        reader: try cache.reader(path), schema: table.schema, precision: table.precision, field: request.field,
        stepNanos: request.stepNanos, wantsSketches: request.sketches
      ).run()
    } catch {
      throw QueryError.unreadablePart(
        table: table.name.displayName, part: request.part.path, cause: "\(error)")
    }
  }

  /// The buckets from the part's rollup part; nil if it has none that says as much.
  private func storedBuckets(_ request: BucketRequest) throws -> BucketColumns? { nil }
}
