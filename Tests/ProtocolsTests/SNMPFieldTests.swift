import Primitives
import Telemetry
import Testing
@testable import Protocols

/// Notifications as agents send them that leave out, cut or mix what the RFCs have.
@Suite struct SNMPFieldTests {
  private static let upTime = BERWriter.sequence([
    BERWriter.element(BERElement.objectIdentifier, [0x2B, 6, 1, 2, 1, 1, 3, 0]),
    BERWriter.integer(77, tag: BERElement.timeTicks),
  ])
  private static let identity = BERWriter.sequence([
    BERWriter.element(BERElement.objectIdentifier, [0x2B, 6, 1, 6, 3, 1, 1, 4, 1, 0]),
    BERWriter.element(BERElement.objectIdentifier, [0x2B, 6, 1, 6, 3, 1, 1, 5, 3]),
  ])

  private static func binding(_ last: UInt8, _ value: [UInt8]) -> [UInt8] {
    BERWriter.sequence([BERWriter.element(BERElement.objectIdentifier, [0x2B, 6, 1, 4, 1, 9, last]), value])
  }

  private static func message(_ bindings: [[UInt8]], version: Int64 = 1) -> [UInt8] {
    let body = BERWriter.integer(1) + BERWriter.integer(0) + BERWriter.integer(0) + BERWriter.sequence(bindings)
    return BERWriter.sequence([
      BERWriter.integer(version), BERWriter.octets(Array("public".utf8)),
      BERWriter.element(SNMPPDU.Kind.trapV2.rawValue, body),
    ])
  }

  private struct Reading {
    var reason: RejectReason?
    var texts: [String] = []
    var refusedFields = 0
    var trailing = 0
  }

  private static func read(_ datagram: [UInt8]) -> Reading {
    var reading = Reading()
    var message = SNMPMessage()
    guard message.read(datagram.span.bytes) == .message else {
      reading.reason = .snmpNotAMessage
      return reading
    }
    reading.trailing = message.trailingBytes
    var pdu = SNMPPDU()
    if let reason = pdu.read(datagram.span.bytes, message.body, isCut: message.isCut) {
      reading.reason = reason
      return reading
    }
    var out = DecodedDatagram()
    let device = out.arena.appendString("mast")
    var bindings = SNMPBindings()
    bindings.read(pdu, in: datagram.span.bytes)
    reading.reason = SNMPNotification(pdu).append(
      &bindings, bytes: datagram.span.bytes, datagram: datagram.span.bytes, version: message.version,
      sender: .community(message.community), device: device, dictionary: SNMPDictionary([]), to: &out)
    for index in 0..<out.fields.count where out.fields[index].tag == .string {
      let text = out.text(TextRange(payload: out.fields[index].payload), of: datagram.span.bytes)
      reading.texts.append(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }
    reading.refusedFields = out.refusedFields.count
    return reading
  }

  @Test func withoutIdentityItIsUnidentified() {
    let reading = Self.read(Self.message([Self.upTime, Self.binding(1, BERWriter.integer(5))]))
    #expect(reading.reason == nil && reading.texts[1] == "snmp.unidentified")
    #expect(reading.texts[3].contains(#""sysUpTime.0":77,"1.3.6.1.4.1.9.1":5"#))
  }

  @Test func aCutMessageKeepsWhatIsWhole() {
    let whole = Self.message([
      Self.upTime, Self.identity, Self.binding(1, BERWriter.octets([0x6F, 0x6B])),
      Self.binding(2, BERWriter.octets([UInt8](repeating: 0x79, count: 300))),
    ])
    let reading = Self.read(Array(whole.dropLast(100)))
    #expect(reading.reason == nil && reading.texts[2] == "linkDown")
    #expect(reading.texts[3].contains(#""1.3.6.1.4.1.9.1":"ok""#) && reading.texts[3].hasSuffix(#","truncated":true}"#))
    #expect(Self.read(whole + [0, 0]).trailing == 2)
  }

  @Test func aBadBindingCostsItself() {
    let reading = Self.read(
      Self.message([Self.upTime, Self.identity, [0x30, 2, 5, 0], Self.binding(3, BERWriter.integer(4))]))
    #expect(reading.reason == nil && reading.refusedFields == 1)
    #expect(reading.texts[3].contains(#""1.3.6.1.4.1.9.3":4"#))
  }

  @Test func theFirstOfManyAreKept() {
    let many = (0..<300).map { Self.binding(UInt8($0 % 100), BERWriter.integer(Int64($0))) }
    let reading = Self.read(Self.message([Self.upTime, Self.identity] + many))
    #expect(reading.reason == nil && reading.texts[3].hasSuffix(#","varbinds_omitted":46}"#))
  }

  @Test func opaqueNumbersAndZerosOfC() {
    let single = BERWriter.element(BERElement.opaque, [0x9F, 0x78, 4, 0x42, 0x48, 0, 0])
    let double = BERWriter.element(BERElement.opaque, [0x9F, 0x79, 8, 0xC0, 0x02, 0, 0, 0, 0, 0, 0])
    let none = BERWriter.element(BERElement.opaque, [0x9F, 0x78, 4, 0x7F, 0xC0, 0, 0])
    let text = BERWriter.octets(Array("rectifier".utf8) + [0, 0])
    let reading = Self.read(
      Self.message([
        Self.identity, Self.binding(1, single), Self.binding(2, double), Self.binding(3, none), Self.binding(4, text),
        Self.binding(5, BERWriter.octets([0, 0])),
      ]))
    #expect(
      reading.texts[3].hasSuffix(
        #""1.3.6.1.4.1.9.1":50.0,"1.3.6.1.4.1.9.2":-2.25,"1.3.6.1.4.1.9.3":"nan","1.3.6.1.4.1.9.4":"rectifier","#
          + #""1.3.6.1.4.1.9.5":"0x0000"}"#))
  }

  @Test func aTrapOfVersion1SaysEachNameOnce() {
    let body =
      BERWriter.element(BERElement.objectIdentifier, [0x2B, 6, 1, 4, 1, 9])
      + BERWriter.element(BERElement.ipAddress, [10, 3, 0, 9]) + BERWriter.integer(6) + BERWriter.integer(2)
      + BERWriter.integer(5, tag: BERElement.timeTicks) + BERWriter.sequence([Self.upTime])
    for version: Int64 in [0, 1] {
      let reading = Self.read(
        BERWriter.sequence([
          BERWriter.integer(version), BERWriter.octets([]), BERWriter.element(SNMPPDU.Kind.trapV1.rawValue, body),
        ]))
      #expect(reading.reason == nil && reading.texts[2] == "1.3.6.1.4.1.9.0.2")
      #expect(reading.texts[3].contains(#""sysUpTime.0":5"#) && reading.texts[3].contains(#""sysUpTime.0#2":77"#))
      #expect(reading.texts[3].contains(#""snmpTrapAddress.0":"10.3.0.9""#))
    }
  }

  @Test func addressesOfManyNameNobody() {
    for (text, isOne) in [
      ("10.0.0.1", true), ("0.0.0.0", false), ("127.9.9.9", false), ("169.254.7.7", false), ("224.0.0.5", false),
      ("255.255.255.255", false), ("2001:db8::1", true), ("::", false), ("::1", false), ("fe80::9", false),
      ("ff02::1", false), ("192.168.1.20", true),
    ] {
      #expect(SourceAddress(addressText: text)?.namesOne == isOne, "\(text)")
    }
  }
}
