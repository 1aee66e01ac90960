import Capture
import Mutation
import Primitives
import Testing

@Suite struct DamageTests {
  private func classic() -> [UInt8] {
    CaptureFile.classic((0..<5).map { Packet.ethernet(Packet.ipv4(Packet.udp([UInt8($0)]))) }).bytes
  }

  private func mixed() -> [UInt8] {
    var file = CaptureFile.section()
    file.interface()
    file.interface(linkType: 101, resolution: 9)
    let udp = Packet.udp((0..<120).map { UInt8($0) })
    file.enhanced(Packet.ethernet(Packet.vlan(Packet.ipv6(udp), type: 0x86DD), type: 0x8100), ticks: 1)
    file.enhanced(Packet.ipv4(Array(udp[..<64]), more: true), interface: 1, ticks: 2)
    file.enhanced(Packet.fragment6(Array(udp[64...]), offset: 64, more: false), interface: 1, ticks: 3)
    file.obsolete(Packet.ipv4(Array(udp[64...]), offset: 64), interface: 1, ticks: 4)
    file.simple(Packet.ethernet(Packet.pppoe([0, 0x21] + Packet.ipv4(udp)), type: 0x8864))
    file.enhanced(Packet.ipv4([0, 0, 0x65, 0x58] + Packet.ethernet(Packet.ipv4(udp)), protocol: 47), interface: 1)
    return file.bytes
  }

  @Test func cutAnywhere() throws {
    let bytes = classic()
    let record = (bytes.count - 24) / 5
    for length in 24...bytes.count {
      let run = try CaptureRun(Array(bytes[..<length]))
      #expect(run.datagrams.count == (length - 24) / record)
      #expect(run.counts[.fileCutShort] == ((length - 24) % record == 0 ? 0 : 1))
    }
  }

  @Test func blocksCutAnywhere() throws {
    let bytes = mixed()
    let whole = try CaptureRun(bytes)
    #expect(whole.counts.datagrams == 4)
    var seen = 0
    for length in 28...bytes.count {
      let run = try CaptureRun(Array(bytes[..<length]))
      #expect(run.counts.datagrams >= seen)
      seen = run.counts.datagrams
    }
    #expect(seen == 4)
  }

  @Test func impossibleLengths() throws {
    var file = CaptureFile.classic([Packet.ethernet(Packet.ipv4(Packet.udp([1])))])
    file.record([1, 2, 3], seconds: 1, captured: 0xFFFF_FFFF)
    let run = try CaptureRun(file.bytes)
    #expect(run.datagrams.count == 1)
    #expect(run.counts[.badRecordLength] == 1)
    var blocks = CaptureFile.section()
    blocks.bytes += blocks.word32(6) + blocks.word32(8) + blocks.word32(8)
    #expect(try CaptureRun(blocks.bytes).counts[.badRecordLength] == 1)
  }

  @Test func damagedBlocksCostThemselves() throws {
    let frame = Packet.ethernet(Packet.ipv4(Packet.udp([1])))
    var file = CaptureFile.section()
    file.interface()
    file.enhanced(frame, captured: frame.count + 500)
    file.block(6, [1, 2, 3])
    file.block(3, [])
    file.block(1, [1])
    file.block(1, file.word16(101) + file.word16(0) + file.word32(0) + file.word16(9) + file.word16(900))
    file.enhanced(frame, interface: 1)
    file.block(
      6, file.word32(0) + file.word32(0) + file.word32(0) + file.word32(frame.count) + file.word32(frame.count) + frame,
      trailing: 4)
    file.enhanced(frame)
    let run = try CaptureRun(file.bytes)
    #expect(run.datagrams.count == 2)
    #expect(run.counts[.malformedBlock] == 5)
    #expect(run.counts[.blockLengthMismatch] == 1)
    #expect(run.counts[.unknownLinkType] == 1)
    #expect(run.counts.isDamaged)
  }

  @Test func sectionWithoutByteOrder() throws {
    var file = CaptureFile.section()
    file.block(0x0A0D_0D0A, [UInt8](repeating: 9, count: 16))
    #expect(try CaptureRun(file.bytes).counts[.badSectionHeader] == 1)
  }

  /// Any bytes may follow a header: the reader ends, and its account balances (asserted in `CaptureRun`).
  @Test func mutations() throws {
    var random = SeededRandom(20_261_120)
    for base in [classic(), mixed()] {
      for _ in 0..<1_500 {
        var bytes = base
        for _ in 0..<(1 + Int(random.next() % 6)) {
          bytes[4 + Int(random.next() % UInt64(bytes.count - 4))] = UInt8(truncatingIfNeeded: random.next() >> 9)
        }
        if let run = try? CaptureRun(bytes) { #expect(run.counts.frames < 1_000) }
      }
    }
  }

  @Test func randomFramesOfEveryLinkType() throws {
    var random = SeededRandom(7)
    for linkType in [0, 1, 9, 12, 51, 101, 104, 113, 228, 229, 239, 276] {
      let frames = (0..<200).map { _ in
        (0..<Int(random.next() % 90)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 13) }
      }
      let run = try CaptureRun(CaptureFile.classic(linkType: linkType, frames).bytes)
      #expect(run.counts.frames == 200)
    }
  }
}
