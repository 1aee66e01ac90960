import Primitives
import Telemetry

/// Which buckets to make of a part: all of one field.
public struct BucketRequest: Sendable {
  public var table: TableName
  public var part: QueryPart
  public var field: String
  public var stepNanos: Int64
  /// Whether each bucket's sketch is wanted too.
  public var sketches: Bool
  /// Whether sums of squares are wanted, which rollup parts do not keep.
  public var squares = false
  /// The step of the rollup table that the part is of, if it is not one of readings but stands for itself.
  public var rollupStep: StoredStep?

  public init(
    table: TableName, part: QueryPart, field: String, stepNanos: Int64, sketches: Bool = false,
    isRollup: StoredStep? = nil
  ) {
    rollupStep = isRollup
    self.table = table
    self.part = part
    self.field = field
    self.stepNanos = stepNanos
    self.sketches = sketches
  }

  /// What the buckets are kept under.
  var key: String {
    let folder = rollupStep.map { TableName.rollups($0) } ?? table
    let own = rollupStep == nil ? "" : table.directoryName
    return
      "\(folder.directoryName)/\(part.path)\u{0}\(field)\u{0}\(stepNanos)\(sketches ? "s" : "")\(squares ? "q" : "")\u{0}\(own)"
  }
}

extension PartReading {
  /// What memory has of those buckets; nil if it has none.
  public func knownBuckets(_ request: BucketRequest) -> BucketColumns? { nil }

  /// The buckets, from the part's rows.
  public func buckets(_ request: BucketRequest) throws -> BucketColumns {
    try BucketColumns(
      summingUp: scan(
        ScanRequest(table: request.table, path: request.part.path, fields: [request.field], arrivals: false)), request)
  }
}

extension BucketColumns {
  /// The buckets of rows, whatever their order.
  convenience init(summingUp source: RowSource, _ request: BucketRequest) {
    var builder = BucketColumnsBuilder(stepNanos: request.stepNanos, wantsSketches: request.sketches)
    let column = source.column(of: request.field)
    for chunk in source.chunks {
      guard let column else { break }
      var numbers = FieldNumbers(count: chunk.count)
      for row in 0..<chunk.count {
        numbers.set(row, tag: chunk.tag(row, column: column), payload: chunk.payload(row, column: column))
      }
      let times = (0..<chunk.count).map { chunk.time($0) }
      var start = 0
      while start < chunk.count {
        var end = start + 1
        while end < chunk.count && chunk.series(end) == chunk.series(start) { end += 1 }
        builder.begin(device: source.series.device(chunk.series(start)))
        builder.add(rows: start..<end, times: times, unitNanos: source.precision.unitNanos, values: numbers)
        start = end
      }
    }
    self.init(builder)
  }
}
