import Intake
public import Protocols
public import Lagoon
public import Primitives

/// What a pipeline is made of, whoever read or made it up.
public struct PipelineSettings: Sendable {
  /// The node's name, in transactions and names of parts.
  public var node: String
  /// The data directory.
  public var data: String
  public var listeners: [ListenerSettings]
  /// Threads that receive, each with its own sockets.
  public var laneCount = 1
  public var commitIntervalNanos = 20 * Nanos.perMillisecond
  public var sealIntervalNanos = 5 * Nanos.perMinute
  /// Bytes of unsealed rows at which they are sealed before their time.
  public var sealBytes = 64 << 20
  /// Threads that seal, and that compact.
  public var sealThreads = 1
  public var compactThreads = 1
  public var compactLevel: Int32 = 9
  /// Tables whose parts have PLAIN and dictionaries only; `*` is all.
  public var compatibleTables: Set<String> = []
  public var retention: RetentionPolicy
  /// A device clock further ahead than this is not believed.
  public var futureNanos = 10 * Nanos.perMinute
  /// A device clock before this was never set; nil for 2020-01-01, and for readings what retention reaches back to.
  public var oldestNanos: UnixNanos?
  /// Devices that the registry does not hold are refused.
  public var knownOnly = false
  /// Lines are taken by HTTP too.
  public var takesLines = false
  /// Told how far the recovery has come, where it takes some seconds.
  public var tellRecovery: (@Sendable (RecoveryProgress) -> Void)?
  /// Seeds the hashes of keys, so that nobody can make them meet; a simulation says which.
  public var seed: UInt64?

  public init(node: String, data: String, listeners: [ListenerSettings], retention: RetentionPolicy) {
    self.node = node
    self.data = data
    self.listeners = listeners
    self.retention = retention
  }

  /// Who has an account in the ledger: the listeners, the node itself, and HTTP.
  var accounts: [SharedLedger.Account] {
    listeners.map { SharedLedger.Account($0) } + [SharedLedger.Account(ofNode: InternalLane.listenerName)]
      + (takesLines ? [SharedLedger.Account(ofLines: LineWriter.listenerName)] : [])
  }

  /// What they are called, in the order of their accounts.
  public var accountNames: [String] { accounts.map(\.name) }

  var journalDirectory: String { DataDirectory(data).journal }

  /// The bytes of unsealed rows at which new ones are shed: what sealing may fall behind, as a multiple of what it
  /// takes at once.
  var unsealedByteLimit: Int {
    let (limit, overflow) = sealBytes.multipliedReportingOverflow(by: Limits.unsealedSeals)
    return overflow ? .max : max(Limits.leastUnsealedBytes, limit)
  }

  /// What of that one table may take that cannot be sealed.
  var stuckTableBytes: Int { unsealedByteLimit / Limits.stuckTableShare }

}

// MARK: times that are believed

extension PipelineSettings {
  /// How old and how far ahead rows may be.
  func timeBounds(nowNanos: UnixNanos, believed: @escaping @Sendable (UnixNanos) -> UnixNanos) -> TimeBounds {
    TimeBounds(
      futureNanos: futureNanos, oldestNanos: oldestNanos ?? Self.oldestDefaultNanos,
      oldestReadingNanos: oldestNanos ?? oldestReadingNanos(nowNanos: nowNanos),
      readingsAgeNanos: Self.ageNanos(retention.readingsDays), eventsAgeNanos: Self.ageNanos(retention.eventsDays),
      believed: believed)
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
