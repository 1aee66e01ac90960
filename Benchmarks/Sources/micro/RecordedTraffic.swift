import Fleet
import Lagoon
import Primitives
import Protocols
import Telemetry

/// Line protocol as records: the batches that one lane hands over for one journal segment.
struct RecordedTraffic {
  /// The first defines every series and layout and holds a row of each series; the others are rows alone.
  let batches: [Batch]
  let rows: Int
  var readings: Int { rows * 4 }
  /// The first row's time and what is behind the last one's.
  let times: Range<UnixNanos>

  static let table = TableName.readings("tel")
  static let generation: UInt64 = 1

  /// A row a second of each device, 18 lines a datagram; each arrives within its second.
  init(devices: Int, seconds: Int) {
    var settings = PrebuiltTraffic.Settings()
    settings.devices = devices
    settings.seconds = seconds
    let traffic = PrebuiltTraffic(settings)
    var pass = LanePass(.line)
    var batches: [Batch] = []
    var row = 0
    for index in 0..<traffic.count {
      if pass.isFull || (batches.isEmpty && row >= devices), let batch = pass.changeBatch() { batches.append(batch) }
      let second = traffic.base + Int64(row / devices)
      pass.take(
        traffic.datagrams.span(index),
        arrivalNanos: second * Nanos.perSecond + Int64(row % devices) * Nanos.perMicrosecond)
      row += traffic.rowCount(index..<index + 1)
    }
    if let batch = pass.changeBatch() { batches.append(batch) }
    self.batches = batches
    rows = traffic.rows
    times = traffic.base * Nanos.perSecond..<(traffic.base + Int64(seconds)) * Nanos.perSecond
  }

  /// Applies a batch and says how many rows were stored.
  static func apply(_ batch: Batch, to tables: UnsealedTables, _ applier: inout BatchApplier) -> Int {
    var counts = [LedgerCounts()]
    let options = UnsealedTables.ApplyOptions(
      lane: "micro/lane-00", segment: generation, generation: generation, isRecovery: false)
    let isWhole = batch.records.withUnsafeBytes {
      tables.apply($0, with: &applier, options: options, counts: &counts)
    }
    precondition(isWhole, "BUG: records that make no sense")
    return Int(counts[0].stored)
  }

  /// All of it, unsealed.
  func tables(sealed: any SealedRows) -> UnsealedTables {
    let tables = UnsealedTables(sealed: sealed)
    var applier = BatchApplier()
    let stored = batches.reduce(0) { $0 + Self.apply($1, to: tables, &applier) }
    precondition(stored == rows, "BUG: \(stored) rows stored of \(rows)")
    return tables
  }
}
