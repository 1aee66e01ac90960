public import Primitives
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
  public func run(on view: LagoonView) throws -> RowPage {
    let table = try view.table(of: measurement)
    try view.check(tags: tags.map(\.name), of: table, measurement)
    let start = max(from, cursor?.time ?? .min)
    if start >= to { return RowPage() }
    var rows = OrderedRows(isDescending: false, limit: limit, cursor: cursor, probe: view.probe)
    for source in table.unsealed { try add(source, to: &rows, start: start) }
    let parts = table.parts.filter { $0.newest >= start && $0.oldest < to }.sorted { $0.oldest < $1.oldest }
    for part in parts {
      if rows.isFull(before: part.oldest) {
        rows.noteMore()
        break
      }
      let source = try view.reader.scan(
        ScanRequest(table: table.name, path: part.path, devices: [device], from: start, to: to))
      try add(source, arrival: part.arrival, to: &rows, start: start)
    }
    return try rows.page(limit: limit, measurement: measurement)
  }

  private func add(
    _ source: RowSource, arrival: Int64 = FoundRow.inMemory, to rows: inout OrderedRows, start: UnixNanos
  ) throws(QueryError) {
    var groups = SeriesGroups(seriesCount: source.series.count)
    try rows.add(source, arrival: arrival, from: start, to: to) { chunk, row, _ in
      let series = chunk.series(row)
      return groups.group(of: series, epoch: 0) {
        let isWanted =
          source.series.device(series) == device
          && (tags.isEmpty || DeviceFilter(tags: tags).takes(tags: source.series[series].tags))
        return isWanted ? 0 : DeviceGrouping.excluded
      } >= 0
    }
  }
}
