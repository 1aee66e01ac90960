import Journal
import Lagoon
import Primitives
import Rollups
import Sys
import Telemetry

/// What a node keeps on its disk and reads again at a start. Each input is one file on a simulated machine, its checksums
/// made right, so that what stands behind them is reached.
enum FuzzKept {
  private static let nanos = UnixNanos(1_795_186_800) * Nanos.perSecond

  private static func machine() -> SimulatedMachine { SimulatedMachine(startNanos: nanos, capacityBytes: 64 << 20) }

  private static func put(_ octets: [UInt8], _ path: String) {
    try? FileSystem.createDirectories(FileSystem.parent(of: path))
    try? File(path, .append).write(all: octets)
  }

  static func journal(_ octets: [UInt8]) {
    machine().run {
      let segment = JournalSegment(directory: "/j", lane: 0, number: 1)
      put(SealedOctets.segment(octets), segment.path)
      var payloadBytes = 0
      let report = try? JournalRecovery.replay(segment) { payload, _ in
        payloadBytes += payload.count
        records(Array(payload))
        return true
      }
      precondition(
        report.map { $0.bytesRead == payloadBytes } ?? true, "BUG: the report says other bytes than were read")
      _ = try? JournalInspection(path: segment.path)
    }
  }

  static func records(_ octets: [UInt8]) {
    let tables = UnsealedTables(sealed: NothingSealed())
    var applier = BatchApplier()
    var counts = [LedgerCounts()]
    let options = UnsealedTables.ApplyOptions(lane: "n/lane-00", segment: 1, generation: 1, isRecovery: true)
    _ = octets.withUnsafeBytes { tables.apply($0, with: &applier, options: options, counts: &counts) }
    let facts = tables.facts()
    precondition(UInt64(facts.rowCount) == counts[0].stored, "BUG: the account does not balance")
    precondition(facts.byteCount <= 1 << 20 + 64 * octets.count + facts.tables << 16, "BUG: memory out of proportion")
    for table in tables.frozen(generation: 1) { precondition(table.rows.rowCount > 0) }
  }

  /// A commit of a table's Delta log: another program's, which has no checksum.
  static func commit(_ octets: [UInt8]) {
    machine().run {
      put(octets, "/data/tables/rain/_delta_log/00000000000000000000.json")
      look()
    }
  }

  static func checkpoint(_ octets: [UInt8]) {
    machine().run {
      put(octets, "/data/tables/rain/_delta_log/00000000000000000000.checkpoint.parquet")
      look()
    }
  }

  static func versions(_ octets: [UInt8]) {
    machine().run {
      put(SealedOctets.lines(octets), "/data/versions")
      look()
    }
  }

  private static func look() {
    guard let catalogue = try? Catalogue(data: "/data", node: "n") else { return }
    _ = (catalogue.warnings, catalogue.storedView(), catalogue.newestSegment(node: "n"))
    _ = try? TableDescription.lines(path: "/data/tables/rain")
    try? catalogue.maintain(
      nowNanos: nanos, monotonicNanos: 0, CompactionSettings(level: 1),
      retention: RetentionPolicy(readingsDays: 400, eventsDays: 400, rollups5mDays: 800, rollups1hDays: 3_650))
  }

  static func zone(_ octets: [UInt8]) {
    let zones = [TimeZoneRules(tzif: octets.span.bytes), TimeZoneRules(posix: String(decoding: octets, as: UTF8.self))]
    for case let zone? in zones {
      for instant in [Int64.min, -1, 0, 1_795_186_800, Int64.max] {
        precondition(abs(zone.offsetSeconds(atUTC: instant)) < 2 * 86_400, "BUG: no offset")
        _ = zone.utcNanos(fromLocalSeconds: instant)
      }
    }
  }

  static func sketch(_ octets: [UInt8]) {
    guard let sketch = QuantileSketch(text: octets) else { return }
    var twice = sketch
    twice.merge(sketch)
    precondition(twice.count == 2 * sketch.count && twice.quantile(thousandths: 500) != nil, "BUG: no sketch")
  }
}

/// Parts that hold nothing.
private struct NothingSealed: SealedRows {
  func newestTime(in table: TableName) -> Int64? { nil }
  func rows(in table: TableName, at instants: [DeviceInstants]) -> [RowSource] { [] }
  func knownTable(_ table: TableName) -> KnownTable? { nil }
}
