import Capture
import Lagoon
import Pipeline
import Primitives
public import Protocols
public import Registry
import Sys
import Telemetry

/// Plays a capture file through the decoders into tables of its own, as fast as it goes.
///
/// It is the live way without sockets and journal: what is lost in a crash is played again. Everything is kept,
/// whatever its age, and a datagram arrives when the capture says.
public struct Replay {
  private let configuration: Configuration
  private let ports: PortMap
  private let registry: DeviceRegistry
  private static let segment: UInt64 = 1

  /// `configuration` gives the node, the data directory and the zone of times that name none.
  public init(_ configuration: Configuration, ports: PortMap, registry: DeviceRegistry) {
    self.configuration = configuration
    self.ports = ports
    self.registry = registry
  }

  /// State of one run.
  private struct State: ~Copyable {
    var pipeline: LanePipeline
    var applier = BatchApplier()
    var batch: Batch
    var segment: UInt64
    var unmapped: UInt64 = 0
  }

  /// Plays the file at `path`. Its damage is counted in the report; throws if it cannot be read at all, or the tables
  /// cannot be written.
  public func run(_ path: String) throws -> ReplayReport {
    var reader = try CaptureReader(path: path)
    try FileSystem.createDirectories(configuration.data)
    let lock = try DataLock(data: configuration.data)
    defer { withExtendedLifetime(lock) {} }
    let catalogue = try Catalogue(
      data: configuration.data, node: configuration.node,
      compatible: .asTheyAre(and: configuration.compatibleTables))
    let tables = UnsealedTables(sealed: catalogue)
    let kinds = TelemetryProtocol.spoken
    let listeners = try kinds.map(listener)
    let ledger = SharedLedger(listeners.map { SharedLedger.Account($0) })
    let bounds = TimeBounds(futureNanos: configuration.futureNanos, readingsAgeNanos: nil, eventsAgeNanos: nil)
    let batch = Batch(listenerCount: kinds.count)
    var state = State(
      pipeline: LanePipeline(
        listeners: listeners, bounds: bounds, admission: Admission(registry: registry, knownOnly: false), seed: 1,
        keepsTotals: true),
      batch: batch, segment: max(Self.segment, catalogue.newestSegment(node: configuration.node) + 1))
    let sealer = ReplaySealer(tables: tables, catalogue: catalogue, lane: lane)
    // Nobody takes the folder away from under a thread that writes there.
    defer { try? sealer.finish() }
    state.pipeline.begin(batch, segment: state.segment)
    while reader.next() {
      let datagram = reader.datagram
      while state.pipeline.tick(datagram.time, monotonicNanos: datagram.time) {
        if state.pipeline.isFull { try apply(&state, tables, sealer, ledger) }
      }
      let mapped =
        datagram.isInterleaved
        ? nil : ports.protocolOf(destination: datagram.destination.port, source: datagram.source.port)
      guard let found = ProtocolGuess.protocolOf(reader.payload, mapped: mapped),
        let listener = kinds.firstIndex(of: found.kind)
      else {
        state.unmapped += 1
        continue
      }
      var arrival = LanePipeline.Arrival(
        listener: listener, source: datagram.source, destination: datagram.destination, nanos: datagram.time,
        monotonicNanos: datagram.time)
      arrival.isTruncated = !datagram.isWhole
      arrival.wireBytes = datagram.isCutByCapture ? datagram.udpLength - 8 : 0
      arrival.isCaptured = true
      arrival.isGuessed = found.isGuessed
      // There is nobody to answer.
      _ = state.pipeline.take(reader.payload, arrival)
      if state.pipeline.isFull { try apply(&state, tables, sealer, ledger) }
    }
    // The last seconds are over too.
    while state.pipeline.tick(state.pipeline.dueNanos, monotonicNanos: state.pipeline.dueNanos) {
      if state.pipeline.isFull { try apply(&state, tables, sealer, ledger) }
    }
    try apply(&state, tables, sealer, ledger)
    try seal(&state, sealer)
    try sealer.finish()
    state.pipeline.handOverTallies()
    var report = ReplayReport(capture: reader.counts, ledger: ledger.snapshot(), unmapped: state.unmapped)
    for (kind, detail) in state.pipeline.details() { report.details[kind.name] = detail }
    return report
  }

  /// The configuration's listener of that protocol, if there is one: it may know users and formats. Whoever sent it, and
  /// wherever to.
  private func listener(_ kind: TelemetryProtocol) throws -> ListenerSettings {
    var settings =
      try configuration.listeners.first { $0.telemetryProtocol == kind }
      ?? ConfigurationReader.defaultListener(kind, zone: configuration.zone)
    settings.name = kind.name
    settings.allow = []
    return settings
  }

  private func apply(
    _ state: inout State, _ tables: UnsealedTables, _ sealer: ReplaySealer, _ ledger: SharedLedger
  ) throws {
    guard let batch = state.pipeline.takeBatch() else { return }
    if batch.beginsAnew { state.applier = BatchApplier() }
    let options = UnsealedTables.ApplyOptions(
      lane: lane, segment: state.segment, generation: state.segment, isRecovery: false)
    let whole = batch.records.withUnsafeBytes { bytes in
      tables.apply(bytes, with: &state.applier, options: options, counts: &batch.counts)
    }
    precondition(whole, "BUG: a replay's records make no sense")
    ledger.add(batch.counts)
    if let late = tables.settleLateRows(faults: nil, listenerCount: batch.counts.count) { ledger.add(late) }
    // While one generation is being sealed, another one gathers.
    if tables.isWorthSealing(generation: state.segment, byteCount: configuration.sealBytes) { try seal(&state, sealer) }
    state.pipeline.begin(batch, segment: state.segment)
  }

  private func seal(_ state: inout State, _ sealer: ReplaySealer) throws {
    try sealer.seal(generation: state.segment)
    state.segment += 1
  }

  private var lane: String { "\(configuration.node)/replay" }
}
