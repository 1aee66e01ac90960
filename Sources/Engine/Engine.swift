public import Intake
public import Lagoon
import Capture
import Journal
public import Primitives
public import Protocols
public import Registry
import Synchronization
import Sys
import Telemetry

/// The whole way, from the sockets to the tables, with its lifecycle: recover, open, run, reload, stop.
///
/// Threads: a lane and a committer for each of `configuration.lanes`, one sealer and one compactor. Queries come in on threads of
/// their callers and read snapshots.
public final class Engine: Sendable {
  public let configuration: Configuration
  public let tables: UnsealedTables
  public let catalogue: Catalogue
  public let ledger: SharedLedger
  public let recovery: RecoverySummary
  /// Who was refused because the registry does not know it.
  public let unknownSenders = UnknownSenders()
  /// What was refused, of whom.
  public let refusals = RefusalLog()
  /// What of devices was refused since it was stored last.
  let deviceFaults = DeviceFaults()
  /// What tables and columns there may be, and which take rows.
  let quota = TableQuota()
  let clock: SegmentClock
  let sealer: Sealer
  let compactor: Compactor
  private let lateRows: LateRowSettler
  private let lock: DataLock
  let devices: DeviceLog
  /// When what was there at the start was all visible: nothing that comes is older.
  let startedNanos: UnixNanos
  /// When the node began to listen for the first time.
  public var firstStartNanos: UnixNanos { firstStart.time }
  private let firstStart: (time: UnixNanos, fault: String?)
  /// What went wrong at the start without keeping the node from working.
  private let startFaults: [String]
  private let lanes: [Lane]
  /// For what the node tells itself.
  let events: InternalEvents
  let webhooks: Webhooks
  let alertWatch: AlertWatch
  let qualityWatch: QualityWatch
  let refusalWatch: RefusalWatch
  /// Every lane's, the internal one's last.
  private let committers: [Committer]
  /// Whether any lane's batches are on their way into the tables.
  var isCommitting: Bool { committers.contains { $0.isWorking } }
  private let threads = Mutex<Threads>(Threads())

  struct Threads: Sendable {
    var lanes: [SystemThreadHandle] = []
    var internalLane: SystemThreadHandle?
    var committers: [SystemThreadHandle] = []
    var lateRows: SystemThreadHandle?
    var sealer: SystemThreadHandle?
    var compactor: SystemThreadHandle?
    var alertWatch: SystemThreadHandle?
    var qualityWatch: SystemThreadHandle?
    var refusalWatch: SystemThreadHandle?
    var laneFailures: [SystemError] = []
  }

  /// The bytes of unsealed rows at which new ones are shed: what sealing may fall behind, as a multiple of what it
  /// takes at once.
  private static let unsealedSealsAtMost = 16
  private static let leastUnsealedBytes = 256 << 20
  /// What of that one table may take that cannot be sealed.
  private static let stuckTableShare = 4

  /// Opens the data, recovers what the journal holds, and binds every socket. Nothing is received yet.
  public init(_ given: Configuration, registry: DeviceRegistry) throws {
    Limits.check()
    ProcessFacts.raiseOpenFiles()
    var configuration = given
    try FileSystem.createDirectories(configuration.data)
    lock = try DataLock(data: configuration.data)
    let snmp = SNMPEngineFile.open(configuration.data)
    startFaults = [snmp.fault].compactMap { $0 }
    for index in configuration.listeners.indices { configuration.listeners[index].snmp.engine = snmp.engine }
    self.configuration = configuration
    catalogue = try Catalogue(
      data: configuration.data, node: configuration.node, compatible: .configured(configuration.compatibleTables))
    devices = DeviceLog(catalogue, registry: registry)
    tables = UnsealedTables(sealed: catalogue)
    let journalDirectory = configuration.data + "/journal"
    let newestSealed = catalogue.newestSegment(node: configuration.node)
    let recovered = try Recovery(
      journalDirectory: journalDirectory, node: configuration.node, tables: tables, newestSealed: newestSealed
    ).run()
    recovery = recovered.summary
    startedNanos = Clock.realtimeNanos()
    firstStart = FirstStart.open(configuration.data, now: startedNanos, catalogue)
    clock = SegmentClock(after: max(recovered.generation, newestSealed), journalDirectory: journalDirectory)
    Self.note(catalogue, tables, in: quota)
    ledger = SharedLedger(
      listeners: configuration.listeners.map { ($0.name, $0.telemetryProtocol.rawValue) }
        + [(InternalLane.listenerName, InternalLane.listenerName)], drops: configuration.listeners.map(\.dropTally))
    lateRows = try LateRowSettler(
      tables: tables, ledger: ledger, faults: deviceFaults, listenerCount: configuration.listeners.count + 1)
    let context = Committer.Context(
      node: configuration.node, journalDirectory: journalDirectory, zstdLevel: JournalWriter.storedLevel,
      tables: tables, ledger: ledger, clock: clock, faults: deviceFaults, refusals: refusals, quota: quota,
      lateRows: lateRows, unsealedByteLimit: Self.unsealedByteLimit(configuration))
    var lanes: [Lane] = []
    var committers: [Committer] = []
    let admission = Admission(
      registry: registry, knownOnly: configuration.registry.knownOnly, unknown: unknownSenders, faults: deviceFaults,
      refusals: refusals, quota: quota)
    var random = SystemRandomNumberGenerator()
    for number in 0..<configuration.lanes {
      let exchange = try BatchExchange(listenerCount: configuration.listeners.count + 1)
      let control = LaneControl(segment: clock.segment, admission: admission)
      clock.register(control, exchange)
      let settings = LaneSettings(
        number: number, laneCount: configuration.lanes, listeners: configuration.listeners,
        bounds: configuration.timeBounds(believedBy: catalogue), commitIntervalNanos: configuration.commitIntervalNanos,
        seed: random.next())
      lanes.append(try Self.lane(settings, exchange, control))
      committers.append(Committer(lane: number, exchange: exchange, context: context))
    }
    let own = try InternalLane(
      listener: configuration.listeners.count, segment: clock.segment, registry: registry, quota: quota,
      futureNanos: configuration.futureNanos, seed: random.next())
    clock.register(own.control, own.exchange)
    committers.append(Committer(lane: InternalLane.number, exchange: own.exchange, context: context))
    events = InternalEvents(lane: own, node: configuration.node)
    webhooks = try Webhooks(configuration.alerts.webhooks, data: configuration.data)
    alertWatch = try AlertWatch(
      configuration.alerts, node: configuration.node, zone: configuration.zone, data: configuration.data,
      events: events, webhooks: webhooks)
    qualityWatch = try QualityWatch(events: events, faults: deviceFaults, zone: configuration.zone)
    refusalWatch = try RefusalWatch(events: events, tallies: configuration.listeners.map(\.snmp.tally))
    self.lanes = lanes
    self.committers = committers
    sealer = try Sealer(
      Self.sealerSettings(configuration, journalDirectory, recovered), tables: tables, catalogue: catalogue,
      clock: clock, committers: committers, lateRows: lateRows, quota: quota)
    compactor = try Compactor(
      catalogue, CompactionSettings(level: configuration.compactLevel), retention: configuration.retention.policy)
  }

  private static func unsealedByteLimit(_ configuration: Configuration) -> Int {
    let (limit, overflow) = configuration.sealBytes.multipliedReportingOverflow(by: unsealedSealsAtMost)
    return overflow ? .max : max(leastUnsealedBytes, limit)
  }

  private static func sealerSettings(
    _ configuration: Configuration, _ journalDirectory: String, _ recovered: Recovery.Outcome
  ) -> Sealer.Settings {
    Sealer.Settings(
      node: configuration.node, journalDirectory: journalDirectory, everyNanos: configuration.sealIntervalNanos,
      byteCount: configuration.sealBytes, recovered: recovered,
      tableByteLimit: unsealedByteLimit(configuration) / stuckTableShare)
  }

  /// Tells the lanes which tables and columns there are: in the parts, and among what was recovered.
  private static func note(_ catalogue: Catalogue, _ tables: UnsealedTables, in quota: TableQuota) {
    func note(_ name: TableName, _ columns: [String]) {
      switch name {
      case .readings(let measurement): quota.note(kind: .readings, measurement: measurement, columns: columns)
      case .events: quota.note(kind: .events, measurement: SeriesKey.eventsMeasurement, columns: columns)
      case .rollups, .devices: break
      }
    }
    for table in catalogue.tables { note(table.name, table.columnNames) }
    for table in tables.views() { note(table.table, table.fields.map(\.name)) }
  }

  private static func lane(
    _ settings: LaneSettings, _ exchange: BatchExchange, _ control: LaneControl
  ) throws -> Lane {
    do {
      return try Lane(settings, exchange: exchange, control: control)
    } catch let fault as ListenFault {
      throw EngineError(fault.description)
    }
  }

  /// What the kernel granted to the sockets of the first lane.
  public var grants: [SocketGrant] { lanes.first?.grants ?? [] }

  /// Starts the threads: from here on datagrams are taken.
  public func start() throws {
    let lanes = lanes
    let committers = committers
    let sealer = sealer
    let compactor = compactor
    try threads.withLock { threads in
      for committer in committers {
        threads.committers.append(try SystemThread.start(name: "commit-\(committer.lane)") { committer.run() })
      }
      for lane in lanes {
        threads.lanes.append(
          try SystemThread.start(name: "lane-\(lane.settings.number)") { [weak self] in
            do throws(SystemError) { try lane.run() } catch { self?.note(laneFailure: error) }
          })
      }
      let lateRows = lateRows
      threads.lateRows = try SystemThread.start(name: "late") { lateRows.run() }
      threads.sealer = try SystemThread.start(name: "seal") { sealer.run() }
      threads.compactor = try SystemThread.start(name: "compact") { compactor.run() }
      try startAlerts(&threads)
      try startQuality(&threads)
      try startRefusals(&threads)
    }
  }

  private func note(laneFailure error: SystemError) {
    threads.withLock { $0.laneFailures.append(error) }
  }

  /// Takes a new registry; lanes ask it from their next turn on. Nothing is lost meanwhile.
  public func reload(_ registry: DeviceRegistry) {
    let admission = Admission(
      registry: registry, knownOnly: configuration.registry.knownOnly, unknown: unknownSenders, faults: deviceFaults,
      refusals: refusals, quota: quota)
    for lane in lanes {
      lane.control.reload(admission)
      lane.exchange.laneWakeUp.signal()
    }
    // What is answered speaks of a device only once it is taken.
    devices.take(registry)
    unknownSenders.forget { sender in
      registry.device(id: sender.id) != nil || registry.deviceIndex(address: sender.source.withoutPort) != nil
    }
  }

  /// RTP streams that left because there were too many, by listener.
  public var evictedStreams: [(listener: String, count: UInt64)] {
    let kinds: [TelemetryProtocol] = [.rtp, .capture]
    return configuration.listeners.filter { kinds.contains($0.telemetryProtocol) }
      .map { ($0.name, $0.rtp.tally.evicted) }
  }

  /// What CoAP listeners had to forget, by listener.
  public var coapForgotten: [(listener: String, exchanges: UInt64, bodies: UInt64)] {
    configuration.listeners.filter { $0.telemetryProtocol == .coap }
      .map { ($0.name, $0.coapTally.exchangesForgotten, $0.coapTally.bodiesForgotten) }
  }

  /// Frames of interfaces that yielded no datagram, by listener and reason.
  public var skippedFrames: [(listener: String, reason: String, count: UInt64)] {
    configuration.listeners.filter { $0.capture != nil }.flatMap { listener in
      listener.captureTally.skipped.map { (listener.name, $0.reason.label, $0.count) }
    }
  }

  /// SNMP messages that were refused, by engine and reason.
  public var snmpRefusals: [(key: SNMPTally.RefusedEngine, count: UInt64)] {
    var all: [SNMPTally.RefusedEngine: UInt64] = [:]
    for listener in configuration.listeners {
      all.merge(listener.snmp.tally.snapshot.refusedEngines, uniquingKeysWith: +)
    }
    return all.sorted { ($0.key.engine, $0.key.reason.rawValue) < ($1.key.engine, $1.key.reason.rawValue) }
      .map { ($0.key, $0.value) }
  }

  /// How often rows were sealed, and what went wrong last.
  public var sealFacts: (seals: UInt64, failures: UInt64, lastError: String?) { sealer.facts }

  /// The registry in force, and what it said before.
  public var currentRegistry: (inForce: DeviceRegistry, history: DeviceHistory) { devices.current }

  /// Stops in the order of the way: lanes hand over what they hold, committers make it durable, the sealer makes
  /// parts of it. True if everything is in the parts; what is not stands in the journal.
  public func stop() -> Bool {
    let running = threads.withLock { $0 }
    stopAlerts(running)
    stopQuality(running)
    stopRefusals(running)
    for lane in lanes {
      lane.control.stop()
      lane.exchange.laneWakeUp.signal()
    }
    for thread in running.lanes { thread.join() }
    events.lane.control.stop()
    events.lane.exchange.laneWakeUp.signal()
    running.internalLane?.join()
    for committer in committers { committer.stop() }
    for thread in running.committers { thread.join() }
    compactor.stop()
    lateRows.stop()
    running.lateRows?.join()
    sealer.stop()
    running.sealer?.join()
    running.compactor?.join()
    return sealer.sealAtEnd()
  }

  /// What is wrong now, if anything: a lane that ended, a journal or a seal that fails.
  public var complaints: [String] {
    var complaints = threads.withLock { $0.laneFailures.map { "a lane has ended: \($0)" } }
    complaints += committers.compactMap { committer in
      committer.lastFailure.map { "cannot write journal of lane \(committer.lane): \($0)" }
    }
    if let error = sealer.facts.lastError { complaints.append(error) }
    return complaints
  }

  /// What is damaged, or could not be compacted: the rest works.
  public var warnings: [String] {
    startFaults + [firstStart.fault, devices.failure, clock.failure].compactMap { $0 } + catalogue.warnings
      + [catalogue.expiry.last].compactMap { $0 }
      + (compactor.lastError.map { [$0] } ?? []) + alertWarnings
      + qualityWatch.faults
  }
}

/// Why the engine cannot start.
public struct EngineError: Error, CustomStringConvertible, Sendable {
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}

extension Configuration {
  /// How old and how far ahead rows may be.
  func timeBounds(believedBy catalogue: Catalogue) -> TimeBounds {
    TimeBounds(
      futureNanos: futureNanos, oldestNanos: oldestNanos ?? Self.oldestDefaultNanos,
      oldestReadingNanos: oldestNanos ?? oldestReadingNanos(nowNanos: Clock.realtimeNanos()),
      readingsAgeNanos: Self.ageNanos(retention.readingsDays),
      eventsAgeNanos: Self.ageNanos(retention.eventsDays),
      believed: { catalogue.believed(nowNanos: $0, monotonicNanos: Clock.monotonicNanos()) })
  }

  /// 2020-01-01, and 1971-01-01: clocks that were never set show 1970.
  private static let oldestDefaultNanos = 1_577_836_800 * Nanos.perSecond
  private static let firstYearEndNanos = 31_536_000 * Nanos.perSecond

  /// Who keeps readings from before the default expects them: an archive that is sent again, a series of old.
  func oldestReadingNanos(nowNanos: UnixNanos) -> UnixNanos {
    let (reach, overflow) = nowNanos.subtractingReportingOverflow(Self.ageNanos(retention.readingsDays) ?? .max)
    return min(Self.oldestDefaultNanos, max(Self.firstYearEndNanos, overflow ? .min : reach))
  }

  /// Older than what can be said is older than nothing.
  private static func ageNanos(_ days: Int) -> Int64? {
    let (nanos, overflow) = Int64(days).multipliedReportingOverflow(by: Nanos.perDay)
    return overflow || nanos > 200 * 365 * Nanos.perDay ? nil : nanos
  }
}

extension Configuration.Retention {
  var policy: RetentionPolicy {
    RetentionPolicy(
      readingsDays: readingsDays, eventsDays: eventsDays, rollups5mDays: rollups5mDays, rollups1hDays: rollups1hDays)
  }
}
