public import Intake
import Journal
public import Lagoon
public import Primitives
public import Protocols
public import Registry
import Synchronization
import Sys
package import Telemetry

/// The whole way, from the sockets to the tables: recover, open, start, reload, stop.
///
/// `init` recovers and wires; it opens no socket and starts no thread, so that a simulation can build the same pipeline and
/// take its steps in turns, on one thread. Questions come in on threads of their callers and read snapshots.
public final class Pipeline: Sendable {
  public let settings: PipelineSettings
  public let tables: UnsealedTables
  public let catalogue: Catalogue
  public let ledger: SharedLedger
  public let recovery: RecoverySummary
  /// Who was refused because the registry does not know it.
  public let unknownSenders = UnknownSenders()
  /// What was refused, of whom.
  public let refusals = RefusalLog()
  /// From where devices were heard.
  public let deviceSenders = DeviceSenders()
  /// What of devices was refused since it was stored last.
  package let deviceFaults = DeviceFaults()
  /// What tables and columns there may be, and which take rows.
  let quota = TableQuota()
  let clock: SegmentClock
  let sealer: Sealer
  let compactor: Compactor
  let lateRows: LateRowSettler
  private let lock: DataLock
  let devices: DeviceLog
  /// When what was there at the start was all visible: nothing that comes is older.
  let startedNanos: UnixNanos
  /// When the node began to listen for the first time.
  public var firstStartNanos: UnixNanos { firstStart.time }
  private let firstStart: (time: UnixNanos, fault: String?)
  /// What went wrong at the start without keeping the node from working.
  private let startFaults: [String]
  /// What each lane is wired to.
  let seats: [LaneSeat]
  /// For what the node tells itself.
  package let events: InternalEvents
  /// For lines that come by HTTP; nil where none are taken.
  public let writes: WriteLane?
  /// Every lane's, then the internal one's, then that of lines by HTTP.
  let committers: [Committer]
  private let holdings: JournalHoldings
  /// Whether any lane's batches are on their way into the tables.
  var isCommitting: Bool { committers.contains { $0.isWorking } }
  private let life = Mutex(Life())

  private struct Life: Sendable {
    var lanes: [Lane] = []
    var workers: WorkerList?
  }

  /// What a lane is wired to: its batches' way to a committer and back, and who tells it what.
  struct LaneSeat: Sendable {
    var settings: LaneSettings
    var exchange: BatchExchange
    var control: LaneControl
  }

  /// Opens the data directory, which nobody else may use meanwhile, and recovers what the journal holds.
  public init(_ given: PipelineSettings, registry: DeviceRegistry) throws {
    var settings = given
    try FileSystem.createDirectories(settings.data)
    lock = try DataLock(data: settings.data)
    let snmp = SNMPEngineFile.open(settings.data)
    startFaults = [snmp.fault].compactMap { $0 }
    for index in settings.listeners.indices { settings.listeners[index].snmp.engine = snmp.engine }
    self.settings = settings
    catalogue = try Catalogue(
      data: settings.data, node: settings.node, compatible: .configured(settings.compatibleTables))
    devices = DeviceLog(catalogue, registry: registry)
    tables = UnsealedTables(sealed: catalogue)
    let newestSealed = catalogue.newestSegment(node: settings.node)
    let recovered = try Recovery(
      journalDirectory: settings.journalDirectory, node: settings.node, tables: tables, newestSealed: newestSealed,
      tell: settings.tellRecovery
    ).run()
    recovery = recovered.summary
    startedNanos = Clock.realtimeNanos()
    firstStart = FirstStart.open(settings.data, now: startedNanos, catalogue)
    clock = SegmentClock(
      after: max(recovered.generation, newestSealed), journalDirectory: settings.journalDirectory)
    Self.note(catalogue, tables, in: quota)
    ledger = SharedLedger(settings.accounts, drops: settings.listeners.map(\.dropTally))
    holdings = try JournalHoldings(directory: settings.journalDirectory)
    lateRows = try LateRowSettler(
      tables: tables, ledger: ledger, faults: deviceFaults, listenerCount: settings.accounts.count)
    let context = Committer.Context(
      node: settings.node, journalDirectory: settings.journalDirectory, zstdLevel: JournalWriter.storedLevel,
      tables: tables, ledger: ledger, clock: clock, faults: deviceFaults, refusals: refusals, quota: quota,
      lateRows: lateRows, holdings: holdings, unsealedByteLimit: settings.unsealedByteLimit)
    let admission = Admission(
      registry: registry, knownOnly: settings.knownOnly, unknown: unknownSenders, faults: deviceFaults,
      refusals: refusals, quota: quota, heard: deviceSenders)
    let wiring = try Self.wire(settings, catalogue, clock, admission, context)
    (seats, events, writes, committers) = (wiring.seats, wiring.events, wiring.writes, wiring.committers)
    sealer = try Sealer(
      Sealer.Settings(
        node: settings.node, journalDirectory: settings.journalDirectory, everyNanos: settings.sealIntervalNanos,
        byteCount: settings.sealBytes, recovered: recovered, tableByteLimit: settings.stuckTableBytes,
        holdings: holdings, threads: settings.sealThreads),
      tables: tables, catalogue: catalogue, clock: clock, committers: committers, lateRows: lateRows, quota: quota)
    compactor = try Compactor(
      catalogue, CompactionSettings(level: settings.compactLevel, threads: settings.compactThreads),
      retention: settings.retention)
  }

  /// Makes a seat and a committer for each lane, and for those without sockets: of what the node finds out itself, and of
  /// lines by HTTP.
  private static func wire(
    _ settings: PipelineSettings, _ catalogue: Catalogue, _ clock: SegmentClock, _ admission: Admission,
    _ context: Committer.Context
  ) throws -> (seats: [LaneSeat], events: InternalEvents, writes: WriteLane?, committers: [Committer]) {
    var random = Randomness()
    let bounds = settings.timeBounds(nowNanos: Clock.realtimeNanos()) { nowNanos in
      catalogue.believed(nowNanos: nowNanos, monotonicNanos: Clock.monotonicNanos())
    }
    let accountCount = settings.accounts.count
    var seats: [LaneSeat] = []
    var committers: [Committer] = []
    for number in 0..<settings.laneCount {
      let exchange = try BatchExchange(listenerCount: accountCount)
      let control = LaneControl(segment: clock.segment, admission: admission)
      clock.register(control, exchange)
      let own = LaneSettings(
        number: number, laneCount: settings.laneCount, listeners: settings.listeners, bounds: bounds,
        commitIntervalNanos: settings.commitIntervalNanos, seed: settings.seed ?? random.next())
      seats.append(LaneSeat(settings: own, exchange: exchange, control: control))
      committers.append(Committer(lane: number, exchange: exchange, context: context))
    }
    let own = try InternalLane(
      listener: settings.listeners.count, accountCount: accountCount, segment: clock.segment,
      registry: admission.registry, quota: context.quota,
      seed: settings.seed ?? random.next())
    clock.register(own.control, own.exchange)
    committers.append(Committer(lane: InternalLane.number, exchange: own.exchange, context: context))
    let events = InternalEvents(lane: own, node: settings.node)
    if !settings.takesLines { return (seats, events, nil, committers) }
    let writes = try WriteLane(
      listener: settings.listeners.count + 1, accountCount: accountCount, segment: clock.segment, admission: admission,
      bounds: bounds, seed: settings.seed ?? random.next())
    clock.register(writes.control, writes.exchange)
    committers.append(Committer(lane: WriteLane.number, exchange: writes.exchange, context: context))
    return (seats, events, writes, committers)
  }

  /// Tells the lanes which tables and columns there are: in the parts, and among what was recovered.
  private static func note(_ catalogue: Catalogue, _ tables: UnsealedTables, in quota: TableQuota) {
    func note(_ name: TableName, _ columns: [String]) {
      switch name {
      case .readings(let measurement): quota.note(kind: .readings, measurement: measurement, columns: columns)
      case .events: quota.note(kind: .events, measurement: SeriesKey.eventsMeasurement, columns: columns)
      case .rollups, .devices, .audit: break
      }
    }
    for table in catalogue.tables { note(table.name, table.columnNames) }
    for table in tables.views() { note(table.table, table.fields.map(\.name)) }
  }

  // MARK: life

  /// Binds every socket. Nothing is received yet.
  public func open() throws {
    var lanes: [Lane] = []
    for seat in seats {
      do {
        lanes.append(try Lane(seat.settings, exchange: seat.exchange, control: seat.control))
      } catch let fault as ListenFault {
        throw PipelineError(fault.description)
      }
    }
    life.withLock { $0.lanes = lanes }
  }

  /// What the kernel granted to the sockets of the first lane.
  public var grants: [SocketGrant] { life.withLock { $0.lanes.first?.grants ?? [] } }

  /// Starts the threads, once the sockets are bound: from here on datagrams are taken.
  ///
  /// - Parameter ahead: stages of workers that tell the pipeline what they find out: started after it, stopped before it.
  public func start(ahead: [[any Worker]] = []) throws {
    if life.withLock({ $0.lanes.isEmpty }) { try open() }
    let workers = life.withLock { life in
      let stages: [[any Worker]] =
        ahead + [life.lanes + [writes].compactMap { $0 }, [events.lane], committers, [lateRows, compactor], [sealer]]
      let workers = WorkerList(stages)
      life.workers = workers
      return workers
    }
    try workers.start()
  }

  /// Stops in the order of the way: lanes hand over what they hold, committers make it durable, the sealer makes
  /// parts of it. True if everything is in the parts; what is not stands in the journal.
  public func stop() -> Bool {
    life.withLock { $0.workers.take() }?.stop()
    return sealer.sealAtEnd()
  }

  /// Takes a new registry; lanes ask it from their next turn on. Nothing is lost meanwhile.
  public func reload(_ registry: DeviceRegistry) {
    let admission = Admission(
      registry: registry, knownOnly: settings.knownOnly, unknown: unknownSenders, faults: deviceFaults,
      refusals: refusals, quota: quota, heard: deviceSenders)
    for seat in seats {
      seat.control.reload(admission)
      seat.exchange.laneWakeUp.signal()
    }
    writes?.control.reload(admission)
    // What is answered speaks of a device only once it is taken.
    devices.take(registry)
    unknownSenders.forget { sender in
      registry.device(id: sender.id) != nil || registry.deviceIndex(address: sender.source.withoutPort) != nil
    }
  }

  // MARK: what is known of it

  /// The registry in force, and what it said before.
  public var currentRegistry: (inForce: DeviceRegistry, history: DeviceHistory) { devices.current }

  /// How often rows were sealed, when last, and what went wrong last.
  public var sealFacts: (seals: UInt64, last: UnixNanos?, failures: UInt64, lastError: String?) { sealer.facts }

  /// What the journal holds.
  public var journalFacts: (segments: Int, bytes: Int) { holdings.total }

  /// Every lane's, those without sockets behind the others.
  public var laneFacts: [LaneFacts] {
    committers.enumerated().map { index, committer in
      let figures = index < seats.count ? seats[index].control.figures : nil
      return LaneFacts(
        name: JournalNames.laneDirectory(committer.lane), cpuNanos: figures?.cpuNanos,
        kernelDropped: figures?.kernelDropped, commits: committer.commits)
    }
  }

  /// What is wrong now, if anything: a worker that ended, a journal or a seal that fails.
  public var complaints: [String] {
    var complaints = life.withLock { $0.workers }?.failures.map(\.description) ?? []
    complaints += committers.compactMap { committer in
      committer.lastFailure.map { "cannot write journal of lane \(committer.lane): \($0)" }
    }
    if let error = sealer.facts.lastError { complaints.append(error) }
    return complaints
  }

  /// What is damaged, or could not be compacted: the rest works.
  public var warnings: [String] {
    startFaults + [firstStart.fault, devices.failure, clock.failure].compactMap { $0 } + catalogue.warnings
      + [catalogue.expiry.last, compactor.lastError].compactMap { $0 }
  }
}

/// Why a pipeline cannot start.
public struct PipelineError: Error, CustomStringConvertible, Sendable {
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}
