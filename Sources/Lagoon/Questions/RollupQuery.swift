public import Primitives
import Registry
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
  /// The tag by whose values rows are told apart; it goes with `GroupBy.none`.
  public var groupTag: String?

  public init(
    measurement: String, field: String, step: Step, from: UnixNanos, to: UnixNanos,
    aggregates: [Aggregate] = RollupQuery.defaultAggregates, filter: DeviceFilter = DeviceFilter(),
    groupBy: GroupBy = .none, level: Int? = nil, groupTag: String? = nil
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
    self.groupTag = groupTag
  }

  /// By what groups are told apart, as the interface calls it; nil where all is one.
  public var groupName: String? { groupTag.map { "tag:\($0)" } ?? (groupBy == .none ? nil : groupBy.rawValue) }

  public static let defaultAggregates: [Aggregate] = [.average, .minimum, .maximum, .count]
}

extension RollupQuery {
  /// Answers from stored rollups where they say the same, from readings where not, and from what is unsealed.
  ///
  /// - Throws: `QueryError`, or what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules
  ) throws -> RollupAnswer {
    let tags = filter.tags.map(\.name) + (groupTag.map { [$0] } ?? [])
    let names = AskedNames(measurement: measurement, field: field, tags: tags)
    return try names.scoped(view, directory, isEmpty: \.groups.isEmpty) {
      try answer(on: view, directory: directory, zone: zone)
    }
  }

  private func answer(
    on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules
  ) throws -> RollupAnswer {
    let table = try view.table(of: measurement)
    guard table.hasField(field) else { throw QueryError.unknownField(measurement: measurement, field: field) }
    try view.check(tags: filter.tags.map(\.name) + (groupTag.map { [$0] } ?? []), of: table, measurement)
    guard
      let grid = BucketGrid(step: step, zone: zone, from: from, to: to, limit: Limits.bucketsPerGroup)
    else { throw QueryError.tooManyBuckets(limit: Limits.bucketsPerGroup) }
    let grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: groupBy, level: level, tag: groupTag, directory: directory,
      from: grid.start, to: to)
    var pass = RollupPass(query: self, grid: grid, grouping: grouping, probe: view.probe)
    let devices = grouping.scanDevices()
    if devices?.isEmpty != true && from < to {
      for part in table.partsByArrival where part.newest >= from && part.oldest < to {
        try pass.add(part, of: table.name, devices: devices, reader: view.reader)
      }
      for source in table.unsealed { try pass.addReadings(source) }
      try pass.addStandalone(view, table: table.name, devices: devices)
    }
    let increases =
      try aggregates.contains(where: \.isOfCounter)
      ? self.increases(of: table, view: view, grid: grid, devices: devices, grouping: &pass.grouping, zone: zone) : nil
    return try pass.answer(increases: increases, completeUntil: view.completeUntil)
  }

  private func increases(
    of table: TableView, view: LagoonView, grid: BucketGrid, devices: Set<String>?, grouping: inout DeviceGrouping,
    zone: TimeZoneRules
  ) throws -> CounterRises {
    if devices?.isEmpty == true || from >= to { return CounterRises() }
    var pass = CounterPass(self, grid: grid, zone: zone, probe: view.probe)
    return try pass.run(on: table, view, devices: devices, grouping: &grouping)
  }
}

extension TableView {
  /// Whether any row ever had the field.
  func hasField(_ name: String) -> Bool {
    fields.contains { $0.name == name } || unsealed.contains { $0.column(of: name) != nil }
  }

  /// Whether any row ever had the tag.
  func hasTag(_ name: String) -> Bool {
    if tags.contains(name) { return true }
    return unsealed.contains { source in
      let list = source.series
      return (0..<list.count).contains { number in
        CanonicalKey(list.canonicalKey(UInt32(number))).value(ofTag: name.utf8Span.span.bytes) != nil
      }
    }
  }

  /// Parts in the order in which their rows arrived: of one series and instant the first to come stands first.
  var partsByArrival: [QueryPart] { parts.sorted { ($0.arrival, $0.path) < ($1.arrival, $1.path) } }
}

extension LagoonView {
  /// Refuses a tag that no row of a table has.
  func check(tags: [String], of table: TableView, _ measurement: String) throws(QueryError) {
    for tag in tags where !table.hasTag(tag) { throw QueryError.unknownTag(measurement: measurement, tag: tag) }
  }
}
