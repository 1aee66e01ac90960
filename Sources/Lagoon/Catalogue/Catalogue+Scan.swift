import Parquet
import Primitives
import Sys
public import Telemetry

extension Catalogue {
  /// Devices up to which a question's columns are kept as they were decoded.
  static let fewDevices = 32

  /// Reads rows of a part.
  ///
  /// - Parameters:
  ///   - devices: only those; nil for all.
  ///   - times: half-open, in the table's unit; nil for all.
  ///   - fields: only those; nil for all.
  ///   - arrivals: whether the arrival times are wanted too.
  public func scan(
    _ part: Part, of table: TableState, devices: Set<String>? = nil, times: Range<Int64>? = nil,
    fields: [String]? = nil, arrivals: Bool = true, probe: QuestionProbe = .never
  ) throws -> RowSource {
    let path = directory(of: table.name) + "/" + part.path
    do {
      var scan = PartScan(
        reader: try cache.reader(path), schema: Self.readingSchema(of: table), precision: table.precision,
        devices: devices, times: times, fields: fields, arrivals: arrivals)
      scan.probe = probe
      if let devices, devices.count <= Self.fewDevices { scan.cache = (columnCache, path) }
      return try scan.run()
    } catch {
      throw unreadable(table.name, part.path, error)
    }
  }

  /// The table's columns, and of what its rows' series are.
  static func readingSchema(of table: TableState) -> TableSchema {
    var schema = table.schema
    if case .events = table.name { schema.kind = .events }
    schema.measurement = table.name.displayName
    return schema
  }
}

extension Catalogue: SealedRows {
  public func newestTime(in table: TableName) -> Int64? {
    self.table(table)?.newestTime
  }

  public func newestTime(in name: TableName, of key: SeriesKey) -> Int64? {
    guard let table = table(name) else { return nil }
    var newest: Int64?
    for part in table.parts.sorted(by: { $0.newestTime > $1.newestTime }) {
      if let newest, part.newestTime <= newest { break }
      if !part.mayHold(device: key.device) { continue }
      guard let source = try? scan(part, of: table, devices: [key.device], fields: []) else { continue }
      for chunk in source.chunks {
        for row in 0..<chunk.count where source.series[chunk.series(row)].tags == key.tags {
          newest = max(newest ?? Int64.min, chunk.time(row))
        }
      }
    }
    return newest
  }

  public func existingRows(in name: TableName, of key: SeriesKey, at time: Int64) -> [RowSource] {
    guard let table = table(name) else { return [] }
    var found: [RowSource] = []
    for part in table.parts
    where part.oldestTime <= time && part.newestTime >= time && part.mayHold(device: key.device) {
      // A part that cannot be read holds no row that could be compared; `verify` and queries name it.
      guard let source = try? scan(part, of: table, devices: [key.device], times: time..<time + 1) else { continue }
      let own = RowSource(
        chunks: source.chunks.compactMap { Self.rows(of: key, in: $0, source) }, series: source.series,
        fields: source.fields, precision: source.precision)
      if own.rowCount > 0 { found.append(own) }
    }
    return found
  }

  private static func rows(of key: SeriesKey, in chunk: RowChunk, _ source: RowSource) -> RowChunk? {
    let own = RowChunk(capacity: max(1, chunk.count))
    for row in 0..<chunk.count where source.series[chunk.series(row)].tags == key.tags {
      own.appendCopy(of: row, from: chunk)
    }
    return own.count == 0 ? nil : own
  }

  public func knownTable(_ name: TableName) -> KnownTable? {
    table(name).map { KnownTable(fields: $0.fields, precision: $0.precision, segments: $0.segments) }
  }
}

extension Part {
  /// Whether its bounds allow rows of that device.
  func mayHold(device: String) -> Bool {
    !device.utf8.lexicographicallyPrecedes(firstDevice.utf8) && !lastDevice.utf8.lexicographicallyPrecedes(device.utf8)
  }
}
