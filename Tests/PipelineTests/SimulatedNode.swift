import Intake
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

@testable import Pipeline

/// The way of a datagram, from a lane's pipeline to the parts, in one thread and in turns, on a simulated machine: what
/// `Engine` runs on threads, with the same committer, recovery, sealer and catalogue.
///
/// It lives as long as its process would: after a kill a new one is made on the same disk.
final class SimulatedNode {
  static let data = "/data"
  static let name = "n-01"

  let catalogue: Catalogue
  let tables: UnsealedTables
  let ledger: SharedLedger
  let recovery: RecoverySummary
  private let lock: DataLock
  private let clock: SegmentClock
  private let exchange: BatchExchange
  private let control: LaneControl
  private let committer: Committer
  private let sealer: Sealer
  private let lateRows: LateRowSettler
  private var pipeline: LanePipeline
  private var work: Committer.Work

  init(seed: UInt64) throws {
    try FileSystem.createDirectories(Self.data)
    lock = try DataLock(data: Self.data)
    catalogue = try Catalogue(data: Self.data, node: Self.name)
    tables = UnsealedTables(sealed: catalogue)
    let journal = Self.data + "/journal"
    let newestSealed = catalogue.newestSegment(node: Self.name)
    let recovered = try Recovery(
      journalDirectory: journal, node: Self.name, tables: tables, newestSealed: newestSealed
    ).run()
    recovery = recovered.summary
    clock = SegmentClock(after: max(recovered.generation, newestSealed), journalDirectory: journal)
    let listener = ListenerSettings(
      name: "line", telemetryProtocol: .line,
      address: SocketAddress(SourceAddress(high: 0, low: 0, port: 8_089), isIPv6: true))
    ledger = SharedLedger(listeners: [("line", "line")])
    let quota = TableQuota()
    lateRows = try LateRowSettler(tables: tables, ledger: ledger, faults: DeviceFaults(), listenerCount: 1)
    let context = Committer.Context(
      node: Self.name, journalDirectory: journal, zstdLevel: 1, tables: tables, ledger: ledger, clock: clock,
      faults: DeviceFaults(), refusals: RefusalLog(), quota: quota, lateRows: lateRows, unsealedByteLimit: 1 << 30)
    exchange = try BatchExchange(listenerCount: 1)
    let admission = Admission(registry: .empty, knownOnly: false, quota: quota)
    control = LaneControl(segment: clock.segment, admission: admission)
    clock.register(control, exchange)
    committer = Committer(lane: 0, exchange: exchange, context: context)
    work = committer.begin()
    sealer = try Sealer(
      Sealer.Settings(
        node: Self.name, journalDirectory: journal, everyNanos: .max, byteCount: .max, recovered: recovered,
        tableByteLimit: 1 << 30),
      tables: tables, catalogue: catalogue, clock: clock, committers: [committer], lateRows: lateRows, quota: quota)
    pipeline = LanePipeline(
      listeners: [listener],
      bounds: TimeBounds(futureNanos: .max, readingsAgeNanos: nil, eventsAgeNanos: nil), admission: admission,
      seed: seed)
    begin()
  }

  private func begin() {
    guard let batch = exchange.empty.pop() else { return }
    pipeline.begin(batch, segment: control.segment)
  }

  /// Takes a datagram into the batch.
  func take(_ text: String) {
    let bytes = Array(text.utf8)
    let source = SourceAddress(high: 0, low: 0xFFFF_7F00_0001, port: 40_000)
    _ = pipeline.take(
      bytes.span.bytes,
      LanePipeline.Arrival(
        listener: 0, source: source, destination: source, nanos: Clock.realtimeNanos(),
        monotonicNanos: Clock.monotonicNanos()))
  }

  /// Hands the batch over and commits it; whether its rows are acknowledged.
  func commit() -> Bool {
    guard let batch = pipeline.takeBatch() else { return false }
    _ = exchange.full.push(batch)
    _ = committer.turn(&work)
    var isCommitted = false
    while let word = exchange.words.pop() {
      isCommitted = word.isCommitted
      pipeline.noteCommit(word.sequence, isCommitted: word.isCommitted)
    }
    begin()
    return isCommitted
  }

  /// Turns to a new segment and seals what came before it. The batch must be committed.
  func seal() {
    let next = clock.advance()
    // An empty batch of the new segment tells the committer that the lane has moved on.
    if let batch = pipeline.takeBatch() {
      pipeline.begin(batch, segment: control.segment)
      _ = commit()
    }
    sealer.turn(reached: next)
  }

  func settleLateRows() { lateRows.settle() }

  func compact() {
    // What fails is tried again at the next turn: it must lose nothing.
    try? catalogue.maintain(
      nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(), CompactionSettings(level: 1),
      retention: nil)
  }

  /// Ends as a node does that is told to stop.
  func stop() {
    _ = commit()
    _ = sealer.sealAtEnd()
    work.end()
  }

  /// Ends as a process does that is killed.
  func end() { work.end() }

  /// All that a question may look at.
  func view() -> LagoonView {
    let memory = tables.views()
    let states = catalogue.tables
    var shown = TableView.views(of: states)
    for view in memory {
      let sealed = states.first { $0.name == view.table }?.newestSegment(node: Self.name) ?? 0
      shown.add(view, sealed: sealed)
    }
    return LagoonView(
      tables: shown, reader: catalogue, version: 1, watermark: Clock.realtimeNanos(), unreadable: catalogue.failures)
  }

  /// What is wrong with its seals now.
  var complaints: [String] { [sealer.facts.lastError].compactMap { $0 } }

  /// Where a measurement's rows lie, for who looks for a cause.
  func places(of measurement: String) -> String {
    guard let table = view().tables[.readings(measurement)] else { return "nowhere" }
    let parts = table.parts.map { "\($0.path): \($0.rowCount)" }
    let state = catalogue.table(.readings(measurement))
    return "parts \(parts), unsealed \(table.unsealed.map(\.rowCount)), version \(state?.version ?? -1)"
  }

  /// Every row of a measurement as text: who, when and what.
  func rows(of measurement: String, devices: [String]) throws -> [String] {
    let view = view()
    guard view.tables[.readings(measurement)] != nil else { return [] }
    var found: [String] = []
    for device in devices {
      var query = ReadingsQuery(device: device, measurement: measurement, limit: 1_000)
      repeat {
        let page = try query.run(on: view)
        found += page.rows.map(SimulatedTraffic.text)
        query.cursor = page.next
      } while query.cursor != nil
    }
    return found
  }
}
