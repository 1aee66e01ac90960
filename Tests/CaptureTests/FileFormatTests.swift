import Capture
import Testing

@Suite struct FileFormatTests {
  static let payload = Array("x=1".utf8)
  static let frame = Packet.ethernet(Packet.ipv4(Packet.udp(payload)))

  @Test(arguments: [false, true])
  func classicMagics(isBig: Bool) throws {
    for (magic, nanos, extra) in [
      (0xA1B2_C3D4, 123_456_000, 0), (0xA1B2_3C4D, 123_456, 0), (0xA1B2_CD34, 123_456_000, 8),
    ] as [(UInt32, Int64, Int)] {
      var file = CaptureFile.classic(magic: magic, isBig: isBig)
      file.record(Self.frame, seconds: 1_700_000_000, fraction: 123_456, extra: extra)
      file.record(Self.frame, seconds: 4_000_000_000, fraction: 0, extra: extra)
      let run = try CaptureRun(file.bytes)
      #expect(run.payloads == [Self.payload, Self.payload])
      #expect(run.datagrams.map(\.time) == [1_700_000_000_000_000_000 + nanos, 4_000_000_000_000_000_000])
      #expect(run.datagrams.map(\.frameNumber) == [1, 2])
    }
  }

  @Test(arguments: [false, true])
  func everyPacketBlock(isBig: Bool) throws {
    var file = CaptureFile.section(isBig: isBig)
    file.interface()
    file.enhanced(Self.frame, ticks: 1_700_000_000_123_456)
    file.simple(Self.frame)
    file.obsolete(Self.frame, ticks: 1_700_000_001_000_000)
    file.block(5, [1, 2, 3])
    file.block(0x4000_0BAD, [UInt8](repeating: 7, count: 9))
    let run = try CaptureRun(file.bytes)
    #expect(run.counts.frames == 3)
    #expect(run.payloads == [Self.payload, Self.payload, Self.payload])
    #expect(run.datagrams.map(\.isTimed) == [true, false, true])
    let first: Int64 = 1_700_000_000_123_456_000
    #expect(run.datagrams.map(\.time) == [first, first, 1_700_000_001_000_000_000])
    #expect(!run.counts.isDamaged)
  }

  @Test func interfacesAndSections() throws {
    var file = CaptureFile.section()
    file.interface(linkType: 101, resolution: 9)
    file.interface(linkType: 1, resolution: 3, offset: 100)
    file.enhanced(Self.frame, interface: 1, ticks: 5_001)
    file.enhanced(Packet.ipv4(Packet.udp(Self.payload)), interface: 0, ticks: 1_700_000_000_123_456_789)
    var second = CaptureFile.section(isBig: true)
    second.interface(linkType: 229, resolution: 0x80 | 10)
    second.enhanced(Packet.ipv6(Packet.udp(Self.payload)), ticks: 3 << 10 | 512)
    second.enhanced(Self.frame, interface: 1)
    let run = try CaptureRun(file.bytes + second.bytes)
    #expect(run.payloads == [Self.payload, Self.payload, Self.payload])
    #expect(run.datagrams.map(\.time) == [105_001_000_000, 1_700_000_000_123_456_789, 3_500_000_000])
    #expect(run.counts[.unknownInterface] == 1)
  }

  @Test(
    arguments: [
      (0, 7, 7_000_000_000), (6, 1_500_000, 1_500_000_000), (12, 1_999_999_999_999, 1_999_999_999),
      (19, 15_000_000_000_000_000_000, 1_500_000_000), (20, 15_000_000_000_000_000_000, 150_000_000), (127, .max, 0),
      (0x80, 9, 9_000_000_000), (0x80 | 1, 3, 1_500_000_000), (0x80 | 63, 3 << 62, 1_500_000_000),
      (0x80 | 64, 1 << 63, 500_000_000), (0xFF, .max, 0), (0, .max, .max),
    ] as [(UInt8, UInt64, Int64)])
  func timeResolutions(resolution: UInt8, ticks: UInt64, nanos: Int64) throws {
    var file = CaptureFile.section()
    file.interface(resolution: resolution)
    file.enhanced(Self.frame, ticks: ticks)
    #expect(try CaptureRun(file.bytes).datagrams.map(\.time) == [nanos])
  }

  @Test func timesBeforeTheEpochAndAtTheEnds() throws {
    for (offset, nanos) in [(-10, -8_500_000_000), (.min, .min), (.max, .max)] as [(Int64, Int64)] {
      var file = CaptureFile.section()
      file.interface(offset: offset)
      file.enhanced(Self.frame, ticks: 1_500_000)
      #expect(try CaptureRun(file.bytes).datagrams.map(\.time) == [nanos])
    }
  }

  /// A section may not eat memory by describing interfaces.
  @Test func interfacesAreBounded() throws {
    var file = CaptureFile.section()
    let description = file.word16(1) + file.word16(0) + file.word32(0)
    for _ in 0..<65_546 { file.block(1, description) }
    file.enhanced(Self.frame, interface: 65_535, ticks: 1)
    file.enhanced(Self.frame, interface: 65_536, ticks: 2)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [Self.payload])
    #expect(run.counts[.malformedBlock] == 10 && run.counts[.unknownInterface] == 1)
  }

  @Test func simplePacketsAreCutAtTheSnapLength() throws {
    var file = CaptureFile.section()
    file.interface(snapLength: Self.frame.count - 1)
    file.simple(Array(Self.frame.dropLast()), wire: Self.frame.count)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [Array(Self.payload.dropLast())])
    #expect(run.counts[.datagramCutByCapture] == 1)
  }

  @Test func unpaddedBlockLengths() throws {
    var file = CaptureFile.section()
    file.interface()
    let frame = Self.frame + [0, 0]
    // The block's length counts the octets before the padding.
    let body =
      file.word32(0) + file.word32(0) + file.word32(0) + file.word32(Self.frame.count) + file.word32(Self.frame.count)
      + Self.frame
    let length = body.count + 12
    #expect(length % 4 != 0)
    file.bytes += file.word32(6) + file.word32(length) + body
    file.bytes += [UInt8](repeating: 0, count: 4 - length % 4) + file.word32(length)
    file.enhanced(frame)
    let run = try CaptureRun(file.bytes)
    #expect(run.datagrams.count == 2)
    #expect(!run.counts.isDamaged)
  }

  @Test func whatIsNoCapture() {
    #expect(throws: CaptureError.headerCut(path: "in memory")) { _ = try CaptureRun([]) }
    #expect(throws: CaptureError.notACapture(path: "in memory")) { _ = try CaptureRun([1, 2]) }
    #expect(throws: CaptureError.notACapture(path: "in memory")) { _ = try CaptureRun(Array("id,class,name\n".utf8)) }
    let file = CaptureFile.classic().bytes
    #expect(throws: CaptureError.headerCut(path: "in memory")) { _ = try CaptureRun(Array(file[..<20])) }
    let section = CaptureFile.section().bytes
    #expect(throws: CaptureError.headerCut(path: "in memory")) { _ = try CaptureRun(Array(section[..<20])) }
    #expect(throws: CaptureError.self) { _ = try CaptureRun(path: "/nonexistent/a.pcap") }
    let message = "\(CaptureError.notACapture(path: "a.pcap"))"
    #expect(message == "cannot read capture a.pcap: it is neither pcap nor pcapng")
  }
}
