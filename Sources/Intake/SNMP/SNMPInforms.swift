import Primitives

/// Informs that were taken lately, so that a retransmission is answered again and stored once. A ring: the oldest is
/// forgotten first.
struct SNMPInforms: ~Copyable {
  struct Entry: BitwiseCopyable {
    var hash: UInt64 = 0
    var source = SourceAddress(high: 0, low: 0, port: 0)
    var requestID: Int64 = 0
    var monotonicNanos = Int64.min
  }

  private var slots = Slab<Entry>(repeating: Entry(), count: Limits.snmpInforms)
  private let hash: KeyHash
  /// Where the newest one is; -1 if there is none.
  private var newest = -1
  /// Senders retry for seconds; a request id comes back much later.
  private static let rememberedNanos = 60 * Nanos.perSecond

  init(seed: UInt64) {
    hash = KeyHash(seed: seed)
  }

  /// Whether this one was taken before; remembers it if not. Which slot it has is a matter of its hash, so one sender
  /// cannot make the lane forget all others.
  mutating func isRepeated(
    _ bindings: RawSpan, requestID: Int64, source: SourceAddress, monotonicNanos: Int64
  ) -> Bool {
    let sum = hash.hash(bindings) ^ UInt64(bitPattern: requestID) &* 0x9E37_79B9_7F4A_7C15 ^ source.low
    let index = Int(truncatingIfNeeded: sum >> 20) & (Limits.snmpInforms &- 1)
    let old = slots[index]
    if old.hash == sum && old.requestID == requestID && old.source == source
      && monotonicNanos &- old.monotonicNanos < Self.rememberedNanos && old.monotonicNanos != .min
    {
      return true
    }
    newest = index
    slots[index] = Entry(hash: sum, source: source, requestID: requestID, monotonicNanos: monotonicNanos)
    return false
  }

  /// Forgets the one remembered last: nothing of it was taken, so it must not be acknowledged when it comes again.
  mutating func forgetNewest() {
    if newest >= 0 { slots[newest] = Entry() }
    newest = -1
  }

  /// Forgets all: a batch was not committed, and what was in it has to come again.
  mutating func forgetAll() {
    for index in 0..<slots.count { slots[index] = Entry() }
  }
}
