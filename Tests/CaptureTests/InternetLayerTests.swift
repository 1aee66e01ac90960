import Capture
import Testing

@Suite struct InternetLayerTests {
  static let payload = Array("hello world 1234".utf8)
  static let udp = Packet.udp(payload)

  private func read(_ packet: [UInt8]) throws -> CaptureRun { try CaptureRun(linkType: 101, packet) }

  @Test func optionsAndExtensionHeaders() throws {
    #expect(try read(Packet.ipv4(Self.udp, options: [7, 7, 4, 0, 0, 0, 0, 0])).payloads == [Self.payload])
    let hopByHop: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
    #expect(try read(Packet.ipv6(hopByHop + Self.udp, next: 0)).payloads == [Self.payload])
    let options: [UInt8] = [43, 1] + [UInt8](repeating: 0, count: 14)
    let routing: [UInt8] = [17, 0, 0, 0, 0, 0, 0, 0]
    #expect(try read(Packet.ipv6(options + routing + Self.udp, next: 60)).payloads == [Self.payload])
    let authentication: [UInt8] = [17, 4] + [UInt8](repeating: 0, count: 22)
    #expect(try read(Packet.ipv6(authentication + Self.udp, next: 51)).payloads == [Self.payload])
    #expect(try read(Packet.ipv4(authentication + Self.udp, protocol: 51)).payloads == [Self.payload])
  }

  @Test func tunnelsWithinIP() throws {
    let inner = Packet.ipv4(Self.udp)
    let inner6 = Packet.ipv6(Self.udp)
    let packets: [[UInt8]] = [
      Packet.ipv4(inner, protocol: 4), Packet.ipv4(inner6, protocol: 41), Packet.ipv6(inner, next: 4),
      Packet.ipv4([0, 0, 8, 0] + inner, protocol: 47),
      Packet.ipv4([0xB0, 0, 0x86, 0xDD] + [UInt8](repeating: 0, count: 12) + inner6, protocol: 47),
      Packet.ipv4([0, 0, 0x65, 0x58] + Packet.ethernet(inner), protocol: 47),
      Packet.ipv4([0, 0, 0x88, 0xBE] + Packet.ethernet(inner), protocol: 47),
      Packet.ipv4([0x10, 0, 0x88, 0xBE, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0] + Packet.ethernet(inner), protocol: 47),
      Packet.ipv4([0x30, 0] + Packet.ethernet(inner), protocol: 97),
      Packet.ipv4([0, 1, 1, 64] + inner, protocol: 137),
    ]
    for packet in packets { #expect(try read(packet).payloads == [Self.payload]) }
  }

  @Test func tunnelsOverUDPCountOnce() throws {
    let inner = Packet.ethernet(Packet.ipv4(Self.udp))
    let vxlan: [UInt8] = [8, 0, 0, 0, 0, 0, 1, 0] + inner
    let run = try read(Packet.ipv4(Packet.udp(vxlan, to: 4_789)))
    #expect(run.payloads == [Self.payload] && run.counts.datagrams == 1)
  }

  @Test func endlessTunnelsEnd() throws {
    var packet = Packet.ipv4(Self.udp)
    for _ in 0..<40 { packet = Packet.ipv4(packet, protocol: 4) }
    #expect(try read(packet).counts[.tooManyLayers] == 1)
  }

  @Test func quotedDatagramsAreNone() throws {
    let error: [UInt8] = [3, 3, 0, 0, 0, 0, 0, 0]
    let v4 = try read(Packet.ipv4(error + Packet.ipv4(Self.udp), protocol: 1))
    #expect(v4.datagrams.isEmpty)
    #expect(v4.counts[.quotedInICMP] == 1)
    let v6 = try read(Packet.ipv6([1, 4, 0, 0, 0, 0, 0, 0] + Packet.ipv6(Self.udp), next: 58))
    #expect(v6.counts[.quotedInICMP] == 1)
    let echo = try read(Packet.ipv4([8, 0, 0, 0, 0, 0, 0, 0] + Packet.ipv4(Self.udp), protocol: 1))
    #expect(echo.counts[.notUDP] == 1)
  }

  @Test(arguments: [6, 132, 136, 50] as [UInt8])
  func otherProtocols(number: UInt8) throws {
    #expect(try read(Packet.ipv4(Self.udp, protocol: number)).counts[.notUDP] == 1)
    #expect(try read(Packet.ipv6(Self.udp, next: number)).counts[.notUDP] == 1)
  }

  @Test func lengthBeyondThePacket() throws {
    let run = try read(Packet.ipv4(Packet.udp(Self.payload, length: 500)))
    #expect(run.payloads == [Self.payload])
    #expect(run.datagrams[0].udpLength == 500)
    #expect(!run.datagrams[0].isWhole)
    #expect(run.counts[.udpLengthBeyondIP] == 1)
  }

  @Test(arguments: [0, 4, 7])
  func lengthBelowTheHeader(length: Int) throws {
    let run = try read(Packet.ipv4(Packet.udp(Self.payload, length: length)))
    #expect(run.payloads == [[]])
    #expect(run.counts[.udpLengthTooShort] == 1)
  }

  @Test func lengthZeroInIPv6IsThePacketsLength() throws {
    #expect(try read(Packet.ipv6(Packet.udp(Self.payload, length: 0))).payloads == [Self.payload])
  }

  @Test func emptyDatagramsCount() throws {
    let run = try read(Packet.ipv4(Packet.udp([])))
    #expect(run.payloads == [[]])
    #expect(run.datagrams[0].isWhole)
  }

  @Test func totalLengths() throws {
    // 0: left by segmentation offload.
    #expect(try read(Packet.ipv4(Self.udp, totalLength: 0)).payloads == [Self.payload])
    #expect(try read(Packet.ipv4(Self.udp, totalLength: 19)).counts[.malformedHeader] == 1)
    let portsOnly = try read(Packet.ipv4(Self.udp, totalLength: 24))
    #expect(portsOnly.payloads == [[]])
    #expect(portsOnly.counts[.udpHeaderCut] == 1)
    #expect(try read(Packet.ipv4(Self.udp, totalLength: 22)).counts[.malformedHeader] == 1)
    #expect(try read(Packet.ipv4(Self.udp, first: 0x44)).counts[.malformedHeader] == 1)
    #expect(try CaptureRun(linkType: 228, Packet.ipv4(Self.udp, first: 0x55)).counts[.malformedHeader] == 1)
    #expect(try read(Packet.ipv6(Self.udp, length: 0)).counts[.malformedHeader] == 1)
  }

  @Test func framesCutByTheCapture() throws {
    let frame = Packet.ethernet(Packet.ipv4(Self.udp))
    for length in 0..<frame.count {
      var file = CaptureFile.classic()
      file.record(Array(frame[..<length]), seconds: 1, wire: frame.count)
      let run = try CaptureRun(file.bytes)
      // The UDP header begins at 34; with the ports it is a datagram, of which the payload is what there is.
      #expect(run.datagrams.count == (length >= 38 ? 1 : 0))
      if length >= 38 {
        #expect(run.payloads[0] == Array(frame[min(42, length)..<length]))
        #expect(run.counts[.datagramCutByCapture] == 1)
      } else {
        #expect(run.counts[.truncatedFrame] == 1)
      }
    }
  }
}
