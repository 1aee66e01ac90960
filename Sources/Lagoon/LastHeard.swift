public import Primitives
import Telemetry

/// When each device was heard last, by readings or events: as it says itself or by the arrival, whichever is later, so
/// that a device which catches up counts as heard.
public enum LastHeard {
  /// As far as the last day of each table goes: see `NewestRows`.
  ///
  /// - Throws: what the reader throws.
  public static func find(on view: LagoonView, cache: NewestRowsCache) throws -> [String: UnixNanos] {
    var heard: [String: UnixNanos] = [:]
    for table in view.tables.values {
      switch table.name {
      case .readings, .events: break
      case .rollups, .devices: continue
      }
      let newest = try NewestRows(of: table, devices: nil, isExhaustive: false, reader: view.reader, cache: cache)
      for (device, rows) in newest.found {
        for row in rows {
          let received = row.chunk.received(row.row)
          let arrival = received == RowChunk.noReceived ? row.time : received * Nanos.perMillisecond
          heard[device] = max(heard[device] ?? .min, row.time, arrival)
        }
      }
    }
    return heard
  }
}
