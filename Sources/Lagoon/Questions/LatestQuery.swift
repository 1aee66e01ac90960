import Primitives
import Registry
public import Telemetry

/// Asks for the newest row of each series: of each device, measurement and tags.
public struct LatestQuery: Sendable {
  /// nil for all.
  public var measurement: String?
  public var filter: DeviceFilter
  public var limit: Int
  /// Where the page before ended.
  public var cursor: Place?

  /// A series' row in the answer's order.
  public struct Place: Hashable, Comparable, Sendable {
    public var device: String
    public var measurement: String
    /// Sorted by name.
    public var tags: [SeriesKey.Tag]

    public init(device: String, measurement: String, tags: [SeriesKey.Tag] = []) {
      self.device = device
      self.measurement = measurement
      self.tags = tags
    }

    public static func < (a: Place, b: Place) -> Bool {
      if a.device != b.device { return a.device < b.device }
      if a.measurement != b.measurement { return a.measurement < b.measurement }
      return a.tags.lexicographicallyPrecedes(b.tags) { ($0.name, $0.value) < ($1.name, $1.value) }
    }
  }

  /// Rows by device, measurement and tags.
  public struct Answer: Sendable {
    public var rows: [ResultRow]
    public var next: Place?
    /// What could not be read of what it was looked for in.
    public var missing: [MissingTable]
  }

  public init(
    measurement: String? = nil, filter: DeviceFilter = DeviceFilter(), limit: Int = 100, cursor: Place? = nil
  ) {
    self.measurement = measurement
    self.filter = filter
    self.limit = limit
    self.cursor = cursor
  }

  /// - Throws: `QueryError.unknownMeasurement`, `unreadableTable` of the one that is asked for, or `abandoned`.
  public func run(on view: LagoonView, directory: any DeviceDirectory, cache: NewestRowsCache) throws -> Answer {
    guard let measurement else { return try answer(on: view, directory: directory, cache: cache) }
    let names = AskedNames(measurement: measurement, tags: filter.tags.map(\.name))
    return try names.scoped(view, directory, isEmpty: \.rows.isEmpty) {
      try answer(on: view, directory: directory, cache: cache)
    }
  }

  private func answer(
    on view: LagoonView, directory: any DeviceDirectory, cache: NewestRowsCache
  ) throws -> Answer {
    var tables = view.measurements
    var missing = MissingTables(view)
    if let measurement {
      let table = try view.table(of: measurement)
      try view.check(tags: filter.tags.map(\.name), of: table, measurement)
      tables = [(measurement, table)]
      missing = MissingTables()
    }
    var grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: .none, directory: directory, from: view.watermark,
      to: view.watermark)
    let devices = grouping.scanDevices()
    let steady = grouping.steadySpan
    var page = LatestPlaces(limit: limit)
    for candidate in LatestCandidate.inOrder(tables, devices: devices, after: cursor) {
      if page.isFull(before: candidate.first) { break }
      let newest = try NewestRows(
        of: candidate.table, devices: devices, isExhaustive: filter.device != nil, bySeries: true, view: view,
        cache: cache, missing: &missing)
      for (owner, rows) in newest.rows {
        let place = Place(device: owner.device, measurement: candidate.measurement, tags: owner.tags)
        if let cursor, place <= cursor { continue }
        if grouping.group(of: owner.device, tags: owner.tags, epoch: 0) < 0 { continue }
        // One that came into the scope since has no row in it yet.
        if let row = rows.first, !steady.contains(row.time), !grouping.scope.takes(owner.device, at: row.time) {
          continue
        }
        page.add(place, rows)
      }
    }
    let found = page.sorted()
    // Of several rows of one instant that do not make one, the last to arrive.
    let rows = found.prefix(limit).compactMap { place, rows in
      let arrived = rows.sorted { $0.arrival < $1.arrival }
      return ResultRow.newest(of: Self.distinct(arrived.map { $0.result(measurement: place.measurement) }))
    }
    return Answer(
      rows: rows, next: found.count > limit ? found[limit - 1].place : nil, missing: missing.all)
  }

  /// A row that was sealed may stand in memory too, as its series' newest.
  private static func distinct(_ rows: [ResultRow]) -> [ResultRow] {
    if rows.count < 2 { return rows }
    var seen: Set<ResultRow> = []
    return rows.filter { seen.insert($0).inserted }
  }
}
