import Telemetry

/// A reader that asks before each part whether its answer is still wanted.
struct ProbedReader: PartReading {
  let reader: any PartReading
  let probe: QuestionProbe

  func scan(_ request: ScanRequest) throws -> RowSource {
    try probe.check()
    var request = request
    request.probe = probe
    return try reader.scan(request)
  }

  func knownBuckets(_ request: BucketRequest) -> BucketColumns? { reader.knownBuckets(request) }

  func buckets(_ request: BucketRequest) throws -> BucketColumns {
    try probe.check()
    var request = request
    request.probe = probe
    return try reader.buckets(request)
  }
}
