import Primitives
import Telemetry

/// Which buckets to make of a part: all of one field.
public struct BucketRequest: Sendable {
  /// What is summed up.
  public enum Summed: Hashable, Sendable {
    /// The field's readings.
    case values
    /// Rows, whatever their fields, but not those that a node told itself: each as 1.
    case rows
    /// The field's readings that lie outside of a range.
    case outside(least: Double, largest: Double)
  }

  public var table: TableName
  public var part: QueryPart
  public var field: String
  public var stepNanos: Int64
  /// Whether each bucket's sketch is wanted too.
  public var sketches: Bool
  public var summed = Summed.values
  /// Which parts of a bucket are wanted beside its count.
  public var needs = BucketNeeds.all
  /// Whether the series of a device are told apart.
  public var bySeries = false
  /// The step of the rollup table that the part is of, if it is not one of readings but stands for itself.
  public var rollupStep: StoredStep?
  /// Whether the buckets are still wanted.
  public var probe = QuestionProbe.never

  public init(
    table: TableName, part: QueryPart, field: String, stepNanos: Int64, sketches: Bool = false,
    rollupStep: StoredStep? = nil
  ) {
    self.rollupStep = rollupStep
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
      "\(folder.directoryName)/\(part.path)\u{0}\(field)\u{0}\(stepNanos)\(sketches ? "s" : "")\(bySeries ? "t" : "")\u{0}\(needs.rawValue)\(own)\(summedText)"
  }
}

extension BucketRequest {
  fileprivate var summedText: String {
    switch summed {
    case .values: ""
    case .rows: "\u{0}rows"
    case .outside(let least, let largest): "\u{0}outside \(least) \(largest)"
    }
  }
}

extension BucketRequest {
  /// What the counters of these buckets are kept under.
  var counterKey: String { key + "\u{0}counters" }
}

extension BucketColumns {
  /// The buckets of rows, whatever their order.
  convenience init(summingUp source: RowSource, _ request: BucketRequest) {
    var builder = BucketColumnsBuilder(
      stepNanos: request.stepNanos, needs: request.needs, wantsSketches: request.sketches)
    source.add(request, to: &builder)
    self.init(builder)
  }
}

extension CounterColumns {
  /// The counters of rows, whatever their order.
  convenience init(following source: RowSource, _ request: BucketRequest) {
    var builder = CounterColumnsBuilder(stepNanos: request.stepNanos)
    source.add(request, to: &builder)
    self.init(builder)
  }
}

extension RowSource {
  /// Hands over the field's numbers, in the order of the rows.
  fileprivate func add(_ request: BucketRequest, to sink: inout some SeriesSink) {
    let column = column(of: request.field)
    for chunk in chunks {
      if column == nil && request.summed != .rows { break }
      var numbers = FieldNumbers(count: chunk.count)
      if request.summed == .rows {
        numbers.countRows()
      } else if let column {
        for row in 0..<chunk.count {
          numbers.set(row, tag: chunk.tag(row, column: column), payload: chunk.payload(row, column: column))
        }
      }
      numbers.keep(request.summed)
      let times = (0..<chunk.count).map { chunk.time($0) }
      var start = 0
      while start < chunk.count {
        var end = start + 1
        while end < chunk.count && chunk.series(end) == chunk.series(start) { end += 1 }
        if request.summed == .rows && series.isTold(chunk.series(start)) {
          start = end
          continue
        }
        if request.bySeries {
          let key = series[chunk.series(start)]
          sink.begin(device: key.device, tags: key.tags)
        } else {
          sink.begin(device: series.device(chunk.series(start)))
        }
        sink.add(rows: start..<end, times: times, unitNanos: precision.unitNanos, values: numbers)
        start = end
      }
    }
  }
}
