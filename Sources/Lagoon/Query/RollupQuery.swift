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
    var pass = RollupPass(query: self, grid: grid, grouping: grouping, probe: view.probe)
    let devices = grouping.scanDevices()
    if devices?.isEmpty != true && from < to {
      for part in table.parts where part.newest >= from && part.oldest < to {
        try pass.add(part, of: table.name, devices: devices, reader: view.reader)
      }
      for source in table.unsealed { try pass.addReadings(source) }
      try pass.addStandalone(view, table: table.name, devices: devices)
    }
    let increases =
      try aggregates.contains(where: \.isOfCounter)
      ? self.increases(of: table, view: view, grid: grid, devices: devices, grouping: &pass.grouping, zone: zone) : [:]
    return try pass.answer(increases: increases, completeUntil: view.completeUntil)
  }

  private func increases(
    of table: TableView, view: LagoonView, grid: BucketGrid, devices: Set<String>?, grouping: inout DeviceGrouping,
    zone: TimeZoneRules
  ) throws -> [BucketPlace: Double] {
    var pass = CounterPass(self, zone: zone, probe: view.probe)
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
    return try pass.increases(grid: grid, grouping: &grouping)
  }
}

extension TableView {
  /// Whether any row ever had the field.
  func hasField(_ name: String) -> Bool {
    fields.contains { $0.name == name } || unsealed.contains { $0.column(of: name) != nil }
  }
}
