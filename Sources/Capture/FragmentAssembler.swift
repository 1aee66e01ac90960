internal import Primitives

/// Puts packets together from their fragments, within a bounded memory and time.
///
/// In IPv4 the octets that came first win where fragments overlap; in IPv6 an overlap discards the packet (RFC 5722).
/// When there are too many, the oldest of the source that has the most give way, and all do after `Limits.reassemblySeconds` of capture time.
struct FragmentAssembler: ~Copyable {
  enum Outcome { case pending, whole, overlap, malformed }

  private var packets: [FragmentKey: PartialPacket] = [:]
  private var heldBytes = 0
  private var arrivals: UInt64 = 0
  /// The last packet that became whole, and the protocol of what it carries.
  private var output: [UInt8] = []
  private(set) var outputProtocol: UInt8 = 0

  init() {}

  /// Packets of which pieces are missing.
  var pending: Int { packets.count }

  /// The last packet that became whole, without its IP header.
  var whole: RawSpan {
    @_lifetime(borrow self)
    borrowing get { output.span.bytes }
  }

  var wholeByteCount: Int { output.count }

  func copyOfWhole() -> [UInt8] { output }

  /// Takes in the fragment at which `walk` ended, out of `data`.
  mutating func add(_ walk: FrameWalk, in data: RawSpan, time: UnixNanos, counts: inout CaptureCounts) -> Outcome {
    let key = FragmentKey(walk)
    if let known = packets[key], isExpired(known, at: time) {
      remove(key)
      counts.count(.reassemblyExpired)
    }
    var packet = packets.removeValue(forKey: key) ?? begin(walk, time: time, counts: &counts)
    var heldBefore = packet.bytes.count
    var outcome = add(walk, data, time, to: &packet)
    let isMixed = outcome == .whole && !packet.isOneDatagram(addressSum: Self.addressSum(walk))
    if outcome == .other || isMixed {
      // The number was given anew: the packet that had it before is lost, and this piece is the first of another.
      counts.count(.reassemblyMixed)
      heldBytes -= heldBefore
      heldBefore = 0
      packet = begin(walk, time: time, counts: &counts)
      outcome = add(walk, data, time, to: &packet)
    }
    heldBytes += packet.bytes.count - heldBefore
    switch outcome {
    case .whole:
      heldBytes -= packet.bytes.count
      output = packet.bytes
      outputProtocol = packet.protocolNumber
      return .whole
    case .malformed:
      // The piece alone is refused; a packet of which nothing was taken is forgotten.
      if packet.bytes.isEmpty { return .malformed }
    case .pending, .overlap, .other: break
    }
    packets[key] = packet
    while heldBytes > Limits.reassemblyBytes { evictOldest(&counts) }
    switch outcome {
    case .overlap: return .overlap
    case .malformed: return .malformed
    default: return .pending
    }
  }

  private func add(
    _ walk: FrameWalk, _ data: RawSpan, _ time: UnixNanos, to packet: inout PartialPacket
  ) -> PartialPacket.Outcome {
    packet.add(
      data, walk.offset..<walk.end, at: walk.fragmentOffset, isLast: !walk.moreFragments,
      protocolNumber: walk.fragmentProtocol, time: time)
  }

  /// What the addresses add to a checksum (RFC 768, RFC 8200 section 8.1); that of a mapped prefix counts for nothing.
  private static func addressSum(_ walk: FrameWalk) -> UInt64 {
    var sum: UInt64 = 0
    for word in [walk.sourceHigh, walk.sourceLow, walk.destinationHigh, walk.destinationLow] {
      var word = walk.isIPv6 ? word : word & 0xFFFF_FFFF
      while word != 0 {
        sum &+= word & 0xFFFF
        word >>= 16
      }
    }
    return sum
  }

  private mutating func begin(_ walk: FrameWalk, time: UnixNanos, counts: inout CaptureCounts) -> PartialPacket {
    if packets.count >= Limits.reassemblies {
      for (key, packet) in packets where isExpired(packet, at: time) {
        remove(key)
        counts.count(.reassemblyExpired)
      }
    }
    if packets.count >= Limits.reassemblies { evictOldest(&counts) }
    arrivals += 1
    return PartialPacket(isIPv6: walk.isIPv6, since: time, sequence: arrivals)
  }

  private func isExpired(_ packet: PartialPacket, at time: UnixNanos) -> Bool {
    let (age, overflow) = time.subtractingReportingOverflow(packet.since)
    return overflow || age > Int64(Limits.reassemblySeconds) * Nanos.perSecond
  }

  /// Lets the oldest packets go of the source that has the most: some at once, so that a flood of pieces costs little
  /// each; and if that source has few, those of the next ones too.
  private mutating func evictOldest(_ counts: inout CaptureCounts) {
    let enough = max(1, packets.count / 16)
    let own = Dictionary(grouping: packets, by: { Source($0.key) }).map { source, packets in
      (source: source, bytes: packets.reduce(0) { $0 + max(1, $1.value.bytes.count) }, packets: packets)
    }
    var removed = 0
    for greedy in own.sorted(by: { ($0.bytes, $0.source) > ($1.bytes, $1.source) }) where removed < enough {
      let oldest = greedy.packets.sorted { $0.value.sequence < $1.value.sequence }
      for (key, _) in oldest.prefix(max(1, oldest.count / 8)) {
        remove(key)
        removed += 1
        counts.count(.reassemblyEvicted)
      }
    }
  }

  private struct Source: Hashable, Comparable {
    var high: UInt64
    var low: UInt64

    init(_ key: FragmentKey) {
      high = key.sourceHigh
      low = key.sourceLow
    }

    static func < (a: Source, b: Source) -> Bool { (a.high, a.low) < (b.high, b.low) }
  }

  private mutating func remove(_ key: FragmentKey) {
    guard let packet = packets.removeValue(forKey: key) else { return }
    heldBytes -= packet.bytes.count
  }
}
