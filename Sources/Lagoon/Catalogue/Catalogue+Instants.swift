import Primitives
public import Telemetry

/// What late rows ask of the parts.
extension Catalogue: SealedRows {
  public func newestTime(in table: TableName) -> Int64? {
    self.table(table)?.newestTime
  }

  public func knownTable(_ name: TableName) -> KnownTable? {
    table(name).map { KnownTable(fields: $0.fields, precision: $0.precision, segments: $0.segments) }
  }

  /// Each part whose bounds allow one of the instants is read once for its devices and times; only where one of them is
  /// there its fields are read too. A part that cannot be read holds no row that could be compared: `verify` and
  /// questions name it.
  public func rows(in name: TableName, at instants: [SealedInstant]) -> [RowSource] {
    guard let table = table(name), !instants.isEmpty else { return [] }
    let sorted = instants.sorted { $0.time < $1.time }
    var found: [RowSource] = []
    for part in table.parts {
      let first = sorted.partitioningIndex { $0.time >= part.oldestTime }
      let end = sorted.partitioningIndex { $0.time > part.newestTime }
      if first >= end { continue }
      let wanted = sorted[first..<end].filter { part.mayHold(device: $0.device) }
      guard !wanted.isEmpty, let present = present(wanted, in: part, of: table), !present.isEmpty,
        let source = rows(of: part, in: table, at: present)
      else { continue }
      found.append(source)
    }
    return found
  }

  /// Which of the instants a part has rows of.
  private func present(_ wanted: [SealedInstant], in part: Part, of table: TableState) -> [SealedInstant]? {
    guard let keys = try? scan(part, of: table, bounds: wanted, fields: []) else { return nil }
    var times: [String: Set<Int64>] = [:]
    for instant in wanted { times[instant.device, default: []].insert(instant.time) }
    var present: Set<SealedInstant> = []
    for chunk in keys.chunks {
      var series = UInt32.max
      var device = ""
      var own: Set<Int64>?
      for row in 0..<chunk.count {
        if chunk.series(row) != series {
          series = chunk.series(row)
          device = keys.series.device(series)
          own = times[device]
        }
        if let own, own.contains(chunk.time(row)) {
          present.insert(SealedInstant(device: device, time: chunk.time(row)))
        }
      }
    }
    return Array(present)
  }

  /// Those rows of a part, with every field.
  private func rows(of part: Part, in table: TableState, at present: [SealedInstant]) -> RowSource? {
    guard let source = try? scan(part, of: table, bounds: present, fields: nil) else { return nil }
    let wanted = Set(present)
    var kept = ChunkList()
    for chunk in source.chunks {
      var series = UInt32.max
      var device = ""
      for row in 0..<chunk.count {
        if chunk.series(row) != series {
          series = chunk.series(row)
          device = source.series.device(series)
        }
        if !wanted.contains(SealedInstant(device: device, time: chunk.time(row))) { continue }
        let open = kept.openChunk { open in (0..<chunk.columnCount).count { !open.hasColumn($0) } }
        kept.noteRow(valueCount: open.appendCopy(of: row, from: chunk))
      }
    }
    return RowSource(chunks: kept.chunks, series: source.series, fields: source.fields, precision: source.precision)
  }

  /// Scans a part for the devices and the span of time of those instants.
  private func scan(
    _ part: Part, of table: TableState, bounds: [SealedInstant], fields: [String]?
  ) throws -> RowSource {
    let times = bounds.map(\.time)
    guard let oldest = times.min(), let newest = times.max() else { throw LagoonError("BUG: no instants to look up") }
    let (end, overflow) = newest.addingReportingOverflow(1)
    return try scan(
      part, of: table, devices: Set(bounds.map(\.device)), times: oldest..<(overflow ? newest : end), fields: fields,
      arrivals: false)
  }
}

extension Array {
  /// The first index whose element `belongs` to the second half; the elements are in that order.
  fileprivate func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
