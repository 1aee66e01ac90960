import Mutation
import Primitives
import Registry
import Telemetry
import Testing

@testable import Protocols

@Suite struct StreamCandidatesTests {
  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 5_000)

  private static func packet(_ sequence: UInt16, timestamp: UInt32 = 0, ssrc: UInt32 = 1) -> RTPPacket {
    var packet = RTPPacket()
    packet.sequence = sequence
    packet.timestamp = timestamp
    packet.ssrc = ssrc
    packet.payloadType = 96
    return packet
  }

  private static func confirm(
    _ candidates: inout StreamCandidates, _ packet: RTPPacket, hash: UInt64 = 7, source: SourceAddress = source,
    at nanos: UnixNanos = 0, bytes: Int = 100
  ) -> StreamCandidates.First? {
    candidates.confirm(packet, hash: hash, source: source, seed: 3, arrival: nanos, bytes: bytes)
  }

  @Test(
    arguments: [
      (100, 101, true), (100, 132, true), (100, 133, false), (100, 68, true), (100, 67, false), (65_535, 0, true),
      (0, 65_535, true), (65_520, 17, false),
    ] as [(UInt16, UInt16, Bool)])
  func theSecondPacketContinuesTheFirst(first: UInt16, second: UInt16, isStream: Bool) {
    var candidates = StreamCandidates()
    let none = Self.confirm(&candidates, Self.packet(first))
    let found = Self.confirm(&candidates, Self.packet(second))
    #expect(none == nil && (found != nil) == isStream)
    if isStream { #expect(found?.packet.sequence == first && found?.bytes == 100 && found?.doubles == 0) }
  }

  @Test func timestampsAndPausesHaveTheirBounds() {
    for (step, isStream) in [(960_000, true), (960_001, false), (0 &- 960_000, true), (0 &- 960_001, false)]
      as [(UInt32, Bool)]
    {
      var candidates = StreamCandidates()
      _ = Self.confirm(&candidates, Self.packet(1, timestamp: .max - 5))
      let found = Self.confirm(&candidates, Self.packet(2, timestamp: (.max - 5) &+ step))
      #expect((found != nil) == isStream, "\(step)")
    }
    for (pause, isStream) in [
      (10 * Nanos.perSecond, true), (10 * Nanos.perSecond + 1, false), (-10 * Nanos.perSecond, true), (.max, false),
    ] as [(Int64, Bool)] {
      var candidates = StreamCandidates()
      _ = Self.confirm(&candidates, Self.packet(1), at: 0)
      let found = Self.confirm(&candidates, Self.packet(2), at: pause)
      #expect((found != nil) == isStream, "\(pause)")
    }
  }

  @Test func doublesOfTheFirstAreCountedAndConfirmNothing() {
    var candidates = StreamCandidates()
    for _ in 0..<4 {
      let none = Self.confirm(&candidates, Self.packet(9))
      #expect(none == nil)
    }
    let found = Self.confirm(&candidates, Self.packet(10))
    #expect(found?.doubles == 3 && found?.bytes == 400)
    // It is no candidate any more: it is a stream.
    let again = Self.confirm(&candidates, Self.packet(11))
    #expect(again == nil)
  }

  /// One that is no continuation is the first of what comes next.
  @Test func aStrayTakesThePlaceOfItsOwn() {
    var candidates = StreamCandidates()
    _ = Self.confirm(&candidates, Self.packet(1))
    _ = Self.confirm(&candidates, Self.packet(20_000))
    let found = Self.confirm(&candidates, Self.packet(20_001))
    #expect(found?.packet.sequence == 20_000)
  }

  /// A full set: the flood of an address drives out its own, and leaves that of another.
  @Test func aFloodDrivesOutItself() {
    var candidates = StreamCandidates()
    let other = SourceAddress(ipv4: 0x0A00_0002, port: 5_000)
    _ = Self.confirm(&candidates, Self.packet(50), hash: 1, source: other)
    for number in 0..<5_000 as Range<UInt64> {
      _ = Self.confirm(&candidates, Self.packet(1), hash: 100 + number)
    }
    let found = Self.confirm(&candidates, Self.packet(51), hash: 1, source: other)
    #expect(found?.packet.sequence == 50)
    // Of the flood the newest is known, and the oldest is not.
    let newest = Self.confirm(&candidates, Self.packet(2), hash: 5_099)
    let oldest = Self.confirm(&candidates, Self.packet(2), hash: 100)
    #expect(newest != nil && oldest == nil)
  }
}

@Suite struct StreamHealthTests {
  private static func second(_ packets: Int64, lost: Int64, duplicates: Int64 = 0) -> StreamSecond {
    var second = StreamSecond(0)
    second.packets = packets
    second.lost = lost
    second.duplicates = duplicates
    return second
  }

  @Test func lossNeedsThreeSecondsAndMoreThanItsShare() {
    var health = StreamHealth()
    for number in 1...3 {
      health.closeSecond(Self.second(100, lost: 50))
      #expect(health.isLossy == (number == 3))
    }
    // Ten of a thousand are borne, eleven are not.
    for (lost, isLossy) in [(10, false), (11, true)] as [(Int64, Bool)] {
      var other = StreamHealth()
      other.closeSecond(Self.second(990 - lost + 10, lost: lost))
      for _ in 0..<2 { other.closeSecond(Self.second(1, lost: 0, duplicates: 1)) }
      #expect(other.isLossy == isLossy, "\(lost)")
    }
    // Few lost packets of a slow stream are none.
    var slow = StreamHealth()
    for _ in 0..<3 { slow.closeSecond(Self.second(2, lost: 0)) }
    slow.closeSecond(Self.second(2, lost: 2))
    #expect(!slow.isLossy)
    slow.closeSecond(Self.second(2, lost: 1))
    #expect(slow.isLossy)
  }

  @Test func whatIsTenSecondsAgoCountsNoMoreAndWhatCameLateIsNoLoss() {
    var health = StreamHealth()
    for _ in 0..<3 { health.closeSecond(Self.second(100, lost: 50)) }
    for _ in 0..<7 { health.closeSecond(Self.second(100, lost: 0)) }
    #expect(health.isLossy)
    for _ in 0..<3 { health.closeSecond(Self.second(100, lost: 0)) }
    #expect(!health.isLossy)
    health.closeSecond(Self.second(100, lost: 60))
    #expect(health.isLossy)
    health.closeSecond(Self.second(160, lost: -60))
    #expect(!health.isLossy)
  }

  @Test func silenceIsNoLossAndNumbersThatDoNotFitAreBounded() {
    var health = StreamHealth()
    for _ in 0..<20 { health.closeSecond(Self.second(0, lost: 5)) }
    #expect(!health.isLossy)
    for _ in 0..<3 { health.closeSecond(Self.second(1 << 40, lost: 1 << 40)) }
    #expect(health.isLossy && !health.hasLeft)
    health.leftAt = 5
    #expect(health.hasLeft)
  }

  @Test func secondsAddUpToATotal() {
    var random = SeededRandom(6)
    var total = StreamSecond(5)
    var plain = [Int64](repeating: 0, count: 7)
    for number in 0..<100 as Range<Int64> {
      var second = StreamSecond(number)
      let values = (0..<7).map { _ in Int64.random(in: -9...1_000, using: &random) }
      (second.packets, second.bytes, second.lost, second.outOfOrder) = (values[0], values[1], values[2], values[3])
      (second.duplicates, second.frames, second.keyFrames) = (values[4], values[5], values[6])
      total.add(second)
      plain = zip(plain, values).map { $0 + $1 }
    }
    let sums = [
      total.packets, total.bytes, total.lost, total.outOfOrder, total.duplicates, total.frames, total.keyFrames,
    ]
    #expect(sums == plain && total.second == 5, "whose second it is stays")
  }
}

@Suite struct RTPFormatTests {
  @Test(arguments: [
    ("H264/90000", 90_000, StreamMedia.video), ("pcmu/8000/1", 8_000, .audio), ("JPEG/90000", 90_000, .jpeg),
    ("mp2t/90000", 90_000, .transportStream), ("rtx/90000", 90_000, .incidental),
    ("vnd.onvif.metadata.gzip/90000", 90_000, .incidental), ("MPA/90000", 90_000, .audio), ("X/1", 1, .audio),
    ("X/1000000", 1_000_000, .audio),
  ])
  func formats(text: String, rate: Int, media: StreamMedia) {
    let format = RTPSettings.Format(text)
    #expect(format?.clockRate == rate && format?.media == media)
    #expect((format?.codec == .h264) == text.hasPrefix("H264"))
  }

  @Test(arguments: [
    "", "H264", "/90000", "H264/", "H264/0", "H264/-1", "H264/1000001", "H264/9e4", "H264/90000/1/1",
    "H264/99999999999999999999",
  ])
  func noFormats(text: String) { #expect(RTPSettings.Format(text) == nil) }

  /// RFC 3551 tables 4 and 5.
  @Test func staticPayloadTypes() {
    for type in UInt8.min...127 {
      let media = StreamMedia(payloadType: type)
      switch type {
      case 0...18: #expect(media == .audio)
      case 26: #expect(media == .jpeg)
      case 33: #expect(media == .transportStream)
      case 25, 28, 31, 32, 34: #expect(media == .video)
      default: #expect(media == .unknown, "\(type)")
      }
    }
  }

  @Test func evictionsAreToldOfRTPListenersAndInterfaces() {
    let listeners = [ListenerSettings(name: "a", .rtp), ListenerSettings(.line), ListenerSettings(name: "c", .capture)]
    let tally: RTPTally = listeners[0].rtp.tally
    tally.evict(3)
    tally.evict(4)
    let figures = RTPRoom.figures(of: listeners)
    #expect(figures.count == 1 && figures[0].samples.map(\.count) == [7, 0])
    #expect(figures[0].samples.map { $0.labels.map(\.1) } == [["a"], ["c"]])
  }
}

/// What one stream comes to, by an endpoint of its own.
@Suite struct RTPEndpointTests {
  private static let begin = UnixNanos(1_795_186_800) * Nanos.perSecond

  private static func datagram(_ sequence: Int, ssrc: UInt32) -> [UInt8] {
    var bytes: [UInt8] = [0x80, 96, UInt8(sequence >> 8 & 255), UInt8(sequence & 255)]
    for word in [UInt32(truncatingIfNeeded: sequence * 3_600), ssrc] {
      bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) }
    }
    return bytes + [UInt8](repeating: 0x5A, count: 100)
  }

  private static func arrival(_ nanos: UnixNanos, source: UInt32 = 0x0A00_0001) -> LanePipeline.Arrival {
    LanePipeline.Arrival(
      listener: 0, source: SourceAddress(ipv4: source, port: 5_000),
      destination: SourceAddress(high: 0, low: 0, port: 20_004), nanos: nanos, monotonicNanos: nanos)
  }

  @Test func totalsCountLossDoublesAndDisorder() throws {
    var endpoint = RTPEndpoint(seed: 1, keepsTotals: true, watch: CameraWatch())
    let admission = Admission(registry: .empty, knownOnly: false)
    var order = Array(0..<100)
    order.removeAll { $0 == 40 || $0 == 41 }
    order.swapAt(60, 61)
    order.insert(20, at: 21)
    var nanos = Self.begin
    for sequence in order {
      let bytes = Self.datagram(sequence, ssrc: 9)
      let verdict = endpoint.receive(
        bytes.span.bytes, Self.arrival(nanos), settings: RTPSettings(), admission: admission)
      #expect(verdict == .decoded)
      nanos += 40 * Nanos.perMillisecond
    }
    let totals: [RTPStreamTotals] = endpoint.allTotals()
    let total = try require(totals.first)
    #expect(totals.count == 1 && total.ssrc == 9 && total.payloadType == 96)
    #expect(total.packets == 99 && total.bytes == 99 * 112 && total.lost == 2)
    #expect(total.duplicates == 1 && total.outOfOrder == 1)
    // What is forgotten later keeps what it came to.
    endpoint.forgetSilent(before: nanos + Nanos.perSecond)
    let (count, kept) = (endpoint.table.count, endpoint.allTotals())
    #expect(count == 0 && kept.count == 1 && kept[0].packets == 99)
  }

  @Test func aFullTableTellsWhoHadToGo() throws {
    var endpoint = RTPEndpoint(seed: 1, keepsTotals: false, watch: CameraWatch())
    let settings = RTPSettings()
    let admission = Admission(registry: .empty, knownOnly: false)
    for ssrc in 0...UInt32(Limits.rtpStreams) {
      for sequence in 0..<2 {
        let bytes = Self.datagram(sequence, ssrc: ssrc)
        _ = endpoint.receive(
          bytes.span.bytes, Self.arrival(Self.begin + Int64(ssrc)), settings: settings, admission: admission)
      }
    }
    let count = endpoint.table.count
    #expect(settings.tally.evicted > 0)
    #expect(UInt64(count) + settings.tally.evicted == UInt64(Limits.rtpStreams) + 1)
    let totals = endpoint.allTotals().count
    #expect(totals == count, "what left is not kept unless a replay asks for it")
  }

  @Test func whoIsNotKnownIsRefusedWhereOnlyKnownOnesMay() {
    var endpoint = RTPEndpoint(seed: 1, keepsTotals: false, watch: CameraWatch())
    let bytes = Self.datagram(1, ssrc: 5)
    let verdict = endpoint.receive(
      bytes.span.bytes, Self.arrival(Self.begin), settings: RTPSettings(),
      admission: Admission(registry: .empty, knownOnly: true))
    let isFollowed = endpoint.follow(
      bytes.span.bytes, source: SourceAddress(ipv4: 1, port: 1), destination: SourceAddress(ipv4: 1, port: 1),
      nanos: Self.begin)
    let count = endpoint.table.count
    #expect(verdict == .rejected(.unknownDevice) && !isFollowed && count == 0)
  }
}
