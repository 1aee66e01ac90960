import Primitives
import Telemetry
import Testing
@testable import Protocols

@Suite struct RTPPacketTests {
  private func read(_ bytes: [UInt8]) -> (RejectReason?, RTPPacket) {
    var packet = RTPPacket()
    let reason = packet.read(bytes.span.bytes)
    return (reason, packet)
  }

  @Test func plain() {
    let (reason, packet) = read(octets("80e0 3d7f eaaa63f4 f01b40e9 0102"))
    #expect(reason == nil)
    #expect(packet.payloadType == 96 && packet.hasMarker && packet.sequence == 15_743)
    #expect(packet.timestamp == 3_937_035_252 && packet.ssrc == 0xF01B_40E9 && packet.payload == 12..<14)
  }

  @Test func contributorsExtensionsAndPadding() {
    // Two contributing sources, one word of extension, three octets of padding.
    let (reason, packet) = read(octets("b2600001 00000002 00000003 0000000a 0000000b bede0001 90300000 aabb000003"))
    #expect(reason == nil)
    #expect(packet.payload == 28..<30)
    // Padding alone, and padding that cannot be: what is there stays.
    #expect(read(octets("a0600001 00000002 00000003 00000004")).1.payload == 12..<12)
    #expect(read(octets("a0600001 00000002 00000003 00000009")).1.payload == 12..<16)
  }

  @Test func faultsAreNamed() {
    #expect(read(octets("80600001 00000002 000000")).0 == .rtpTooShort)
    #expect(read([]).0 == .rtpTooShort)
    #expect(read(octets("40600001 00000002 00000003")).0 == .rtpBadVersion)
    #expect(read(octets("81600001 00000002 00000003")).0 == .rtpBadHeader)
    #expect(read(octets("90600001 00000002 00000003 bede")).0 == .rtpBadHeader)
    #expect(read(octets("90600001 00000002 00000003 bedeffff 00")).0 == .rtpBadHeader)
  }
}

@Suite struct RTCPTests {
  @Test(
    arguments: [
      ("81cb0001ae528b43", nil), ("91cb0001ae528b43", .rtcpBadLength), ("81ce0002545062652301 3fb9", nil),
      ("81cd0001ae528b43", .rtcpBadLength), ("81c80001ae528b43", .rtcpBadLength), ("81cb0002ae528b43", .rtcpBadLength),
      ("81cb", .rtcpBadLength), ("41cb0001ae528b43", .rtcpBadHeader), ("81cb0001ae528b43 81", .rtcpBadLength),
      ("80c90001ae528b43 81ca000230b684070100 0000", nil),
      ("80c90001ae528b43 81ca000230b6840701ff0000", .rtcpBadLength),
      ("a1cb0002ae528b43 00000004", nil), ("a1cb0002ae528b43 00000003", .rtcpBadLength),
    ] as [(String, RejectReason?)])
  func checks(text: String, reason: RejectReason?) {
    #expect(RTCPReader.check(octets(text).span.bytes) == reason)
  }

  /// SRTCP: what stands behind the first packet is no RTCP, and an index and a tag end it. A length that is wrong in the open
  /// is no encryption.
  @Test(
    arguments: [
      ("80c80006 11223344" + String(repeating: "9f", count: 20) + "80000007 0011223344556677 8899", .rtcpEncrypted),
      ("81c90007 11223344" + String(repeating: "5a", count: 24) + "80000001 a5c670ff", .rtcpEncrypted),
      ("80c80001 11223344 d1e2f30415263748", .rtcpEncrypted),
      ("80c80007 11223344" + String(repeating: "00", count: 20), .rtcpBadLength),
      ("80c8001c 11223344" + String(repeating: "00", count: 20), .rtcpBadLength),
      ("81c80006 11223344" + String(repeating: "00", count: 20), .rtcpBadLength),
    ] as [(String, RejectReason)])
  func encrypted(text: String, reason: RejectReason) {
    let bytes = octets(text)
    #expect(RTCPReader.check(bytes.span.bytes) == reason)
    #expect(ProtocolGuess.protocolOf(bytes.span.bytes) == .rtcp)
  }

  /// Of a datagram whose last packet is bad the ones before it are there.
  @Test func soundBeforeBad() {
    let bytes = octets("80c90001ae528b43 81ca0009 30b68407 01036361")
    let found = RTCPReader.examine(bytes.span.bytes)
    #expect(found.soundEnd == 8 && found.reason == .rtcpBadLength)
    var reader = RTCPReader(upTo: found.soundEnd)
    #expect(reader.next(in: bytes.span.bytes)?.type == 201)
    let end = reader.next(in: bytes.span.bytes) == nil
    #expect(end)
  }

  @Test func lossIsSigned() {
    let report = RTCPReport(octets("479437af 40fffffe 00000276 00000772 00000001 00000002").span.bytes, 0)
    #expect(report.source == 0x4794_37AF && report.fractionLost == 64 && report.cumulativeLost == -2)
    #expect(report.highestSequence == 630 && report.jitter == 1_906)
  }

  @Test func canonicalNames() throws {
    let bytes = octets("80c90001ae528b43 82ca0006 30b68407 0204aabbccdd 0000 479437af 01036361 6d 000000")
    #expect(RTCPReader.check(bytes.span.bytes) == nil)
    var reader = RTCPReader()
    _ = reader.next(in: bytes.span.bytes)
    let second = reader.next(in: bytes.span.bytes)
    let packet = try #require(second)
    let found = RTCPReader.canonicalName(bytes.span.bytes, packet)
    let name = try #require(found)
    #expect(name.ssrc == 0x4794_37AF)
    #expect(Array(bytes[name.text]) == Array("cam".utf8))
  }
}

@Suite struct VideoCodecTests {
  private func isKey(_ codec: VideoCodec, _ text: String) -> Bool {
    let bytes = octets(text)
    return codec.holdsKeyPart(bytes.span.bytes, 0..<bytes.count)
  }

  @Test func keyFrames() {
    #expect(isKey(.h264, "6588") && !isKey(.h264, "4188") && !isKey(.h264, "6764"))
    #expect(isKey(.h264, "7c85 00") && !isKey(.h264, "7c81 00"))
    #expect(isKey(.h264, "78 0002 6764 0002 6588") && !isKey(.h264, "78 0002 6764 0002 4188"))
    #expect(!isKey(.h264, "78 ffff 65") && !isKey(.h264, "78 0000 65"))
    #expect(isKey(.h265, "2601 af") && !isKey(.h265, "0201 af"))
    #expect(isKey(.h265, "6201 93") && !isKey(.h265, "6201 81"))
    #expect(isKey(.h265, "6001 0003 400100 0003 2601af"))
  }

  /// Fragments in the middle are parts of a key picture too, and go on with what another packet began.
  @Test func keyParts() {
    func holds(_ codec: VideoCodec, _ text: String) -> Bool {
      codec.holdsKeyPart(octets(text).span.bytes, 0..<octets(text).count)
    }
    func goesOn(_ codec: VideoCodec, _ text: String) -> Bool {
      codec.isContinuation(octets(text).span.bytes, 0..<octets(text).count)
    }
    #expect(holds(.h264, "7c05 00") && holds(.h264, "7c45 00") && !holds(.h264, "5c01 00"))
    #expect(holds(.h265, "6201 13") && !holds(.h265, "6201 01"))
    #expect(goesOn(.h264, "7c05 00") && !goesOn(.h264, "7c85 00") && !goesOn(.h264, "6588 00"))
    #expect(goesOn(.h265, "6201 13") && !goesOn(.h265, "6201 93") && !goesOn(.unknown, "7c05 00"))
  }
}

@Suite struct ProtocolGuessTests {
  @Test func others() {
    func guess(_ bytes: [UInt8]) -> TelemetryProtocol? { ProtocolGuess.protocolOf(bytes.span.bytes) }
    #expect(guess(octets("80600001 00000002 00000003")) == .rtp)
    #expect(guess(octets("81cb0001ae528b43")) == .rtcp)
    #expect(guess(Array("<34>Oct 11 22:14:15 host su: failed".utf8)) == .syslog)
    #expect(guess(octets("302602010104067075626c6963a719020107020100020100300e300c06082b060102010106000400")) == .snmp)
    #expect(guess(Array("<e><Action>http://x/discovery/Hello</Action></e>".utf8)) == .wsd)
    // BACnet/IP, STUN, DTLS, DNS with a plain id, a number in angle brackets that is no priority.
    #expect(guess(octets("810a0011 01200000 0000ff10 08000000 00")) == nil)
    #expect(guess(octets("00010000 2112a442 000000000000000000000000")) == nil)
    #expect(guess(octets("16fefd 0000 000000000000 0000")) == nil)
    #expect(guess(octets("12340100 00010000 00000000 0377777700 00010001")) == nil)
    #expect(guess(Array("<999>text".utf8)) == nil)
    #expect(guess([]) == nil)
    #expect(guess([0xEF, 0xBB, 0xBF] + Array("<e><Action>http://x/discovery/Hello</Action></e>".utf8)) == .wsd)
  }

  /// A port says what a datagram is unless its content is another's.
  @Test func contentOverPort() {
    let stream = octets("80600001 00000002 00000003 7c85 00010203 04")
    let log = Array("<13>Nov 20 10:00:00 gate up".utf8)
    func kind(_ bytes: [UInt8], _ mapped: TelemetryProtocol) -> TelemetryProtocol? {
      ProtocolGuess.protocolOf(bytes.span.bytes, mapped: mapped)?.kind
    }
    for mapped in [TelemetryProtocol.line, .syslog, .coap, .snmp, .wsd, .rtp] { #expect(kind(stream, mapped) == .rtp) }
    #expect(kind(log, .coap) == .syslog && kind(log, .snmp) == .syslog && kind(log, .syslog) == .syslog)
    #expect(kind(Array("weather t=1".utf8), .syslog) == .syslog && kind(Array("weather t=1".utf8), .line) == .line)
    // A text whose first octets are of another alphabet, and what is nobody's.
    #expect(kind([0xA4, 0xE9, 0xA4, 0xE8] + Array(" link down".utf8), .syslog) == .syslog)
    #expect(kind(octets("ffffffffffffffff"), .coap) == .coap)
    #expect(kind(octets("40010001 b161"), .coap) == .coap)
  }
}

@Suite struct WSDiscoveryTests {
  private func read(_ text: String) -> (RejectReason?, WSDiscoveryMessage) {
    var message = WSDiscoveryMessage()
    let reason = message.read(Array(text.utf8).span.bytes)
    return (reason, message)
  }

  @Test func prefixesDoNotMatter() {
    let (reason, message) = read(
      "<?xml version='1.0'?><s:E xmlns:s='>'><H><w:Action a=\"b>c\"> http://x/discovery/ResolveMatches </w:Action></H>"
        + "<B><ResolveMatches><ResolveMatch><R><Address>urn:1</Address></R><Types/>"
        + "<XAddrs>http://a</XAddrs></ResolveMatch></ResolveMatches></B></s:E>")
    #expect(reason == nil)
    #expect(message.action == .resolveMatches && message.matchCount == 1)
    #expect(message.matches[0].endpoint.count == 5 && message.matches[0].types.isEmpty)
  }

  /// OASIS' namespace has a date behind its name; a section of plain characters is a text.
  @Test func namespacesAndSections() {
    let (reason, message) = read(
      "<E><H><Action>http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/Bye</Action></H>"
        + "<B><Bye><EP><Address><![CDATA[urn:uuid:7]]></Address></EP></Bye></B></E>")
    #expect(reason == nil && message.action == .bye && message.matchCount == 1)
    #expect(message.matches[0].endpoint.count == 10)
    #expect(read("<![CDATA[x]]>").0 == .wsdBadXML && read("<a><![CDATA[x]]</a>").0 == .wsdBadXML)
    #expect(read("<a><Action>http://x/undiscovery2/Bye</Action></a>").0 == .wsdNotDiscovery)
  }

  @Test func manyMatches() {
    let one = "<ProbeMatch><Address>urn:1</Address></ProbeMatch>"
    for (count, told, refused) in [(1, 1, 0), (40, 40, 0), (200, 128, 72)] {
      let (reason, message) = read(
        "<E><Action>http://x/discovery/ProbeMatches</Action>" + String(repeating: one, count: count) + "</E>")
      #expect(reason == nil && message.matchCount == told && message.refusedCount == refused)
    }
  }

  /// A message is read over the one before it.
  @Test func oneAfterAnother() {
    var message = WSDiscoveryMessage()
    let one = "<ProbeMatch><Address>urn:1</Address></ProbeMatch>"
    for (count, told, refused) in [(200, 128, 72), (2, 2, 0), (0, 0, 0)] {
      let text = "<E><Action>http://x/discovery/ProbeMatches</Action>" + String(repeating: one, count: count) + "</E>"
      let reason = message.read(Array(text.utf8).span.bytes)
      #expect(reason == nil && message.matchCount == told && message.refusedCount == refused)
    }
  }

  @Test(
    arguments: [
      ("", .wsdNotDiscovery), ("<a>", .wsdBadXML), ("</a>", .wsdBadXML), ("<a b='", .wsdBadXML), ("<>", .wsdBadXML),
      ("<!DOCTYPE a><a/>", .wsdBadXML), ("<!-- open", .wsdBadXML), ("<a/>", .wsdNotDiscovery),
      ("<a><Action>http://x/discovery/Dance</Action></a>", .wsdNotDiscovery),
      (String(repeating: "<a>", count: 100), .wsdBadXML), ("<a <b>></a>", .wsdBadXML),
    ] as [(String, RejectReason)])
  func faultsAreNamed(text: String, reason: RejectReason) {
    #expect(read(text).0 == reason)
  }
}
