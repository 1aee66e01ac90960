public import Telemetry

/// Opens parts. May give more rows than were asked for: a query looks at each row's device and time itself.
public protocol PartReading: Sendable {
  func scan(_ request: ScanRequest) throws -> RowSource
  /// The same, piece by piece, so that memory need not hold a whole part: each piece has series numbers of its own.
  func scan(_ request: ScanRequest, each body: (RowSource) throws -> Void) throws
  /// The buckets of a part that memory has; nil if it has none.
  func knownBuckets(_ request: BucketRequest) -> BucketColumns?
  /// The buckets of a part: of all its devices, and of all its time.
  func buckets(_ request: BucketRequest) throws -> BucketColumns
  /// What counters did in each bucket of a part, of what memory has; nil if it has none.
  func knownCounters(_ request: BucketRequest) -> CounterColumns?
  /// What counters did in each bucket of a part, series by series: of all its devices, and of all its time.
  func counters(_ request: BucketRequest) throws -> CounterColumns
}

extension PartReading {
  /// All of it in one piece.
  public func scan(_ request: ScanRequest, each body: (RowSource) throws -> Void) throws { try body(scan(request)) }

  /// What memory has of those buckets; nil if it has none.
  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? { nil }

  /// The buckets, from the part's rows.
  public func buckets(_ request: BucketRequest) throws -> BucketColumns {
    try BucketColumns(
      summingUp: scan(
        ScanRequest(
          table: request.table, path: request.part.path, fields: request.summed == .rows ? [] : [request.field],
          arrivals: false)), request)
  }

  /// What memory has of those counters; nil if it has none.
  public func knownCounters(_ request: BucketRequest) -> CounterColumns? { nil }

  /// The counters, from the part's rows.
  public func counters(_ request: BucketRequest) throws -> CounterColumns {
    try CounterColumns(
      following: scan(
        ScanRequest(table: request.table, path: request.part.path, fields: [request.field], arrivals: false)), request)
  }
}
