import Primitives

/// Informs that were taken lately, so that a retransmission is answered again and stored once: known by their source,
/// request id, sender and bindings. The same request id with other content is another inform.
///
/// Bounded: each source's address has a share of the places, so that a flood from one does not make those of others
/// forgotten.
struct SNMPInforms: ~Copyable {
  struct Entry: BitwiseCopyable {
    var hash: UInt64 = 0
    var source = SourceAddress(high: 0, low: 0, port: 0)
    var requestID: Int64 = 0
    var monotonicNanos = Int64.min
    /// The batch in which its event stands.
    var sequence: UInt64 = 0
  }

  /// What is known of an inform.
  enum Repetition {
    /// It is new, and remembered from now on.
    case none
    /// It was taken, and is answered once it is committed.
    case pending
    /// It is committed.
    case committed
  }

  private var slots = Slab<Entry>(repeating: Entry(), count: Limits.snmpInforms)
  private let hash: KeyHash
  /// Where the newest one is; -1 if there is none.
  private var newest = -1
  /// The newest batch that was committed; those before it were, or their informs are forgotten.
  private var committed: UInt64 = 0
  private static let rememberedNanos = Int64(Limits.snmpInformSeconds) * Nanos.perSecond

  init(seed: UInt64) {
    hash = KeyHash(seed: seed)
  }

  /// Whether this one was taken before; remembers it, as of the batch `sequence`, if not.
  mutating func repetition(
    _ bindings: RawSpan, sender: RawSpan, requestID: Int64, source: SourceAddress, monotonicNanos: Int64,
    sequence: UInt64
  ) -> Repetition {
    let sum =
      hash.hash(bindings) ^ (hash.hash(sender) &* 0xA076_1D64_78BD_642F)
      ^ UInt64(bitPattern: requestID) &* 0x9E37_79B9_7F4A_7C15
    let address = (source.low &+ source.high ^ hash.seed).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    let share = (address.high ^ address.low) % UInt64(Limits.snmpInforms / Limits.snmpInformsPerShare)
    let place = (sum >> 20) % UInt64(Limits.snmpInformsPerShare)
    let index = Int(truncatingIfNeeded: share) &* Limits.snmpInformsPerShare &+ Int(truncatingIfNeeded: place)
    let old = slots[index]
    if old.hash == sum && old.requestID == requestID && old.source == source
      && monotonicNanos &- old.monotonicNanos < Self.rememberedNanos && old.monotonicNanos != .min
    {
      return old.sequence <= committed ? .committed : .pending
    }
    newest = index
    slots[index] = Entry(
      hash: sum, source: source, requestID: requestID, monotonicNanos: monotonicNanos, sequence: sequence)
    return .none
  }

  /// Forgets the one remembered last: nothing of it was taken, so it must not be acknowledged when it comes again.
  mutating func forgetNewest() {
    if newest >= 0 { slots[newest] = Entry() }
    newest = -1
  }

  /// Says what became of a batch; what was in one that was not committed has to come again.
  mutating func noteCommit(_ sequence: UInt64, isCommitted: Bool) {
    if !isCommitted {
      for index in 0..<slots.count where slots[index].sequence == sequence { slots[index] = Entry() }
    }
    committed = max(committed, sequence)
  }
}
