import Capture
import Primitives
import Testing

/// Tunnels of mirrors, mobile and access networks; and datagrams on their ports that are none.
@Suite struct TunnelTests {
  static let payload = Array("a datagram in a tunnel, long enough".utf8)
  static let v4 = Packet.ipv4(Packet.udp(payload))
  static let v6 = Packet.ipv6(Packet.udp(payload))
  static let frame = Packet.ethernet(v4)

  private func over(_ port: Int, _ bytes: [UInt8], from: Int = 5_555) throws -> CaptureRun {
    try CaptureRun(linkType: 101, Packet.ipv4(Packet.udp(bytes, from: from, to: port)))
  }

  private func expectInner(_ run: CaptureRun, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(run.payloads == [Self.payload], sourceLocation: sourceLocation)
    #expect(run.datagrams.first?.destination.port == 2_000, sourceLocation: sourceLocation)
    #expect(run.datagrams.first?.isWhole == true, sourceLocation: sourceLocation)
  }

  @Test func virtualNetworks() throws {
    for port in [4_789, 8_472] {
      expectInner(try over(port, [0x08, 0, 0, 0, 0, 0, 7, 0] + Self.frame))
      expectInner(try over(port, [0x88, 0x08, 0x12, 0x34, 0, 0, 7, 0] + Self.frame))
      expectInner(try over(port, [0x08, 0, 0, 0, 0, 0, 7, 0] + Packet.ethernet(Packet.vlan(Self.v4), type: 0x8100)))
    }
    expectInner(try over(4_790, [0x0C, 0, 0, 1, 0, 0, 7, 0] + Self.v4))
    expectInner(try over(4_790, [0x0C, 0, 0, 3, 0, 0, 7, 0] + Self.frame))
    expectInner(try over(6_081, [0x00, 0, 0x65, 0x58, 0, 0, 7, 0] + Self.frame))
    expectInner(try over(6_081, [0x02, 0x40, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 1, 9, 9, 9, 9] + Self.frame))
    expectInner(try over(6_081, [0x00, 0, 0x86, 0xDD, 0, 0, 7, 0] + Self.v6))
  }

  /// A datagram full of Ethernet within Ethernet holds nothing, and costs no stack.
  @Test func ethernetWithoutEnd() throws {
    let nested = (0..<4_000).flatMap { _ in Packet.ethernet([], type: 0x6558) }
    let run = try over(4_789, [0x08, 0, 0, 0, 0, 0, 7, 0] + nested)
    #expect(run.datagrams.map(\.destination.port) == [4_789])
    expectInner(
      try over(4_789, [0x08, 0, 0, 0, 0, 0, 7, 0] + Packet.ethernet(Self.frame, type: 0x6558)))
  }

  @Test func mobileNetworks() throws {
    let length = Packet.big16(Self.v4.count)
    expectInner(try over(2_152, [0x30, 0xFF] + length + [0, 0, 0, 9] + Self.v4))
    let numbered = Packet.big16(Self.v4.count + 4)
    expectInner(try over(2_152, [0x32, 0xFF] + numbered + [0, 0, 0, 9, 0, 1, 0, 0] + Self.v4))
    let container = Packet.big16(Self.v4.count + 12)
    let extended: [UInt8] = [0, 0, 0, 9, 0, 0, 0, 0x85, 1, 0, 5, 0x40, 1, 0, 0, 0]
    expectInner(try over(2_152, [0x34, 0xFF] + container + extended + Self.v4))
    // An echo request is a datagram of its own.
    #expect(try over(2_152, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0]).datagrams.first?.destination.port == 2_152)
  }

  @Test func sniffers() throws {
    expectInner(try over(37_008, [1, 0, 0, 1, 1] + Self.frame))
    expectInner(try over(37_008, [1, 1, 0, 1, 10, 2, 7, 7, 0, 0, 41, 1, 3, 1] + Self.frame))
    let data: [UInt8] = [0x88, 0x01, 0, 0] + [UInt8](repeating: 2, count: 18) + [0, 0, 0, 0]
    let snap: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0]
    expectInner(try over(37_008, [1, 0, 0, 0x12, 1] + data + snap + Self.v4))
  }

  @Test func accessNetworks() throws {
    let ppp: [UInt8] = [0xFF, 3, 0, 0x21]
    expectInner(try over(1_701, [0, 2, 0, 1, 0, 2] + ppp + Self.v4))
    expectInner(try over(1_701, [0, 2, 0, 1, 0, 2, 0x21] + Self.v4))
    let length = Packet.big16(8 + 4 + Self.v4.count)
    expectInner(try over(1_701, [0x40, 2] + length + [0, 1, 0, 2] + ppp + Self.v4))
    expectInner(try over(1_701, [0x0A, 2, 0, 1, 0, 2, 0, 1, 0, 2, 0, 3, 7, 7, 7] + ppp + Self.v4))
    expectInner(try over(6_000, [0, 2, 0, 1, 0, 2] + ppp + Self.v4, from: 1_701))
    expectInner(try CaptureRun(linkType: 101, Packet.ipv4([0, 0, 0, 7] + Self.frame, protocol: 115)))
    expectInner(try CaptureRun(linkType: 101, Packet.ipv4([0, 0, 0, 7, 1, 2, 3, 4] + Self.frame, protocol: 115)))
    expectInner(try over(3_544, Self.v6))
    expectInner(try over(3_544, [0, 0, 0xAB, 0xCD, 1, 2, 3, 4] + Self.v6))
  }

  @Test func genericEncapsulation() throws {
    func gre(_ bytes: [UInt8]) throws -> CaptureRun { try CaptureRun(linkType: 101, Packet.ipv4(bytes, protocol: 47)) }
    expectInner(try gre([0, 0, 0x88, 0x0B, 0xFF, 3, 0, 0x21] + Self.v4))
    expectInner(try gre([0, 0, 0x88, 0x0B, 0, 0x57] + Self.v6))
    let length = Packet.big16(4 + Self.v4.count)
    expectInner(try gre([0x30, 1, 0x88, 0x0B] + length + [0, 7, 0, 0, 0, 1, 0xFF, 3, 0, 0x21] + Self.v4))
    expectInner(
      try gre([0x30, 0x81, 0x88, 0x0B] + length + [0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 0xFF, 3, 0, 0x21] + Self.v4))
    expectInner(try gre([0x20, 1, 0x64, 0] + Packet.big16(Self.frame.count) + [7, 0] + Self.frame))
    expectInner(try gre([0, 0, 0x88, 0x3E, 0, 0, 0, 1] + Self.v4))
    expectInner(try gre([0, 0, 0x88, 0x3E] + Self.v4))
  }

  @Test func metadataRingsAndWires() throws {
    let metadata: [UInt8] = [1, 1, 0, 1, 0, 9]
    expectInner(try CaptureRun(ethernet: Packet.ethernet(metadata + [8, 0] + Self.v4, type: 0x8909)))
    expectInner(
      try CaptureRun(ethernet: Packet.ethernet(Packet.vlan(metadata + [8, 0] + Self.v4, type: 0x8909), type: 0x8100)))
    expectInner(try CaptureRun(ethernet: Packet.ethernet([0x10, 0x40, 0, 1, 8, 0] + Self.v4, type: 0x892F)))
    expectInner(try CaptureRun(ethernet: Packet.ethernet([0, 1, 1, 64, 0, 0, 0, 0] + Self.frame, type: 0x8847)))
    expectInner(try CaptureRun(ethernet: Packet.ethernet([0, 1, 1, 64] + Self.frame, type: 0x8847)))
    let addresses = Array(Self.frame[..<12])
    expectInner(try CaptureRun(linkType: 283, addresses + [0x40, 1, 0, 1, 8, 0] + Self.v4))
    expectInner(try CaptureRun(linkType: 284, addresses + [0xDA, 0xDA, 0, 0, 0x40, 1, 0, 1, 8, 0] + Self.v4))
  }

  /// The port of a tunnel, and content that is none: the datagram counts as it is.
  @Test(arguments: [4_789, 8_472, 4_790, 6_081, 2_152, 37_008, 1_701, 3_544, 4_754, 6_635, 4_341])
  func aPortMakesNoTunnel(port: Int) throws {
    for first: UInt8 in [0x80, 0x88, 0x90] {
      let packet: [UInt8] = [first, 96, 0, 1, 0, 0, 0x10, 0, 1, 2, 3, 0] + (0..<200).map { UInt8($0) }
      let run = try over(port, packet)
      #expect(run.payloads == [packet] && run.datagrams.first?.destination.port == UInt16(port))
    }
    #expect(try over(port, [1]).payloads == [[1]])
  }

  /// A tunnel that holds no datagram is one itself.
  @Test func tunnelsWithoutDatagrams() throws {
    let ping = Packet.ethernet(Packet.ipv4([8, 0, 0, 0, 0, 1, 0, 1] + Self.payload, protocol: 1))
    let run = try over(4_789, [0x08, 0, 0, 0, 0, 0, 7, 0] + ping)
    #expect(run.datagrams.first?.destination.port == 4_789 && run.payloads.first?.count == 8 + ping.count)
  }

  /// What of a tunnelled datagram the capture cut is cut, and its length is known.
  @Test func cutInATunnel() throws {
    let whole = Packet.ipv4(Packet.udp([0x08, 0, 0, 0, 0, 0, 7, 0] + Self.frame, to: 4_789))
    var file = CaptureFile.classic(linkType: 101)
    file.record(Array(whole.dropLast(9)), seconds: 5, wire: whole.count)
    let run = try CaptureRun(file.bytes)
    #expect(run.payloads == [Array(Self.payload.dropLast(9))] && run.datagrams.first?.isCutByCapture == true)
    #expect(run.datagrams.first?.udpLength == Self.payload.count + 8)
  }
}
