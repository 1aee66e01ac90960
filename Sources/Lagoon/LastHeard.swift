public import Primitives
import Telemetry

/// When each device of the registry was heard last, by readings or events: by its own time or by the arrival, whichever is
/// later, so that a device which catches up counts as heard. What the node told itself doesn't count.
///
/// Each part is looked at once, however often it is asked; only unsealed rows are gone through every time.
public struct LastHeard: Sendable {
  /// Of rows in parts.
  private var sealed: [String: UnixNanos] = [:]
  private var seenParts: [TableName: Set<String>] = [:]

  public init() {}

  /// Parts that end so long before their table's newest row are not looked at: who was silent for longer was not heard.
  private static let horizonNanos = Nanos.perDay

  /// What is known of every device of the registry that was heard. Another registry needs another `LastHeard`.
  ///
  /// - Throws: what the reader throws.
  public mutating func update(
    on view: LagoonView, directory: any DeviceDirectory
  ) throws -> [String: UnixNanos] {
    for table in view.tables.values where Self.isHeard(table.name) {
      try look(atPartsOf: table, reader: view.reader, directory: directory)
    }
    var heard = sealed
    for table in view.tables.values where Self.isHeard(table.name) {
      for source in table.unsealed { Self.add(source, to: &heard, directory: directory) }
    }
    return heard
  }

  private static func isHeard(_ name: TableName) -> Bool {
    switch name {
    case .readings, .events: true
    case .rollups, .devices: false
    }
  }

  private mutating func look(
    atPartsOf table: TableView, reader: any PartReading, directory: any DeviceDirectory
  ) throws {
    let newest = table.parts.map(\.newest).max() ?? .min
    let horizon = newest > .min + Self.horizonNanos ? newest - Self.horizonNanos : .min
    let known = seenParts[table.name] ?? []
    for part in table.parts where part.newest >= horizon && !known.contains(part.path) {
      let source = try reader.scan(ScanRequest(table: table.name, path: part.path, from: part.oldest, fields: []))
      Self.add(source, to: &sealed, directory: directory)
    }
    seenParts[table.name] = Set(table.parts.map(\.path))
  }

  private static func add(
    _ source: RowSource, to heard: inout [String: UnixNanos], directory: any DeviceDirectory
  ) {
    let unit = source.precision.unitNanos
    // The writer may add series to the list meanwhile; rows have none of those.
    var newest = [UnixNanos](repeating: .min, count: source.series.count)
    for chunk in source.chunks {
      chunk.withTimes { series, times in
        for row in times.indices { newest[Int(series[row])] = max(newest[Int(series[row])], times[row] * unit) }
        chunk.withReceived { arrivals in
          for row in times.indices where arrivals[row] != RowChunk.noReceived {
            let series = Int(series[row])
            newest[series] = max(newest[series], arrivals[row] * Nanos.perMillisecond)
          }
        }
      }
    }
    for (number, time) in newest.enumerated() where time > .min {
      let series = UInt32(number)
      if source.series.isTold(series) { continue }
      let device = source.series.device(series)
      if let known = heard[device], known >= time { continue }
      if directory.device(device) != nil { heard[device] = time }
    }
  }
}
