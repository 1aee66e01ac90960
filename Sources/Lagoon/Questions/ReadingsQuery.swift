public import Primitives
import Registry
public import Telemetry

/// Asks for the rows of one device in one measurement, oldest first.
public struct ReadingsQuery: Sendable {
  public var device: String
  public var measurement: String
  /// Tags that a row must have.
  public var tags: [SeriesKey.Tag]
  /// Inclusive.
  public var from: UnixNanos
  /// Exclusive.
  public var to: UnixNanos
  public var limit: Int
  public var cursor: PageCursor?

  public init(
    device: String, measurement: String, tags: [SeriesKey.Tag] = [], from: UnixNanos = .min, to: UnixNanos = .max,
    limit: Int = 100, cursor: PageCursor? = nil
  ) {
    self.device = device
    self.measurement = measurement
    self.tags = tags
    self.from = from
    self.to = to
    self.limit = limit
    self.cursor = cursor
  }

  /// - Throws: `QueryError.unknownMeasurement`, or what the reader throws.
  public func run(on view: LagoonView, directory: any DeviceDirectory = EmptyDirectory()) throws -> RowPage {
    let names = AskedNames(measurement: measurement, tags: tags.map(\.name))
    return try names.scoped(view, directory) {
      $0.count == 0
    } run: {
      try page(of: view, directory: directory)
    }
  }

  private func page(of view: LagoonView, directory: any DeviceDirectory) throws -> RowPage {
    let table = try view.table(of: measurement)
    try view.check(tags: tags.map(\.name), of: table, measurement)
    let start = max(from, cursor?.time ?? .min)
    if start >= to { return RowPage() }
    var grouping = DeviceGrouping(
      filter: DeviceFilter(device: device, tags: tags), within: view.scope, groupBy: .none, directory: directory,
      from: start, to: to)
    if grouping.scanDevices()?.isEmpty == true { return RowPage() }
    var rows = OrderedRows(isDescending: false, limit: limit, cursor: cursor, probe: view.probe)
    for source in table.unsealed { try add(source, to: &rows, start: start, grouping: &grouping) }
    let parts = table.parts.filter { $0.newest >= start && $0.oldest < to }.sorted { $0.oldest < $1.oldest }
    for part in parts {
      if rows.isFull(before: part.oldest) {
        rows.noteMore()
        break
      }
      let source = try view.reader.scan(
        ScanRequest(table: table.name, path: part.path, devices: [device], from: start, to: to))
      try add(source, arrival: part.arrival, to: &rows, start: start, grouping: &grouping)
    }
    return try rows.page(limit: limit, measurement: measurement)
  }

  private func add(
    _ source: RowSource, arrival: Int64 = FoundRow.inMemory, to rows: inout OrderedRows, start: UnixNanos,
    grouping: inout DeviceGrouping
  ) throws(QueryError) {
    var groups = SeriesGroups(seriesCount: source.series.count, epochs: grouping.changes.count + 1)
    try rows.add(source, arrival: arrival, from: start, to: to) { chunk, row, time in
      let series = chunk.series(row)
      let epoch = grouping.changes.isEmpty ? 0 : grouping.epoch(of: time)
      return groups.group(of: series, epoch: epoch) {
        grouping.group(of: series, in: source.series, epoch: epoch)
      } >= 0
    }
  }
}
