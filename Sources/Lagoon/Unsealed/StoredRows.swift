import Primitives
import Telemetry

/// What late rows ask of the parts.
struct StoredRows: SealedRows {
  let tables: StoredTables

  func newestTime(in table: TableName) -> Int64? { tables.table(table)?.newestTime }

  func knownTable(_ name: TableName) -> KnownTable? {
    tables.table(name).map { KnownTable(fields: $0.fields, precision: $0.precision, segments: $0.segments) }
  }

  /// Each part whose bounds allow one of the instants is read once for its devices and times; only where one of them is
  /// there its fields are read too. A part that cannot be read holds no row that could be compared: `verify` and
  /// questions name it.
  func rows(in name: TableName, at instants: [DeviceInstants]) -> [RowSource] {
    guard let table = tables.table(name) else { return [] }
    var times = instants.flatMap(\.times)
    times.sort()
    var found: [RowSource] = []
    for part in table.parts where times.contains(ascending: part.oldestTime, part.newestTime) {
      let wanted = instants.filter { instants in
        instants.times.contains(ascending: part.oldestTime, part.newestTime) && part.mayHold(device: instants.device)
      }
      let present = present(wanted, in: part, of: table)
      if !present.isEmpty, let source = rows(of: part, in: table, at: present) { found.append(source) }
    }
    return found
  }

  /// Which of the instants a part has rows of.
  private func present(_ wanted: [DeviceInstants], in part: Part, of table: TableState) -> [DeviceInstants] {
    guard !wanted.isEmpty, let keys = try? scan(part, of: table, bounds: wanted, fields: []) else { return [] }
    var found: [DeviceInstants] = []
    Self.forEachMatch(keys, wanted) { instants, _, time in
      if found.last?.device != instants.device { found.append(DeviceInstants(device: instants.device, times: [])) }
      found[found.count - 1].times.append(time)
    }
    // Rows of a device stand together and ascend, but for those of several series, or of another writer.
    var byDevice: [String: Set<Int64>] = [:]
    for instants in found { byDevice[instants.device, default: []].formUnion(instants.times) }
    return byDevice.map { DeviceInstants(device: $0.key, times: $0.value.sorted()) }
  }

  /// Those rows of a part, with every field.
  private func rows(of part: Part, in table: TableState, at present: [DeviceInstants]) -> RowSource? {
    guard let source = try? scan(part, of: table, bounds: present, fields: nil) else { return nil }
    var kept = ChunkList()
    Self.forEachMatch(source, present) { _, place, _ in
      let (chunk, row) = place
      let open = kept.openChunk { open in (0..<chunk.columnCount).count { !open.hasColumn($0) } }
      kept.noteRow(valueCount: open.appendCopy(of: row, from: chunk))
    }
    return RowSource(chunks: kept.chunks, series: source.series, fields: source.fields, precision: source.precision)
  }

  /// Calls `body` with each row at one of those instants.
  private static func forEachMatch(
    _ source: RowSource, _ wanted: [DeviceInstants],
    _ body: (_ instants: DeviceInstants, _ place: (chunk: RowChunk, row: Int), _ time: Int64) -> Void
  ) {
    let byDevice = Dictionary(wanted.map { ($0.device, $0) }) { first, _ in first }
    for chunk in source.chunks {
      var series = UInt32.max
      var own: DeviceInstants?
      for row in 0..<chunk.count {
        if chunk.series(row) != series {
          series = chunk.series(row)
          own = byDevice[source.series.device(series)]
        }
        let time = chunk.time(row)
        if let own, own.times.index(ofSorted: time) != nil { body(own, (chunk, row), time) }
      }
    }
  }

  /// Scans a part for the devices and the span of time of those instants.
  private func scan(
    _ part: Part, of table: TableState, bounds: [DeviceInstants], fields: [String]?
  ) throws -> RowSource {
    var oldest = Int64.max
    var newest = Int64.min
    for instants in bounds {
      oldest = min(oldest, instants.times.first ?? oldest)
      newest = max(newest, instants.times.last ?? newest)
    }
    let (end, overflow) = newest.addingReportingOverflow(1)
    return try tables.scan(
      part.path, of: table, devices: Set(bounds.map(\.device)), times: oldest..<max(oldest, overflow ? newest : end),
      fields: fields, arrivals: false)
  }
}

extension Array where Element == Int64 {
  /// Whether one of the ascending values lies between both, bounds included.
  fileprivate func contains(ascending low: Int64, _ high: Int64) -> Bool {
    var first = 0
    var end = count
    while first < end {
      let middle = (first + end) / 2
      if self[middle] < low { first = middle + 1 } else { end = middle }
    }
    return first < count && self[first] <= high
  }
}
