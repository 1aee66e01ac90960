import Capture
import Primitives
import Testing

/// RTP that RTSP carries in its TCP connection.
@Suite struct InterleavedTests {
  static let sizes = [60, 1_400, 3_000, 9, 12, 700, 5_000, 40, 1_460, 88]
  static let packets = sizes.enumerated().map { index, size in
    [0x80, 96, 0, UInt8(index)] + (4..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + index) }
  }

  private func wrapped(_ packet: [UInt8], channel: UInt8 = 0) -> [UInt8] {
    [UInt8(ascii: "$"), channel] + Packet.big16(packet.count) + packet
  }

  private func segment(_ bytes: [UInt8], at sequence: Int, flags: UInt8 = 0x18, from: Int = 554) -> [UInt8] {
    Packet.ipv4(
      Packet.big16(from) + Packet.big16(40_000) + Packet.big32(sequence) + Packet.big32(0) + [
        0x50, flags, 0, 0, 0, 0, 0, 0,
      ]
        + bytes, protocol: 6)
  }

  /// All packets with an answer of RTSP among them, cut into segments.
  private func segments(of length: Int, from: Int = 554) -> [[UInt8]] {
    var stream: [UInt8] = Array("RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n".utf8)
    for (index, packet) in Self.packets.enumerated() {
      stream += wrapped(packet, channel: UInt8(index % 2))
      if index == 3 { stream += Array("RTSP/1.0 200 OK\r\nCSeq: 5\r\nContent-Length: 6\r\n\r\n$bogus".utf8) }
    }
    return stride(from: 0, to: stream.count, by: length).map { start in
      segment(Array(stream[start..<min(start + length, stream.count)]), at: 1_000 + start, from: from)
    }
  }

  private func read(_ frames: [[UInt8]]) throws -> CaptureRun {
    var file = CaptureFile.classic(linkType: 101)
    for (index, frame) in frames.enumerated() { file.record(frame, seconds: 1_000, fraction: index * 100) }
    return try CaptureRun(file.bytes)
  }

  @Test(arguments: [1, 7, 100, 536, 1_460, 60_000])
  func acrossSegments(length: Int) throws {
    let run = try read(segments(of: length))
    #expect(run.payloads == Self.packets)
    #expect(run.datagrams.allSatisfy { $0.isInterleaved && $0.isWhole && $0.source.port == 554 })
    #expect(run.counts.interleaved == Self.packets.count && run.counts[.streamGap] == 0)
  }

  /// RTSP on any port is known by its messages.
  @Test func anyPort() throws {
    #expect(try read(segments(of: 536, from: 9_999)).payloads == Self.packets)
  }

  @Test func doubledAndOutOfOrder() throws {
    let frames = segments(of: 536)
    #expect(try read(frames.flatMap { [$0, $0] }).payloads == Self.packets)
    var swapped = frames
    for index in stride(from: 1, to: swapped.count - 1, by: 2) { swapped.swapAt(index, index + 1) }
    #expect(try read(swapped).payloads == Self.packets)
  }

  /// The mirror lost a segment: what was in it is lost, and what follows is found again.
  @Test func aGapInTheCapture() throws {
    let stream = (0..<200).flatMap { wrapped(Self.packets[$0 % 3]) }
    var frames = stride(from: 0, to: stream.count, by: 1_000).map { start in
      segment(Array(stream[start..<min(start + 1_000, stream.count)]), at: 1_000 + start)
    }
    frames.remove(at: 16)
    let run = try read(frames)
    #expect(run.counts[.streamGap] == 1)
    #expect(run.payloads.count > 190 && run.payloads.allSatisfy { Self.packets.contains($0) })
  }

  @Test func otherConnectionsAreNone() throws {
    let run = try read([
      segment(Array("GET / HTTP/1.1\r\n\r\n".utf8), at: 1, from: 80), segment([0x16, 3, 1, 0, 9], at: 1, from: 443),
      segment([], at: 5, from: 80), segment(Array("$ 5.00".utf8), at: 1, from: 81),
    ])
    #expect(run.counts[.notUDP] == 4 && run.datagrams.isEmpty)
  }

  /// A connection that begins amid a packet: the first message behind it is found, from its line's first capital on.
  @Test func aMessageBehindOtherOctets() throws {
    let junk = [UInt8](repeating: 0x61, count: 700) + [13, 10]
    let message = Array("OPTIONS rtsp://10.0.0.1/a RTSP/1.0\r\nCSeq: 2\r\n\r\n".utf8)
    let run = try read([segment(junk + message + wrapped(Self.packets[0]), at: 1_000)])
    #expect(run.payloads == [Self.packets[0]])
  }

  /// Times at the ends of what can be said, of segments that came before one that is missing.
  @Test func anyTimes() throws {
    var file = CaptureFile.section()
    for offset in [0, .max, .min] as [Int64] { file.interface(linkType: 101, offset: offset) }
    let begin = wrapped(Self.packets[0])
    file.enhanced(segment(begin, at: 1_000), interface: 0, ticks: 1_000_000_000)
    file.enhanced(segment(begin, at: 3_000), interface: 1, ticks: 1_000_000_000)
    file.enhanced(segment(begin, at: 5_000), interface: 2, ticks: 1_000_000_000)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads.count == 2 && run.counts[.streamGap] == 1)
  }

  /// Octets that may always begin a message, and packets as long as can be: each is looked at a few times.
  @Test(.timeLimit(.minutes(1))) func searchesAreShort() throws {
    let open = [UInt8(ascii: "$"), 0, 0xFF, 0xFF, 0x80, 96]
    let letters = [UInt8](repeating: UInt8(ascii: "A"), count: 1_400)
    let frames = (0..<600).map { index in
      segment((index % 40 == 1 ? open : []) + letters, at: 1_000 + index * 1_400 + (index + 38) / 40 * open.count)
    }
    let run = try read(frames)
    // Letters that follow for long enough make the packets whole: each as long as it said.
    #expect(run.counts.isBalanced && run.payloads.allSatisfy { $0.count == 0xFFFF })
  }

  /// Many connections, and octets that never become packets: bounded.
  @Test func floodsAreBounded() throws {
    var frames: [[UInt8]] = []
    for port in 0..<3_000 {
      frames.append(segment([UInt8(ascii: "$"), 0, 0xFF, 0xFF, 0x80, 96, 0, 1], at: 7, from: 10_000 + port))
    }
    for index in 0..<500 {
      frames.append(segment([UInt8](repeating: 0x24, count: 1_000), at: 100_000 + index * 2_000))
    }
    let run = try read(frames)
    #expect(run.counts.isBalanced)
  }
}
