import Mutation
import Primitives
import Testing

@testable import Capture

/// Pieces put together, against an array of octets.
@Suite struct FragmentAssemblerTests {
  /// The walk to where a packet's fragment stands.
  static func walk(_ packet: [UInt8]) -> FrameWalk? {
    let frame = Frame(
      offset: 0, capturedLength: packet.count, wireLength: packet.count, linkType: LinkType(number: 101), time: 0,
      isTimed: true)
    var walk = FrameWalk(frame: frame)
    guard case .fragment = walk.run(in: packet.span.bytes) else { return nil }
    return walk
  }

  private static func add(
    _ assembler: inout FragmentAssembler, _ packet: [UInt8], at time: UnixNanos = 0, _ counts: inout CaptureCounts
  ) throws -> FragmentAssembler.Outcome {
    let walk = try #require(Self.walk(packet))
    return assembler.add(walk, in: packet.span.bytes, time: time, counts: &counts)
  }

  private static func piece(
    _ octets: [UInt8], at offset: Int, more: Bool, number: Int = 1, source: UInt8 = 1, protocol: UInt8 = 17
  ) -> [UInt8] {
    var packet = Packet.ipv4(octets, protocol: `protocol`, identification: number, offset: offset, more: more)
    packet[15] = source
    return packet
  }

  /// In IPv4 what came first stays, whatever overlaps; the packet is whole when the last gap is closed.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func agreesWithAnArray(seed: UInt64) throws {
    var random = SeededRandom(seed)
    for round in 0..<80 {
      var assembler = FragmentAssembler()
      var counts = CaptureCounts()
      let total = 8 * Int.random(in: 2...12, using: &random) + Int.random(in: 0...7, using: &random)
      var plain = [UInt8?](repeating: nil, count: total)
      var hasEnd = false
      var isWhole = false
      while !isWhole {
        let start = 8 * Int.random(in: 0...total / 8, using: &random)
        let isLast = Int.random(in: 0..<3, using: &random) == 0
        let room = total - start
        let length = isLast ? room : 8 * Int.random(in: 0...room / 8, using: &random)
        if length == 0 { continue }
        // Whole at once it is no fragment.
        if length == total && isLast { continue }
        let octets = random.octets(length)
        let outcome = try Self.add(
          &assembler, Self.piece(octets, at: start, more: !isLast, number: round), &counts)
        for (index, octet) in octets.enumerated() where plain[start + index] == nil { plain[start + index] = octet }
        hasEnd = hasEnd || isLast
        isWhole = hasEnd && !plain.contains { $0 == nil }
        #expect(outcome == (isWhole ? .whole : .pending))
      }
      let (whole, pending) = (assembler.copyOfWhole(), assembler.pending)
      #expect(whole == plain.compactMap { $0 } && pending == 0)
    }
  }

  /// What makes fragments of one packet: both addresses, the number, the VLAN, and in IPv4 the protocol.
  @Test func keys() throws {
    let octets = [UInt8](repeating: 7, count: 8)
    let first = try #require(Self.walk(Self.piece(octets, at: 0, more: true)))
    var others: [FrameWalk] = []
    others.append(try #require(Self.walk(Self.piece(octets, at: 0, more: true, number: 2))))
    others.append(try #require(Self.walk(Self.piece(octets, at: 0, more: true, source: 9))))
    others.append(try #require(Self.walk(Packet.ipv4(octets, protocol: 6, more: true))))
    var tagged = first
    tagged.vlan = 5
    others.append(tagged)
    others.append(try #require(Self.walk(Packet.fragment6(octets, offset: 0, more: true, identification: 1))))
    let keys = ([first] + others).map(FragmentKey.init)
    #expect(Set(keys).count == 6)
    let later = try #require(Self.walk(Self.piece(octets, at: 64, more: false)))
    #expect(FragmentKey(later) == keys[0])
    let six = try #require(Self.walk(Packet.fragment6(octets, next: 17, offset: 0, more: true)))
    let same = try #require(Self.walk(Packet.fragment6(octets, next: 60, offset: 8, more: true)))
    #expect(FragmentKey(six) == FragmentKey(same), "IPv6 pieces may tell different next headers")
  }

  @Test func piecesAreWaitedForAMinute() throws {
    let limit = Int64(Limits.reassemblySeconds) * Nanos.perSecond
    for (time, isWhole) in [(limit, true), (limit + 1, false)] as [(Int64, Bool)] {
      var assembler = FragmentAssembler()
      var counts = CaptureCounts()
      // Not UDP, whose length and checksum would have to be right after so long.
      let front = [UInt8](repeating: 1, count: 8)
      _ = try Self.add(&assembler, Self.piece(front, at: 0, more: true, protocol: 99), at: 0, &counts)
      let outcome = try Self.add(&assembler, Self.piece([2], at: 8, more: false, protocol: 99), at: time, &counts)
      #expect((outcome == .whole) == isWhole && counts[.reassemblyExpired] == (isWhole ? 0 : 1))
    }
    // A clock that goes back, and times at both ends of what can be said.
    var assembler = FragmentAssembler()
    var counts = CaptureCounts()
    let octets = [UInt8](repeating: 1, count: 8)
    for time in [Int64.max, .min, .max] {
      let outcome = try Self.add(&assembler, Self.piece(octets, at: 0, more: true), at: time, &counts)
      #expect(outcome == .pending)
    }
    #expect(counts[.reassemblyExpired] == 2)
  }

  /// A flood of packets that are never whole drives out its own, counted, and leaves that of another source.
  @Test func aFloodDrivesOutItsOwn() throws {
    var assembler = FragmentAssembler()
    var counts = CaptureCounts()
    let octets = [UInt8](repeating: 1, count: 8)
    _ = try Self.add(&assembler, Self.piece(octets, at: 0, more: true, number: 7, source: 200), &counts)
    for number in 0..<3 * Limits.reassemblies {
      _ = try Self.add(&assembler, Self.piece(octets, at: 0, more: true, number: number), &counts)
      let pending = assembler.pending
      #expect(pending <= Limits.reassemblies)
    }
    let pending = assembler.pending
    #expect(pending + counts[.reassemblyEvicted] == 3 * Limits.reassemblies + 1)
    let outcome = try Self.add(&assembler, Self.piece([2], at: 8, more: false, number: 7, source: 200), &counts)
    #expect(outcome == .whole)
    // The newest of the flood are there still, the oldest are not.
    let newest = try Self.add(
      &assembler, Self.piece([2], at: 8, more: false, number: 3 * Limits.reassemblies - 1), &counts)
    let oldest = try Self.add(&assembler, Self.piece([2], at: 8, more: false, number: 0), &counts)
    #expect(newest == .whole && oldest == .pending)
  }

  /// Octets are bounded too: each piece far behind the others takes the room before it.
  @Test func octetsAreBounded() throws {
    var assembler = FragmentAssembler()
    var counts = CaptureCounts()
    let most = Limits.reassemblyBytes / Limits.reassembledBytes
    for number in 0..<2 * most {
      _ = try Self.add(
        &assembler, Self.piece([UInt8](repeating: 1, count: 8), at: 65_520, more: true, number: number), &counts)
    }
    let pending = assembler.pending
    #expect(pending <= most + 1 && pending > most / 2)
    #expect(counts[.reassemblyEvicted] == 2 * most - pending)
  }
}

@Suite struct PartialPacketTests {
  private static func add(
    _ packet: inout PartialPacket, _ octets: [UInt8], at offset: Int, isLast: Bool = false, time: UnixNanos = 0
  ) -> PartialPacket.Outcome {
    packet.add(
      octets.span.bytes, 0..<octets.count, at: offset, isLast: isLast, protocolNumber: 17, time: time)
  }

  private static let eight = [UInt8](repeating: 3, count: 8)

  @Test func nothingIsLongerThanAPacket() {
    var packet = PartialPacket(isIPv6: false, since: 0, sequence: 1)
    #expect(Self.add(&packet, [1, 2], at: Limits.reassembledBytes - 1) == .malformed)
    #expect(packet.bytes.isEmpty)
    #expect(Self.add(&packet, [1], at: Limits.reassembledBytes - 1, isLast: true) == .pending)
    #expect(packet.bytes.count == Limits.reassembledBytes)
  }

  /// Two ends, or octets behind the end, contradict each other: IPv6 discards the packet and all that comes of it.
  @Test func contradictions() {
    for isIPv6 in [false, true] {
      var packet = PartialPacket(isIPv6: isIPv6, since: 0, sequence: 1)
      #expect(Self.add(&packet, Self.eight, at: 8, isLast: true) == .pending)
      #expect(Self.add(&packet, Self.eight, at: 16, isLast: false) == .overlap)
      #expect(packet.bytes.isEmpty == isIPv6)
      #expect(Self.add(&packet, Self.eight, at: 0) == (isIPv6 ? .overlap : .whole))
      var other = PartialPacket(isIPv6: isIPv6, since: 0, sequence: 1)
      _ = Self.add(&other, Self.eight, at: 16)
      #expect(Self.add(&other, Self.eight, at: 8, isLast: true) == .overlap, "an end before what is there")
    }
  }

  @Test func anOverlapOfIPv6IsNoneOnlyIfItIsACopy() {
    var packet = PartialPacket(isIPv6: true, since: 0, sequence: 1)
    _ = Self.add(&packet, Self.eight, at: 0)
    #expect(Self.add(&packet, Self.eight, at: 0) == .pending, "networks double frames")
    #expect(Self.add(&packet, Self.eight + Self.eight, at: 0) == .overlap)
    #expect(Self.add(&packet, Self.eight, at: 8, isLast: true) == .overlap, "it stays discarded")
  }

  /// A number that is given anew: other octets in the same place, long after.
  @Test func aNumberThatIsGivenAnew() {
    let later = Nanos.perSecond / 10 + 1
    for (time, outcome) in [(later - 1, PartialPacket.Outcome.pending), (later, .other)] {
      var packet = PartialPacket(isIPv6: false, since: 0, sequence: 1)
      _ = Self.add(&packet, Self.eight, at: 0)
      #expect(Self.add(&packet, [UInt8](repeating: 4, count: 8), at: 0, time: time) == outcome)
    }
    var same = PartialPacket(isIPv6: false, since: 0, sequence: 1)
    _ = Self.add(&same, Self.eight, at: 0)
    #expect(Self.add(&same, Self.eight, at: 0, time: later) == .pending && same.isSpread)
    // A head behind an old tail begins another packet.
    for (time, outcome) in [
      (Nanos.perSecond * 3 / 2, PartialPacket.Outcome.whole), (Nanos.perSecond * 3 / 2 + 1, .other),
    ] {
      var tail = PartialPacket(isIPv6: false, since: 0, sequence: 1)
      _ = Self.add(&tail, [1], at: 8, isLast: true)
      #expect(Self.add(&tail, Self.eight, at: 0, time: time) == outcome)
    }
  }

  /// Of pieces that came at several times the length and the checksum have to be right.
  @Test func aSpreadPacketIsOneDatagramByItsChecksum() {
    let payload: [UInt8] = [1, 2, 3, 4, 5]
    func packet(length: Int? = nil, checksum: UInt16) -> PartialPacket {
      var udp = Packet.udp(payload, length: length)
      udp[6] = UInt8(checksum >> 8)
      udp[7] = UInt8(checksum & 255)
      var packet = PartialPacket(isIPv6: false, since: 0, sequence: 1)
      _ = Self.add(&packet, Array(udp[..<8]), at: 0)
      _ = Self.add(&packet, Array(udp[8...]), at: 8, isLast: true, time: Nanos.perSecond / 5)
      return packet
    }
    // 10.0.0.1 to 10.0.0.2, by RFC 768 done plainly.
    let addresses: UInt64 = 0x0A00 + 0x0001 + 0x0A00 + 0x0002
    var sum = addresses + 17 + 13 + 1_000 + 2_000 + 13 + 0x0102 + 0x0304 + 0x0500
    while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
    let checksum = ~UInt16(sum)
    #expect(packet(checksum: checksum).isOneDatagram(addressSum: addresses))
    #expect(!packet(checksum: checksum ^ 1).isOneDatagram(addressSum: addresses))
    #expect(!packet(checksum: checksum).isOneDatagram(addressSum: addresses + 1))
    #expect(packet(checksum: 0).isOneDatagram(addressSum: addresses), "it has none")
    #expect(!packet(length: 12, checksum: 0).isOneDatagram(addressSum: addresses))
  }
}
