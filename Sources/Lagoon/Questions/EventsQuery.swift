public import Primitives
import Registry
import Telemetry

/// Asks for events, newest first.
public struct EventsQuery: Sendable {
  /// Inclusive.
  public var from: UnixNanos
  /// Exclusive.
  public var to: UnixNanos
  /// Any of these names; empty for all.
  public var severities: [String]
  /// One kind, or all that begin so, where it ends with a point.
  public var kind: String?
  public var filter: DeviceFilter
  public var limit: Int
  public var cursor: PageCursor?

  public init(
    from: UnixNanos = .min, to: UnixNanos = .max, severities: [String] = [], kind: String? = nil,
    filter: DeviceFilter = DeviceFilter(), limit: Int = 100, cursor: PageCursor? = nil
  ) {
    self.from = from
    self.to = to
    self.severities = severities
    self.kind = kind
    self.filter = filter
    self.limit = limit
    self.cursor = cursor
  }

  /// Rows whose fields are `severity`, `kind`, `message` and `attributes`, where they were sent. `attributes` is the
  /// text of a JSON object.
  ///
  /// - Throws: what the reader throws.
  public func run(on view: LagoonView, directory: any DeviceDirectory) throws -> RowPage {
    var missing = MissingTables(view, among: [.events])
    var page = try page(of: view, directory: directory, missing: &missing)
    page.missing = missing.all
    return page
  }

  private func page(
    of view: LagoonView, directory: any DeviceDirectory, missing: inout MissingTables
  ) throws -> RowPage {
    guard let table = view.tables[.events] else { return RowPage() }
    var end = to
    if let cursor, cursor.time < to { end = cursor.time + 1 }
    if from >= end { return RowPage() }
    var grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: .none, directory: directory, from: from, to: end)
    let devices = grouping.scanDevices()
    if devices?.isEmpty == true { return RowPage() }
    var rows = OrderedRows(isDescending: true, limit: limit, cursor: cursor, probe: view.probe)
    for source in table.unsealed { try add(source, to: &rows, end: end, grouping: &grouping) }
    let parts = table.parts.filter { $0.newest >= from && $0.oldest < end }.sorted { $0.newest > $1.newest }
    for part in parts {
      if rows.isFull(before: part.newest) {
        rows.noteMore()
        break
      }
      let source = try missing.reading(table.name) {
        try view.reader.scan(
          ScanRequest(table: table.name, path: part.path, devices: devices, from: from, to: end))
      }
      if let source {
        try add(source, arrival: part.arrival, to: &rows, end: end, grouping: &grouping)
      }
    }
    return try rows.page(limit: limit, measurement: nil)
  }

  private func add(
    _ source: RowSource, arrival: Int64 = FoundRow.inMemory, to rows: inout OrderedRows, end: UnixNanos,
    grouping: inout DeviceGrouping
  ) throws(QueryError) {
    var groups = SeriesGroups(seriesCount: source.series.count, epochs: grouping.changes.count + 1)
    let severityColumn = source.column(of: "severity")
    let kindColumn = source.column(of: "kind")
    let wantedSeverities = severities.map { Array($0.utf8) }
    let wantedKind = kind.map { Array($0.utf8) }
    try rows.add(source, arrival: arrival, from: from, to: end) { chunk, row, time in
      let epoch = grouping.changes.isEmpty ? 0 : grouping.epoch(of: time)
      let series = chunk.series(row)
      let group = groups.group(of: series, epoch: epoch) {
        grouping.group(of: source.series.device(series), epoch: epoch)
      }
      return group >= 0 && Self.isAny(of: wantedSeverities, chunk, row, severityColumn)
        && Self.isKind(wantedKind, chunk, row, kindColumn)
    }
  }

  private static func isAny(of wanted: [[UInt8]], _ chunk: RowChunk, _ row: Int, _ column: Int?) -> Bool {
    if wanted.isEmpty { return true }
    guard let column, chunk.tag(row, column: column) == .string else { return false }
    let text = chunk.text(chunk.payload(row, column: column))
    return wanted.contains { text.elementsEqual($0) }
  }

  private static func isKind(_ wanted: [UInt8]?, _ chunk: RowChunk, _ row: Int, _ column: Int?) -> Bool {
    guard let wanted else { return true }
    guard let column, chunk.tag(row, column: column) == .string else { return false }
    let text = chunk.text(chunk.payload(row, column: column))
    return wanted.last == UInt8(ascii: ".") ? text.starts(with: wanted) : text.elementsEqual(wanted)
  }

  /// Whether a kind is one that a question asks for, which may be a beginning.
  public static func takes(_ kind: String?, asked: String) -> Bool {
    guard let kind else { return false }
    return asked.hasSuffix(".") ? kind.hasPrefix(asked) : kind == asked
  }
}
