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

  public init(
    measurement: String, field: String, step: Step, from: UnixNanos, to: UnixNanos,
    aggregates: [Aggregate] = RollupQuery.defaultAggregates, filter: DeviceFilter = DeviceFilter(),
    groupBy: GroupBy = .none
  ) {
    self.measurement = measurement
    self.field = field
    self.step = step
    self.from = from
    self.to = to
    self.aggregates = aggregates
    self.filter = filter
    self.groupBy = groupBy
  }

  public static let defaultAggregates: [Aggregate] = [.average, .minimum, .maximum, .count]
}

/// What a `RollupQuery` finds: no empty bucket, no empty group.
public struct RollupAnswer: Sendable {
  public struct Cell: Sendable {
    /// The bucket's start.
    public var time: UnixNanos
    public var bucket: Bucket
    /// The quantiles asked for, in the order of the query's aggregates.
    public var quantiles: [Double]
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
    let wantsQuantiles = aggregates.contains { $0.needsReadings }
    var pass = RollupPass(
      query: self, grid: grid,
      grouping: DeviceGrouping(filter: filter, groupBy: groupBy, directory: directory, from: from, to: to),
      wantsQuantiles: wantsQuantiles)
    let devices = pass.grouping.scanDevices(reference: from)
    if devices?.isEmpty != true && from < to {
      for part in table.parts where part.newest >= from && part.oldest < to {
        try pass.add(part, of: table.name, devices: devices, reader: view.reader)
      }
      for source in table.unsealed { try pass.addReadings(source) }
    }
    return pass.answer()
  }
}

extension TableView {
  /// Whether any row ever had the field.
  func hasField(_ name: String) -> Bool {
    fields.contains { $0.name == name } || unsealed.contains { $0.column(of: name) != nil }
  }
}
