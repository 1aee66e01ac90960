import Decoders
import Primitives

/// First packets of what may become streams: one is followed once a second packet continues it (RFC 3550's
/// MIN_SEQUENTIAL is 2), so that neither strays nor other protocols are taken for one. Each has the slot of its hash, and
/// the next one there takes its place.
struct StreamCandidates: ~Copyable {
  private struct Entry: BitwiseCopyable {
    var hash: UInt64 = 0
    var arrival: UnixNanos = .min
    var timestamp: UInt32 = 0
    var sequence: UInt16 = 0
    var payloadType: UInt8 = 0
    var hasMarker = false
    var bytes: Int32 = 0
  }

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
    var bytes: Int
  }

  /// The packet before this one that this one continues; nil if there is none, and this one is remembered.
  mutating func confirm(_ packet: RTPPacket, hash: UInt64, arrival: UnixNanos, bytes: Int) -> First? {
    let slot = Int(truncatingIfNeeded: hash >> 32) & (Limits.rtpCandidates &- 1)
    let old = entries[slot]
    let step = Int(Int16(bitPattern: packet.sequence &- old.sequence))
    let units = Int32(bitPattern: packet.timestamp &- old.timestamp).magnitude
    let isNear = step != 0 && step.magnitude <= UInt(Self.nearest) && units <= Self.nearestUnits
    if old.hash == hash && old.arrival != .min && isNear
      && (arrival &- old.arrival).magnitude <= UInt64(Self.longestPauseNanos)
    {
      entries[slot] = Entry()
      var first = RTPPacket()
      first.payloadType = old.payloadType
      first.hasMarker = old.hasMarker
      first.sequence = old.sequence
      first.timestamp = old.timestamp
      first.ssrc = packet.ssrc
      return First(packet: first, arrival: old.arrival, bytes: Int(old.bytes))
    }
    // A doubled first packet is the same candidate, still of one packet.
    if old.hash == hash && step == 0 && old.arrival != .min { return nil }
    entries[slot] = Entry(
      hash: hash, arrival: arrival, timestamp: packet.timestamp, sequence: packet.sequence,
      payloadType: packet.payloadType, hasMarker: packet.hasMarker, bytes: Int32(truncatingIfNeeded: bytes))
    return nil
  }
}
