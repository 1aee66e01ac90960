import Capture
import Primitives
import Testing

@Suite struct LinkLayerTests {
  static let payload = Array("a datagram".utf8)
  static let v4 = Packet.ipv4(Packet.udp(payload))
  static let v6 = Packet.ipv6(Packet.udp(payload))

  private func expectOne(_ run: CaptureRun, isIPv6: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(run.payloads == [Self.payload], sourceLocation: sourceLocation)
    let source = isIPv6 ? "[2001:db8::1]:1000" : "10.0.0.1:1000"
    #expect(run.datagrams.first?.source.description == source, sourceLocation: sourceLocation)
    let destination = isIPv6 ? "[2001:db8::2]:2000" : "10.0.0.2:2000"
    #expect(run.datagrams.first?.destination.description == destination, sourceLocation: sourceLocation)
    #expect(run.datagrams.first?.isWhole == true, sourceLocation: sourceLocation)
  }

  @Test func ethernet() throws {
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Self.v4)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Self.v6, type: 0x86DD)), isIPv6: true)
  }

  @Test func paddingAfterTheDatagramIsNotPayload() throws {
    let padding = [UInt8](repeating: 0xAA, count: 18)
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Self.v4 + padding)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Self.v6 + padding, type: 0x86DD)), isIPv6: true)
    // Within the IP packet the UDP length decides.
    let run = try CaptureRun(ethernet: Packet.ethernet(Packet.ipv4(Packet.udp(Self.payload) + padding)))
    expectOne(run)
  }

  @Test func addressesAreIPv4Mapped() throws {
    let run = try CaptureRun(ethernet: Packet.ethernet(Self.v4))
    #expect(run.datagrams[0].source.isIPv4)
    #expect(run.datagrams[0].source.scope == 0)
  }

  @Test(arguments: [0x8100, 0x88A8, 0x9100])
  func vlanTags(type: Int) throws {
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Packet.vlan(Self.v4), type: type)))
    let twice = Packet.vlan(Packet.vlan(Self.v6, type: 0x86DD), type: 0x8100, identifier: 9)
    expectOne(try CaptureRun(ethernet: Packet.ethernet(twice, type: type)), isIPv6: true)
  }

  @Test func bridgesTags() throws {
    expectOne(try CaptureRun(ethernet: Packet.ethernet([0, 0, 0, 0, 8, 0] + Self.v4, type: 0x8926)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet([0, 0, 0, 0, 0, 0, 8, 0] + Self.v4, type: 0x893F)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet([0, 0, 0, 1] + Packet.ethernet(Self.v4), type: 0x88E7)))
  }

  @Test func logicalLinkControl() throws {
    let snap: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]
    expectOne(try CaptureRun(ethernet: Packet.ethernet(snap + Self.v4, type: snap.count + Self.v4.count)))
    let direct: [UInt8] = [6, 6, 3]
    expectOne(try CaptureRun(ethernet: Packet.ethernet(direct + Self.v4, type: direct.count + Self.v4.count)))
    let spanningTree = try CaptureRun(ethernet: Packet.ethernet([0x42, 0x42, 3, 0, 0], type: 38))
    #expect(spanningTree.counts[.notUDP] == 1)
  }

  @Test func multiprotocolLabels() throws {
    expectOne(try CaptureRun(ethernet: Packet.ethernet([0, 1, 0, 64, 0, 2, 1, 64] + Self.v4, type: 0x8847)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet([0, 2, 1, 64] + Self.v6, type: 0x8848)), isIPv6: true)
  }

  @Test func pppoeSessions() throws {
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Packet.pppoe([0, 0x21] + Self.v4), type: 0x8864)))
    expectOne(try CaptureRun(ethernet: Packet.ethernet(Packet.pppoe([0x21] + Self.v4), type: 0x8864)))
    let v6 = Packet.ethernet(Packet.pppoe([0, 0x57] + Self.v6) + [0, 0], type: 0x8864)
    expectOne(try CaptureRun(ethernet: v6), isIPv6: true)
    let discovery = Packet.ethernet(Packet.pppoe([0, 0x21] + Self.v4, code: 9), type: 0x8864)
    #expect(try CaptureRun(ethernet: discovery).counts[.notUDP] == 1)
    expectOne(try CaptureRun(linkType: 51, Packet.pppoe([0, 0x21] + Self.v4)))
  }

  @Test func linuxCooked() throws {
    let first: [UInt8] = [0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]
    expectOne(try CaptureRun(linkType: 113, first + [8, 0] + Self.v4))
    expectOne(try CaptureRun(linkType: 113, first + [0x81, 0] + Packet.vlan(Self.v4)))
    let second: [UInt8] = [0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]
    expectOne(try CaptureRun(linkType: 276, [0x86, 0xDD] + second + Self.v6), isIPv6: true)
    expectOne(try CaptureRun(linkType: 276, [0x81, 0] + second + Packet.vlan(Self.v4)))
  }

  @Test(arguments: [12, 14, 101, 228])
  func rawIPv4(linkType: Int) throws {
    expectOne(try CaptureRun(linkType: linkType, Self.v4))
  }

  @Test(arguments: [12, 14, 101, 229])
  func rawIPv6(linkType: Int) throws {
    expectOne(try CaptureRun(linkType: linkType, Self.v6), isIPv6: true)
  }

  @Test(arguments: [0, 108])
  func loopback(linkType: Int) throws {
    expectOne(try CaptureRun(linkType: linkType, [2, 0, 0, 0] + Self.v4))
    expectOne(try CaptureRun(linkType: linkType, [0, 0, 0, 2] + Self.v4))
    for family: UInt8 in [10, 23, 24, 28, 30] {
      expectOne(try CaptureRun(linkType: linkType, [family, 0, 0, 0] + Self.v6), isIPv6: true)
      expectOne(try CaptureRun(linkType: linkType, [0, 0, 0, family] + Self.v6), isIPv6: true)
    }
    #expect(try CaptureRun(linkType: linkType, [7, 0, 0, 0] + Self.v4).counts[.notUDP] == 1)
  }

  @Test func serialLines() throws {
    expectOne(try CaptureRun(linkType: 9, [0xFF, 3, 0, 0x21] + Self.v4))
    expectOne(try CaptureRun(linkType: 9, [0, 0x57] + Self.v6), isIPv6: true)
    expectOne(try CaptureRun(linkType: 104, [0x0F, 0, 8, 0] + Self.v4))
  }

  @Test func netfilterLog() throws {
    let little: [UInt8] = [2, 0, 0, 0] + [5, 0, 10, 0, 0x41, 0, 0, 0] + [UInt8(Self.v4.count + 4), 0, 9, 0] + Self.v4
    expectOne(try CaptureRun(linkType: 239, little))
    let big: [UInt8] = [10, 0, 0, 0] + [0, 8, 0, 1, 0x86, 0xDD, 0, 0] + [0, UInt8(Self.v6.count + 4), 0, 9] + Self.v6
    expectOne(try CaptureRun(linkType: 239, big), isIPv6: true)
  }

  @Test func unknownLinkType() throws {
    let run = try CaptureRun(linkType: 147, Self.v4)
    #expect(run.datagrams.isEmpty)
    #expect(run.counts[.unknownLinkType] == 1)
  }

  @Test func frameCheckSequenceBitsAreNoLinkType() throws {
    expectOne(try CaptureRun(linkType: 0x2400_0001, Packet.ethernet(Self.v4) + [1, 2, 3, 4]))
  }
}
