import Protocols
public import Access
public import Alerts
public import Lagoon
public import Logging
public import Pipeline
public import Registry
import Sys
import Primitives
import Telemetry

/// A whole node but for HTTP: the pipeline, and above it what looks at its tables and tells what it finds.
public final class Engine: Sendable {
  public let configuration: Configuration
  public let pipeline: Pipeline
  let receivers: Receivers
  private let receiverKeeper: ReceiverKeeper
  let alertWatch: AlertWatch
  let qualityWatch: QualityWatch
  let refusalWatch: RefusalWatch
  let auditLog: AuditLog
  let soc: SOCFeed?
  private let sheds = ShedWatch()

  /// Opens the data and recovers what the journal holds. No socket is open yet, and no thread runs.
  public convenience init(_ configuration: Configuration, registry: DeviceRegistry) throws {
    try self.init(configuration, registry: registry, transport: nil)
  }

  /// - Parameters:
  ///   - transport: how receivers are told; HTTP if it is nil.
  ///   - mail: how mails are sent; they are not if it is nil.
  ///   - soc: how the security operations centre is told; it is not if that is nil.
  ///   - tellRecovery: told how far the recovery of the journal has come, where it takes some seconds.
  package init(
    _ configuration: Configuration, registry: DeviceRegistry, transport: (any WebhookTransport)?,
    mail: (any MailTransport)? = nil, soc socTransport: (any SOCTransport)? = nil,
    tellRecovery: (@Sendable (RecoveryProgress) -> Void)? = nil
  ) throws {
    Limits.check()
    ProcessFacts.raiseOpenFiles()
    self.configuration = configuration
    var settings = configuration.pipeline
    settings.tellRecovery = tellRecovery
    pipeline = try Pipeline(settings, registry: registry)
    receivers = try Receivers(
      configuration.alerts, node: configuration.node, data: configuration.data, transport: transport, mail: mail)
    receiverKeeper = try ReceiverKeeper(receivers)
    soc = try configuration.soc.flatMap { settings in
      try socTransport.map {
        try SOCFeed(settings, node: configuration.node, data: configuration.data, transport: $0)
      }
    }
    alertWatch = try AlertWatch(configuration, pipeline: pipeline, receivers: receivers, soc: soc)
    receivers.look(at: alertWatch.desk)
    qualityWatch = try QualityWatch(pipeline: pipeline, zone: configuration.zone)
    auditLog = try AuditLog(pipeline.catalogue, configuration.audit, soc: soc)
    refusalWatch = try RefusalWatch(pipeline: pipeline, tallies: configuration.listeners.map(\.snmp.tally))
  }

  // MARK: life

  /// Binds every socket. Nothing is received yet.
  public func open() throws { try pipeline.open() }

  /// Starts the threads: from here on datagrams are taken.
  ///
  /// - Parameter log: told what is wrong and who is refused; nobody is if it is nil.
  public func start(log: Logger? = nil) throws {
    // Alerts first: what is being told is told, before who stores and sends it ends.
    var ahead: [[any Worker]] = [[receiverKeeper], [qualityWatch, refusalWatch, auditLog]]
    ahead.insert([alertWatch], at: 0)
    if let soc {
      let refusals = try SOCRefusals(pipeline, soc, listeners: configuration.listeners.map(\.name))
      ahead.append([soc.sender, refusals])
    }
    if let log { ahead.append([try LogWatch(self, log: log)]) }
    try pipeline.start(ahead: ahead)
  }

  /// Stops in the order of the way. True if everything is in the parts; what is not stands in the journal.
  public func stop() -> Bool {
    let isWhole = pipeline.stop()
    receivers.close()
    return isWhole
  }

  /// Takes a new registry; lanes ask it from their next turn on. Nothing is lost meanwhile.
  public func reload(_ registry: DeviceRegistry) { pipeline.reload(registry) }

  // MARK: what is known of it

  /// What is stored, at one moment.
  public func view(of names: Set<TableName>? = nil) -> LagoonView { pipeline.view(of: names) }

  /// Its alarms.
  public var alarms: AlarmDesk { alertWatch.desk }

  /// The rules in force.
  public var rules: [AlertRule] { alertWatch.rules }

  /// Reads alert rules: a file, or a folder of them.
  public static func rules(_ path: String) throws -> [AlertRule] { try AlertRuleFiles.rules(path) }

  /// Puts other rules in force.
  public func reload(rules: [AlertRule]) { alertWatch.reload(rules) }

  /// What the node watches.
  public var alertFacts: AlertFacts { alertWatch.facts }

  /// Where requests are noted.
  public var audit: any AuditTrail { auditLog }

  /// How the audit fares.
  public var auditFacts: AuditFacts { auditLog.facts }

  /// How the feed to the security operations centre fares; nil if there is none.
  public var socFacts: SOCFacts? { soc?.facts }

  /// What receivers were told.
  public var receiverFacts: [ReceiverFacts] { receivers.facts }

  /// Puts other receivers in force; what waits for those that stay is kept.
  ///
  /// - Throws: if an outbox cannot be opened; those in force stay.
  public func reload(receivers settings: AlertSettings) throws {
    try receivers.reload(settings)
    receiverKeeper.wake()
  }

  /// What is wrong now, if anything: a worker that ended, a journal or a seal that fails, rows that were shed lately.
  public var complaints: [String] {
    pipeline.complaints + sheds.complaints(of: pipeline.ledger.snapshot(), at: Clock.monotonicNanos())
      + auditLog.facts.complaints
  }

  /// What is damaged, or could not be compacted or told: the rest works.
  public var warnings: [String] {
    pipeline.warnings + alertWatch.faults + receivers.faults + [receiverKeeper.fault].compactMap { $0 }
      + qualityWatch.faults + auditLog.facts.warnings
      + (soc?.faults ?? [])
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
  /// What of it concerns the audit.
  var audit: AuditSettings {
    AuditSettings(
      node: node, data: data, sealIntervalNanos: sealIntervalNanos, retentionDays: retention.auditDays,
      compactLevel: compactLevel)
  }

  /// What of it concerns the pipeline.
  var pipeline: PipelineSettings {
    var settings = PipelineSettings(node: node, data: data, listeners: listeners, retention: retention.policy)
    settings.laneCount = lanes
    settings.commitIntervalNanos = commitIntervalNanos
    settings.sealIntervalNanos = sealIntervalNanos
    settings.sealBytes = sealBytes
    settings.sealThreads = sealCores ?? Configuration.coresBeside(lanes: lanes)
    settings.compactThreads = compactCores
    settings.compactLevel = compactLevel
    settings.compatibleTables = compatibleTables
    settings.futureNanos = futureNanos
    settings.oldestNanos = oldestNanos
    settings.knownOnly = registry.knownOnly
    settings.takesLines = takesLines
    return settings
  }
}

extension Configuration.Retention {
  /// As the tables take it.
  public var policy: RetentionPolicy {
    RetentionPolicy(
      readingsDays: readingsDays, eventsDays: eventsDays, rollups5mDays: rollups5mDays, rollups1hDays: rollups1hDays)
  }
}
