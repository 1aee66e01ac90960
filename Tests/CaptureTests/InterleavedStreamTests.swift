import Mutation
import Primitives
import Testing

@testable import Capture

/// One direction of a connection: packets come out whole and in order, however its octets come.
@Suite struct InterleavedStreamTests {
  private static func packet(_ number: Int, _ size: Int) -> [UInt8] {
    [0x80, 96, UInt8(number >> 8), UInt8(number & 255)] + (4..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
  }

  private static func wrapped(_ packet: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "$"), 0] + Packet.big16(packet.count) + packet
  }

  private static func take(
    _ stream: inout InterleavedStream, _ bytes: [UInt8], at sequence: UInt32, declared: Int? = nil,
    isFirst: Bool = false, time: UnixNanos = 0
  ) -> (gaps: Int, packets: [[UInt8]]) {
    let gaps = stream.take(
      bytes.span.bytes, 0..<bytes.count, sequence: sequence, declared: declared ?? bytes.count, isFirst: isFirst,
      time: time)
    var packets: [[UInt8]] = []
    var packet: [UInt8] = []
    while stream.next(into: &packet) { packets.append(packet) }
    stream.compact()
    return (gaps, packets)
  }

  /// Segments of any lengths, doubled, overlapping and out of order within a few, over the wrap of the numbers.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func agreesWithTheWholeStream(seed: UInt64) {
    var random = SeededRandom(seed)
    let packets = (0..<60).map { Self.packet($0, Int.random(in: 8...1_500, using: &random)) }
    var octets = Array("RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n".utf8)
    for (number, packet) in packets.enumerated() {
      octets += Self.wrapped(packet)
      if number % 9 == 4 { octets += Array("RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n$x!".utf8) }
    }
    let begin = UInt32.max - 5_000
    var segments: [(at: Int, bytes: [UInt8])] = []
    var at = 0
    while at < octets.count {
      let length = min(octets.count - at, Int.random(in: 1...1_460, using: &random))
      let back = at == 0 ? 0 : Int.random(in: 0...min(at, 20), using: &random)
      segments.append((at - back, Array(octets[at - back..<at + length])))
      if Int.random(in: 0..<5, using: &random) == 0 { segments.append(segments[segments.count - 1]) }
      at += length
    }
    for index in stride(from: 1, to: segments.count - 4, by: 4) where Bool.random(using: &random) {
      segments[index..<index + 4].shuffle(using: &random)
    }
    var stream = InterleavedStream(expected: begin)
    var found: [[UInt8]] = []
    for segment in segments {
      let taken = Self.take(&stream, segment.bytes, at: begin &+ UInt32(segment.at))
      #expect(taken.gaps == 0)
      found += taken.packets
    }
    #expect(found == packets && stream.heldBytes == 0)
  }

  /// A segment that never comes is passed over by time, by number, or by octets; never before.
  @Test func aGapIsPassedOver() {
    let whole = Self.wrapped(Self.packet(1, 100))
    for (time, gaps) in [(Nanos.perSecond, 0), (Nanos.perSecond + 1, 1), (.max, 1), (.min, 0)] as [(Int64, Int)] {
      var stream = InterleavedStream(expected: 0)
      #expect(Self.take(&stream, whole, at: 1_000).packets.isEmpty)
      let later = Self.take(&stream, whole, at: 1_000 + UInt32(whole.count), time: time)
      #expect(later.gaps == gaps && later.packets.count == 2 * gaps, "\(time)")
    }
    var many = InterleavedStream(expected: 0)
    for number in 0...Limits.interleavedSegments {
      let taken = Self.take(&many, whole, at: 1_000 + UInt32(number * whole.count))
      #expect(taken.gaps == (number == Limits.interleavedSegments ? 1 : 0))
      if taken.gaps == 1 { #expect(taken.packets.count == Limits.interleavedSegments + 1 && many.heldBytes == 0) }
    }
    var large = InterleavedStream(expected: 0)
    let block = [UInt8](repeating: 1, count: 65_000)
    var gaps = 0
    for number in 0..<5 as Range<UInt32> { gaps += Self.take(&large, block, at: 1_000 + number * 65_000).gaps }
    #expect(gaps == 1)
  }

  /// Of a segment of which the capture kept the head, what follows does not join; the next packet is found again.
  @Test func aSegmentThatIsCut() {
    var stream = InterleavedStream(expected: 0)
    let first = Self.wrapped(Self.packet(1, 100))
    let cut = Self.take(
      &stream, first + Array(Self.wrapped(Self.packet(2, 100))[..<50]), at: 0, declared: 2 * first.count)
    #expect(cut.packets.isEmpty || cut.packets == [Self.packet(1, 100)])
    let next = Self.take(
      &stream, Self.wrapped(Self.packet(3, 100)) + Self.wrapped(Self.packet(4, 100)), at: UInt32(2 * first.count))
    #expect(next.packets == [Self.packet(3, 100), Self.packet(4, 100)])
  }

  /// A connection that begins between the same ports, by its SYN or by numbers that are far away.
  @Test func aConnectionThatBeginsAnew() {
    for (sequence, isFirst) in [(5_000, true), (1 << 27, false)] as [(UInt32, Bool)] {
      var stream = InterleavedStream(expected: 0)
      _ = Self.take(&stream, Array(Self.wrapped(Self.packet(1, 100))[..<50]), at: 0)
      let whole = Self.wrapped(Self.packet(2, 100))
      if isFirst {
        #expect(Self.take(&stream, [], at: sequence, isFirst: true).packets.isEmpty)
        #expect(Self.take(&stream, whole, at: sequence + 1).packets == [Self.packet(2, 100)])
      } else {
        #expect(Self.take(&stream, whole, at: sequence).packets == [Self.packet(2, 100)])
      }
    }
  }

  @Test func channelsCarryOtherThingsToo() {
    var stream = InterleavedStream(expected: 0)
    let short = Self.wrapped([0x80, 1, 2, 3, 4, 5, 6])
    let other = Self.wrapped([UInt8](repeating: 0x11, count: 20))
    let bytes = Self.wrapped(Self.packet(1, 8)) + short + other + Self.wrapped(Self.packet(2, 8))
    #expect(Self.take(&stream, bytes, at: 0).packets == [Self.packet(1, 8), Self.packet(2, 8)])
  }

  // MARK: framing

  private static func isPacket(_ bytes: [UInt8]) -> InterleavedFraming.Answer {
    InterleavedFraming.isPacket(bytes.span.bytes, at: 0, end: bytes.count)
  }

  @Test func whatAPacketIs() {
    let whole = Self.wrapped(Self.packet(1, 12))
    #expect(Self.isPacket(whole) == .yes && Self.isPacket(whole + whole) == .yes)
    #expect(Self.isPacket(whole + Array("RTSP".utf8)) == .yes && Self.isPacket(whole + [0]) == .no)
    for length in 0..<whole.count { #expect(Self.isPacket(Array(whole[..<length])) == .unclear, "\(length)") }
    for (place, octet) in [(0, 0x25), (1, 64), (3, 7), (4, 0x40)] as [(Int, UInt8)] {
      var bytes = whole
      bytes[place] = octet
      #expect(Self.isPacket(bytes) == .no, "\(place)")
    }
  }

  @Test(arguments: [
    ("RTSP/1.0 200 OK\r\n", true), ("OPTIONS rtsp://a RTSP/1.0", true), ("GET / HTTP/1.1\r\nRTSP/1.0", false),
    ("rtsp RTSP/1.0", false), ("RTSP/1.0", false), ("", false), ("OPTIONS RTSP1.0 x", false),
  ])
  func messages(text: String, isMessage: Bool) {
    let bytes = Array(text.utf8)
    #expect(InterleavedFraming.isMessage(bytes.span.bytes, 0..<bytes.count) == isMessage)
  }

  /// A message that comes an octet at a time ends where it ends when it comes at once.
  @Test(arguments: [
    ("RTSP/1.0 200 OK\r\n\r\n", 0), ("RTSP/1.0 200 OK\n\n", 0),
    ("A RTSP/1.0\r\nContent-Length: 5\r\nX: y\r\n\r\nabcde", 5),
    ("A RTSP/1.0\r\ncontent-length:5\r\n\r\nabcde", 5), ("A RTSP/1.0\r\nContent-Lengthy: 5\r\n\r\n", 0),
  ])
  func endsOfMessages(text: String, body: Int) {
    let bytes = Array(text.utf8)
    let more = bytes + Array("$rest".utf8)
    var atOnce = InterleavedFraming.MessageProgress()
    #expect(InterleavedFraming.messageEnd(more.span.bytes, 0..<more.count, &atOnce) == bytes.count)
    var slowly = InterleavedFraming.MessageProgress()
    for length in 1...bytes.count {
      let end = InterleavedFraming.messageEnd(more.span.bytes, 0..<length, &slowly)
      #expect(end == (length == bytes.count ? length : nil))
    }
  }

  @Test func aLengthThatNobodyHasIsBounded() {
    let bytes = Array("A RTSP/1.0\r\nContent-Length: 99999999999999999999999999\r\n\r\n".utf8)
    var progress = InterleavedFraming.MessageProgress()
    #expect(InterleavedFraming.messageEnd(bytes.span.bytes, 0..<bytes.count, &progress) == nil)
  }

  // MARK: all of them

  private static func walk(_ payload: [UInt8], port: UInt16, sequence: UInt32 = 0) -> FrameWalk {
    let frame = Frame(
      offset: 0, capturedLength: payload.count, wireLength: payload.count, linkType: LinkType(number: 101), time: 0,
      isTimed: true)
    var walk = FrameWalk(frame: frame)
    walk.sourcePort = port
    walk.destinationPort = 40_000
    walk.tcpSequence = sequence
    return walk
  }

  /// Connections are bounded: those that were silent the longest give way, and the newest go on.
  @Test func connectionsAreBounded() {
    var streams = InterleavedStreams()
    let begin = Array(Self.wrapped(Self.packet(1, 100))[..<60])
    // What begins a packet whose end is not there is no RTP for sure, but for the port.
    let rtsp = Array("RTSP/1.0 200 OK\r\n\r\n".utf8) + begin
    for port in 0...UInt16(Limits.interleavedStreams) {
      let isTaken = streams.take(Self.walk(rtsp, port: port), in: rtsp.span.bytes, time: Int64(port))
      while streams.next() {}
      #expect(isTaken)
    }
    func finishes(_ port: UInt16) -> Bool {
      let rest = Array(Self.wrapped(Self.packet(1, 100))[60...])
      guard
        streams.take(Self.walk(rest, port: port, sequence: UInt32(rtsp.count)), in: rest.span.bytes, time: 9_000),
        streams.next()
      else { return false }
      return streams.packet.withUnsafeBytes { Array($0) } == Self.packet(1, 100)
    }
    let newest = finishes(UInt16(Limits.interleavedStreams))
    let oldest = finishes(0)
    let first = finishes(UInt16(Limits.interleavedStreams / 8))
    #expect(newest && !oldest && first, "an eighth went, the ones that were silent the longest")
  }

  @Test func otherConnectionsAreNotTaken() {
    var streams = InterleavedStreams()
    for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [], [UInt8(ascii: "$")], [0x16, 3, 1]] as [[UInt8]] {
      let isTaken = streams.take(Self.walk(bytes, port: 80), in: bytes.span.bytes, time: 0)
      let isMore = streams.next()
      #expect(!isTaken && !isMore)
    }
    let text = Array("anything".utf8)
    let isTaken = streams.take(Self.walk(text, port: 554), in: text.span.bytes, time: 0)
    #expect(isTaken, "RTSP's own port: a capture may begin anywhere")
  }
}
