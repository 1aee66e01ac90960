import Lagoon
import Primitives
import Synchronization
import Telemetry

/// Parts that a test makes up.
final class FakeSealedRows: SealedRows {
  let rows: [TableName: RowSource]
  let segments: [String: UInt64]
  private let asked = Mutex(0)

  init(_ rows: [TableName: RowSource] = [:], segments: [String: UInt64] = [:]) {
    self.rows = rows
    self.segments = segments
  }

  /// How often rows were looked up.
  var lookUps: Int { asked.withLock { $0 } }

  func newestTime(in table: TableName) -> Int64? {
    rows[table]?.chunks.flatMap { chunk in (0..<chunk.count).map { chunk.time($0) } }.max()
  }

  func rows(in table: TableName, at instants: [DeviceInstants]) -> [RowSource] {
    asked.withLock { $0 += 1 }
    return rows[table].map { [$0] } ?? []
  }

  func knownTable(_ table: TableName) -> KnownTable? {
    if let source = rows[table] {
      return KnownTable(fields: source.fields, precision: source.precision, segments: segments)
    }
    return segments.isEmpty ? nil : KnownTable(fields: [], precision: .milliseconds, segments: segments)
  }
}

/// Tables that records are applied to, as recovery does or as a lane's committer does.
struct UnsealedTablesFixture: ~Copyable {
  let tables: UnsealedTables
  var applier = BatchApplier()
  var counts = [LedgerCounts()]

  init(_ sealed: FakeSealedRows = FakeSealedRows(), idleLookCount: Int = Limits.seriesLookedAt) {
    tables = UnsealedTables(sealed: sealed, idleLookCount: idleLookCount)
  }

  /// False if the records make no sense.
  mutating func apply(
    _ rows: borrowing RecordedRows, segment: UInt64 = 1, generation: UInt64 = 9, isRecovery: Bool = false
  ) -> Bool {
    let options = UnsealedTables.ApplyOptions(
      lane: "n/lane-00", segment: segment, generation: generation, isRecovery: isRecovery)
    var counts = counts
    let isWhole = rows.buffer.withUnsafeBytes { tables.apply($0, with: &applier, options: options, counts: &counts) }
    self.counts = counts
    return isWhole
  }

  mutating func settle() {
    for late in tables.settleLateRows(faults: nil, listenerCount: 1) ?? [] { counts[0].add(late) }
  }

  /// Every visible row of a table as `seconds device field=value …`, sorted.
  func rows(of measurement: String) -> [String] {
    guard let view = tables.view(of: .readings(measurement)) else { return [] }
    var texts: [String] = []
    for source in view.generations.map(\.rows) {
      for chunk in source.chunks {
        for row in 0..<chunk.count {
          let fields = source.fields.enumerated().compactMap { column, field in
            chunk.tag(row, column: column) == .null ? nil : "\(field.name)=\(chunk.payload(row, column: column))"
          }
          let seconds = chunk.time(row) * source.precision.unitNanos / Nanos.perSecond
          let device = source.series.device(chunk.series(row))
          texts.append("\(seconds) \(device) \(fields.sorted().joined(separator: " "))")
        }
      }
    }
    return texts.sorted()
  }
}
