public import Primitives
import Synchronization
public import Telemetry

/// What SNMP messages were, whatever became of them, and whose could not be taken: shared by lanes and readers.
public final class SNMPTally: Sendable {
  /// Counts since the start.
  public struct Counts: Sendable {
    /// What begins like an SNMP message, decodable or not.
    public var messages: UInt64 = 0
    public var encrypted: UInt64 = 0
    public var undecodable: UInt64 = 0
    public var varbinds: UInt64 = 0
    /// By `SNMPPDU.Kind`, in the order of its cases.
    public var pdus = [UInt64](repeating: 0, count: SNMPPDU.Kind.allCases.count)
    /// Messages of version 3 that were refused, by engine id (hexadecimal) and reason.
    public var refusedEngines: [RefusedEngine: UInt64] = [:]
  }

  public struct RefusedEngine: Hashable, Sendable {
    public var engine: String
    public var reason: RejectReason
  }

  /// A message that was authenticated and refused all the same: of a clock that went back, of an engine that there is
  /// twice, of another key for privacy.
  public struct ProvenRefusal: Sendable {
    public var engine: [UInt8]
    public var reason: RejectReason
    public var source: SourceAddress
    public var boots: Int64
    public var time: Int64
    /// What was believed of the engine's clock, and from where it came.
    public var clock: SNMPEngines.Clock?
    /// How many since they were taken last.
    public var count: UInt64 = 1
  }

  private let proven = Mutex<[[UInt8]: ProvenRefusal]>([:])

  /// Notes one; the last of an engine stands for all of them.
  func note(_ refusal: ProvenRefusal) {
    proven.withLock { proven in
      var refusal = refusal
      if let known = proven[refusal.engine] { refusal.count = known.count + 1 }
      if refusal.count > 1 || proven.count < Limits.snmpEnginesTallied { proven[refusal.engine] = refusal }
    }
  }

  /// What was noted since the last time, but for engines that are to wait.
  public func takeProven(except waiting: Set<[UInt8]>) -> [ProvenRefusal] {
    proven.withLock { proven in
      let taken = proven.values.filter { !waiting.contains($0.engine) }
      for refusal in taken { proven[refusal.engine] = nil }
      return taken.sorted { $0.engine.lexicographicallyPrecedes($1.engine) }
    }
  }

  private let counts = Mutex(Counts())

  public init() {}

  public var snapshot: Counts { counts.withLock { $0 } }

  /// Adds what a lane counted on its own.
  func add(_ own: SNMPOwnTally) {
    counts.withLock { counts in
      counts.messages += own.messages
      counts.encrypted += own.encrypted
      counts.undecodable += own.undecodable
      counts.varbinds += own.varbinds
      for index in 0..<9 { counts.pdus[index] += own.pdus[index] }
    }
  }

  func refuse(engine: [UInt8], _ reason: RejectReason) {
    let text = "0x" + Hexadecimal.text(engine)
    counts.withLock { counts in
      var key = RefusedEngine(engine: text, reason: reason)
      if counts.refusedEngines.count >= Limits.snmpEnginesTallied && counts.refusedEngines[key] == nil {
        key.engine = "other"
      }
      counts.refusedEngines[key, default: 0] += 1
    }
  }
}

/// The same counts of one lane since it last handed them over: nothing is shared on the hot path.
struct SNMPOwnTally {
  var messages: UInt64 = 0
  var encrypted: UInt64 = 0
  var undecodable: UInt64 = 0
  var varbinds: UInt64 = 0
  var pdus = InlineArray<9, UInt64>(repeating: 0)

  mutating func count(_ kind: SNMPPDU.Kind) {
    pdus[Int(kind.rawValue &- SNMPPDU.Kind.get.rawValue)] &+= 1
  }
}
