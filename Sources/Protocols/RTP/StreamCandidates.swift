import Primitives

/// First packets of what may become streams: one is followed once a second packet continues it (RFC 3550's
/// MIN_SEQUENTIAL is 2), so that neither strays nor other protocols are taken for one.
///
/// Sets of four, by the hash. Where a set is full a new one takes the place of one of its own address, and of any other
/// only if there is none: a flood of invented streams from one address drives out itself. Which one is drawn at random:
/// streams whose packets come in turn would otherwise drive each other out for ever.
struct StreamCandidates: ~Copyable {
  struct Entry: BitwiseCopyable {
    var hash: UInt64 = 0
    /// Of the sender's address.
    var address: UInt64 = 0
    var arrival: UnixNanos = .min
    var timestamp: UInt32 = 0
    var sequence: UInt16 = 0
    var payloadType: UInt8 = 0
    var hasMarker = false
    /// What its payload would be.
    var hints: UInt8 = 0
    /// Octets of the packet and of its doubles.
    var bytes: Int32 = 0
    var doubles: Int32 = 0
  }

  private var draws: UInt64 = 1
  private static let ways = 4
  private var entries = Slab<Entry>(repeating: Entry(), count: Limits.rtpCandidates)
  /// How far the second packet may be from the first.
  private static let nearest = 32
  /// And its timestamp: ten seconds of the fastest clock in use.
  private static let nearestUnits: UInt32 = 960_000
  private static let longestPauseNanos = 10 * Nanos.perSecond

  init() {}

  /// What the first packet of a stream was.
  struct First {
    var packet: RTPPacket
    var arrival: UnixNanos
    /// Octets of the packet and of its doubles.
    var bytes: Int
    var doubles: Int
    var hints: UInt8
  }

  /// The packet before this one that this one continues; nil if there is none, and this one is remembered.
  mutating func confirm(
    _ packet: RTPPacket, hash: UInt64, source: SourceAddress, seed: UInt64, arrival: UnixNanos, bytes: Int,
    hints: UInt8 = 0
  ) -> First? {
    let address = (source.low &+ source.high ^ seed) &* 0x9E37_79B9_7F4A_7C15
    let first = Int(truncatingIfNeeded: hash >> 32) & (Limits.rtpCandidates / Self.ways &- 1) &* Self.ways
    var free = -1
    for slot in first..<first &+ Self.ways {
      let old = entries[slot]
      if old.arrival == .min {
        free = slot
        continue
      }
      if old.hash != hash { continue }
      let step = Int(Int16(bitPattern: packet.sequence &- old.sequence))
      // A doubled first packet is the same candidate, still of one packet.
      if step == 0 {
        entries[slot].bytes &+= Int32(truncatingIfNeeded: bytes)
        entries[slot].doubles &+= 1
        return nil
      }
      if !isContinued(old, packet, step: step, arrival: arrival) {
        free = slot
        break
      }
      entries[slot] = Entry()
      var begin = RTPPacket()
      begin.payloadType = old.payloadType
      begin.hasMarker = old.hasMarker
      begin.sequence = old.sequence
      begin.timestamp = old.timestamp
      begin.ssrc = packet.ssrc
      return First(
        packet: begin, arrival: old.arrival, bytes: Int(old.bytes), doubles: Int(old.doubles), hints: old.hints)
    }
    if free < 0 { free = drawn(first, address) }
    entries[free] = Entry(
      hash: hash, address: address, arrival: arrival, timestamp: packet.timestamp, sequence: packet.sequence,
      payloadType: packet.payloadType, hasMarker: packet.hasMarker, hints: hints,
      bytes: Int32(truncatingIfNeeded: bytes))
    return nil
  }

  /// A place of a full set, at random: of those that the address has, if it has any.
  private mutating func drawn(_ first: Int, _ address: UInt64) -> Int {
    draws = draws &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let start = Int(draws >> 62)
    for step in 0..<Self.ways {
      let slot = first &+ (start &+ step) % Self.ways
      if entries[slot].address == address { return slot }
    }
    return first &+ start
  }

  private func isContinued(_ old: Entry, _ packet: RTPPacket, step: Int, arrival: UnixNanos) -> Bool {
    let units = Int32(bitPattern: packet.timestamp &- old.timestamp).magnitude
    return step.magnitude <= UInt(Self.nearest) && units <= Self.nearestUnits
      && (arrival &- old.arrival).magnitude <= UInt64(Self.longestPauseNanos)
  }
}
