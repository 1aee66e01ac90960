import Intake
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Testing

@testable import Pipeline

/// A committer and a sealer over tables and a catalogue, with batches that a test writes by hand. To be made on a simulated
/// machine.
final class PipelineBench {
  static let journal = "/data/journal"
  let catalogue: Catalogue
  let tables: UnsealedTables
  let ledger = SharedLedger([SharedLedger.Account(ofNode: "line")])
  let clock: SegmentClock
  let exchange: BatchExchange
  let control: LaneControl
  let committer: Committer
  let sealer: Sealer
  let quota = TableQuota()
  let holdings = JournalHoldings()
  private var work: Committer.Work
  private var sequence: UInt64 = 0
  private var device = 0

  init(unsealedByteLimit: Int = 1 << 30, tableByteLimit: Int = 1 << 30, recovered: Recovery.Outcome = .init()) throws {
    try FileSystem.createDirectories("/data")
    catalogue = try Catalogue(data: "/data", node: "n")
    tables = UnsealedTables(sealed: catalogue)
    clock = SegmentClock(after: recovered.generation, journalDirectory: Self.journal)
    let lateRows = try LateRowSettler(tables: tables, ledger: ledger, faults: DeviceFaults(), listenerCount: 1)
    exchange = try BatchExchange(listenerCount: 1)
    control = LaneControl(segment: clock.segment, admission: Admission(registry: .empty, knownOnly: false))
    clock.register(control, exchange)
    committer = Committer(
      lane: 0, exchange: exchange,
      context: Committer.Context(
        node: "n", journalDirectory: Self.journal, zstdLevel: 1, tables: tables, ledger: ledger, clock: clock,
        faults: DeviceFaults(), refusals: RefusalLog(), quota: quota, lateRows: lateRows, holdings: holdings,
        unsealedByteLimit: unsealedByteLimit))
    work = committer.begin()
    sealer = try Sealer(
      Sealer.Settings(
        node: "n", journalDirectory: Self.journal, everyNanos: .max, byteCount: .max, recovered: recovered,
        tableByteLimit: tableByteLimit, holdings: holdings),
      tables: tables, catalogue: catalogue, clock: clock, committers: [committer], lateRows: lateRows, quota: quota)
  }

  deinit { work.end() }

  /// Queues a batch of one row of each measurement, each of a new device, for the segment that is written to.
  func queue(_ measurements: [String], segment: UInt64? = nil) throws {
    let batch = try #require(exchange.empty.pop())
    batch.reset()
    batch.segment = segment ?? control.segment
    batch.sequence = sequence
    sequence += 1
    defer { #expect(exchange.full.push(batch)) }
    if measurements.isEmpty { return }
    let arrival = ArrivalTime(nanos: Clock.realtimeNanos())
    batch.records.putOrigin(listener: 0, arrivalNanos: arrival.nanos)
    let name = Array("v".utf8)
    batch.records.putLayout(0, fieldCount: 1)
    batch.records.putLayoutField(name: name.span.bytes, unit: RawSpan())
    for measurement in measurements {
      // As lanes do: a number means one series for as long as the process lives.
      device += 1
      let key = SeriesKey(measurement: measurement, device: "d\(device)").canonicalBytes
      batch.records.putSeries(UInt32(device), canonicalKey: key.span.bytes)
      var decoded = DecodedDatagram()
      decoded.fields.append(DecodedField(name: .empty, tag: .integer, payload: 7))
      let time = arrival.nanos / Nanos.perSecond * Nanos.perSecond
      let row = DecodedRow(
        key: .empty, keyForm: .canonical, firstField: 0, fieldCount: 1, timeNanos: time, hasTime: true)
      batch.records.putRow(
        row, of: decoded, RawSpan(), series: UInt32(device), layout: 0, timeNanos: time, arrival: arrival)
    }
    batch.counts[0].received = 1
    batch.counts[0].decoded = 1
    batch.counts[0].rows = UInt64(measurements.count)
    batch.rowCounts[0] = UInt64(measurements.count)
  }

  /// Commits what is queued; whether each batch was, in their order.
  func commit() -> [Bool] {
    while committer.turn(&work) {}
    var words: [Bool] = []
    while let word = exchange.words.pop() { words.append(word.isCommitted) }
    return words
  }

  /// Turns to a new segment and seals what is before it.
  func seal() throws {
    let next = clock.advance()
    try queue([])
    _ = commit()
    sealer.turn(reached: next)
  }

  var counts: LedgerCounts { ledger.snapshot().total }

  func sealedRows(of measurement: String) -> Int {
    catalogue.table(.readings(measurement))?.parts.reduce(0) { $0 + $1.rowCount } ?? 0
  }

  /// Segments of the journal, by number.
  func segments() throws -> [String] {
    guard FileSystem.exists(Self.journal + "/lane-00") else { return [] }
    return try FileSystem.list(Self.journal + "/lane-00").map { String($0.name.prefix(20).drop { $0 == "0" }) }
  }
}
