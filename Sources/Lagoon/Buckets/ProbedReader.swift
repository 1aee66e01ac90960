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

  func scan(_ request: ScanRequest, each body: (RowSource) throws -> Void) throws {
    try probe.check()
    var request = request
    request.probe = probe
    try reader.scan(request) { piece in
      try probe.check()
      try body(piece)
    }
  }

  func knownBuckets(_ request: BucketRequest) -> BucketColumns? { reader.knownBuckets(request) }

  func buckets(_ request: BucketRequest) throws -> BucketColumns {
    try probe.check()
    var request = request
    request.probe = probe
    return try reader.buckets(request)
  }

  func knownCounters(_ request: BucketRequest) -> CounterColumns? { reader.knownCounters(request) }

  func counters(_ request: BucketRequest) throws -> CounterColumns {
    try probe.check()
    var request = request
    request.probe = probe
    return try reader.counters(request)
  }
}
