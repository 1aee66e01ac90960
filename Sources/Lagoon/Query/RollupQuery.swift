public import Primitives
public import Rollups
import Telemetry

/// Asks for the buckets of one field: by step, by group, of a range.
public struct RollupQuery: Sendable {
  public var measurement: String
  public var field: String
  public var step: Step
  /// Inclusive.
  public var from: UnixNanos
  /// Exclusive.
  public var to: UnixNanos
  public var aggregates: [Aggregate]
  public var filter: DeviceFilter
  public var groupBy: GroupBy
  /// For groups of areas: how deep in the tree they lie, 1 at its top; nil for each device's own area.
  public var level: Int?

  public init(
    measurement: String, field: String, step: Step, from: UnixNanos, to: UnixNanos,
    aggregates: [Aggregate] = RollupQuery.defaultAggregates, filter: DeviceFilter = DeviceFilter(),
    groupBy: GroupBy = .none, level: Int? = nil
  ) {
    self.measurement = measurement
    self.field = field
    self.step = step
    self.from = from
    self.to = to
    self.aggregates = aggregates
    self.filter = filter
    self.groupBy = groupBy
    self.level = level
  }

  public static let defaultAggregates: [Aggregate] = [.average, .minimum, .maximum, .count]
}

/// What a `RollupQuery` finds: no empty bucket, no empty group.
public struct RollupAnswer: Sendable {
  public struct Cell: Sendable {
    /// The bucket's start.
    public var time: UnixNanos
    /// Where it ends: the next one's start.
    public var end: UnixNanos
    public var bucket: Bucket
    /// The quantiles asked for, in the order of the query's aggregates.
    public var quantiles: [Double]
    /// How far its counters rose together; 0 unless asked for.
    public var increase: Double
    /// How many devices it has readings of; 0 unless asked for.
    public var distinct: Int64
    /// Whether nothing more is expected but what comes late: it ended before the view's watermark.
    public var isComplete: Bool

    /// An aggregate; `quantile` is how many of the query's quantiles stand before it. An integer where it counts.
    public func value(of aggregate: Aggregate, quantile: inout Int) -> AggregateValue {
      switch aggregate {
      case .count: return .integer(bucket.count)
      case .distinct: return .integer(distinct)
      case .increase: return .double(increase)
      case .rate: return .double(increase * Double(Nanos.perSecond) / Double(end - time))
      case .quantile:
        defer { quantile += 1 }
        return .double(quantiles[quantile])
      default: return .double(aggregate.value(of: bucket) ?? .nan)
      }
    }
  }

  /// What an aggregate comes to.
  public enum AggregateValue: Sendable, Hashable {
    case integer(Int64)
    case double(Double)
  }

  public struct Group: Sendable {
    /// The group's name; empty without `groupBy`, and for devices of which the registry says nothing.
    public var name: String
    /// By time.
    public var cells: [Cell]
  }

  /// By name.
  public var groups: [Group]
  /// What it cost: readings run down, and stored buckets merged instead.
  public var readingsRead: Int
  public var storedBucketsRead: Int
}

extension RollupQuery {
  /// Answers from stored rollups where they say the same, from readings where not, and from what is unsealed.
  ///
  /// - Throws: `QueryError`, or what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules
  ) throws -> RollupAnswer {
    let table = try view.table(of: measurement)
    guard table.hasField(field) else { throw QueryError.unknownField(measurement: measurement, field: field) }
    guard
      let grid = BucketGrid(step: step, zone: zone, from: from, to: to, limit: QueryLimits.bucketsPerGroup)
    else { throw QueryError.tooManyBuckets(limit: QueryLimits.bucketsPerGroup) }
    let grouping = DeviceGrouping(
      filter: filter, groupBy: groupBy, level: level, directory: directory, from: grid.start, to: to)
    var pass = RollupPass(query: self, grid: grid, grouping: grouping)
    let devices = grouping.scanDevices()
    if devices?.isEmpty != true && from < to {
      for part in table.parts where part.newest >= from && part.oldest < to {
        try pass.add(part, of: table.name, devices: devices, reader: view.reader)
      }
      for source in table.unsealed { try pass.addReadings(source) }
    }
    let increases = try aggregates.contains(where: \.isOfCounter)
      ? self.increases(of: table, view: view, grid: grid, devices: devices, grouping: &pass.grouping, zone: zone) : [:]
    return pass.answer(increases: increases, watermark: view.watermark)
  }

  private func increases(
    of table: TableView, view: LagoonView, grid: BucketGrid, devices: Set<String>?, grouping: inout DeviceGrouping,
    zone: TimeZoneRules
  ) throws -> [BucketPlace: Double] {
    var pass = CounterPass(self, zone: zone)
    if devices?.isEmpty == true || from >= to { return [:] }
    for part in table.parts where part.newest >= pass.scanFrom && part.oldest < to {
      try pass.add(
        view.reader.scan(
          ScanRequest(
            table: table.name, path: part.path, devices: devices, from: pass.scanFrom, to: to, fields: [field],
            arrivals: false)),
        grouping: &grouping)
    }
    for source in table.unsealed { try pass.add(source, grouping: &grouping) }
    return pass.increases(grid: grid, grouping: &grouping)
  }
}

extension TableView {
  /// Whether any row ever had the field.
  func hasField(_ name: String) -> Bool {
    fields.contains { $0.name == name } || unsealed.contains { $0.column(of: name) != nil }
  }
}
