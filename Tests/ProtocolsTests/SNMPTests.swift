import Primitives
import Telemetry
import Testing
@testable import Protocols

/// Octets of a text such as `30 0a 02`.
func octets(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }
  return stride(from: 0, to: digits.count, by: 2).map { start in
    let first = digits.index(digits.startIndex, offsetBy: start)
    return UInt8(digits[first...digits.index(after: first)], radix: 16)!
  }
}

@Suite struct BERTests {
  private func first(_ text: String) -> (BERElement, [UInt8])? {
    let bytes = octets(text)
    var reader = BERReader(0..<bytes.count)
    return reader.next(in: bytes.span.bytes).map { ($0, bytes) }
  }

  @Test func lengths() throws {
    #expect(try #require(first("04 02 aabb")).0.content == 2..<4)
    // Longer than it need be.
    #expect(try #require(first("04 8400000002 aabb")).0.content == 6..<8)
    #expect(first("04 80 aabb 0000") == nil, "the indefinite form")
    #expect(first("04 03 aabb") == nil, "beyond the end")
    #expect(first("04 88ffffffffffffffff aa") == nil)
    #expect(first("04 89010000000000000000 aa") == nil)
    #expect(first("04") == nil)
    #expect(first("04 82 01") == nil)
  }

  @Test func highTags() throws {
    #expect(try #require(first("bf04 00")).0.tag == 0xA4)
    #expect(try #require(first("bf8004 00")).0.tag == 0xA4)
    #expect(try #require(first("bf8104 00")).0.tag == 0xFF)
    #expect(first("bfffffffffff7f 00") == nil)
    #expect(first("bf84") == nil)
  }

  @Test(arguments: [
    ("00", 0), ("7f", 127), ("80", -128), ("ff", -1), ("00ff", 255), ("0080", 128), ("ffffff7f", -129),
    ("7fffffffffffffff", Int64.max), ("8000000000000000", Int64.min), ("000000007fffffffffffffff", Int64.max),
  ])
  func integers(text: String, value: Int64) throws {
    let content = octets(text)
    let bytes = [2, UInt8(content.count)] + content
    let element = BERElement(tag: 2, start: 2, end: bytes.count)
    #expect(BERReader.integer(bytes.span.bytes, element) == value)
    // What the writer makes of it is read back.
    let written = BERWriter.integer(value)
    var reader = BERReader(0..<written.count)
    #expect(reader.nextInteger(in: written.span.bytes) == value)
  }

  @Test func hugeIntegersAreNone() {
    let bytes = octets("02 09 010000000000000000")
    let element = BERElement(tag: 2, start: 2, end: bytes.count)
    #expect(BERReader.integer(bytes.span.bytes, element) == nil)
    #expect(BERReader.unsigned(bytes.span.bytes, element) == nil)
    let counter = octets("46 09 00ffffffffffffffff")
    let wide = BERElement(tag: 0x46, start: 2, end: counter.count)
    #expect(BERReader.unsigned(counter.span.bytes, wide) == UInt64.max)
  }

  @Test(arguments: [
    ("2b06010201", "1.3.6.1.2.1"), ("00", "0.0"), ("78", "2.40"), ("883703", "2.999.3"),
    ("2b06010401 ffffffffffffffff7f", "1.3.6.1.4.1.9223372036854775807"),
    ("2b 8080808080808080808000", "1.3.0"), ("2b86", "0x2b86"),
    ("2b ffffffffffffffffffff7f", "0x2bffffffffffffffffffff7f"),
  ])
  func identifiers(encoded: String, text: String) {
    var arena = Slab<UInt8>(capacity: 1_000)
    arena.appendIdentifier(octets(encoded).span.bytes)
    #expect(string(arena) == text)
  }
}

/// The text in an arena.
func string(_ arena: borrowing Slab<UInt8>) -> String {
  var bytes: [UInt8] = []
  for index in 0..<arena.count { bytes.append(arena[index]) }
  return String(decoding: bytes, as: UTF8.self)
}

@Suite struct SNMPDictionaryTests {
  @Test func longestPrefixWins() {
    let dictionary = SNMPDictionary([
      .init([1, 3, 6, 1, 4, 1, 9], name: "outer"), .init([1, 3, 6, 1, 4, 1, 9, 2, 300], name: "inner"),
      .init([1, 3, 6, 1, 4, 1, 9, 2], name: "middle"), .init([1, 3, 6, 1, 4, 1, 10], name: "other"),
    ])
    func name(_ identifier: [UInt64]) -> String? {
      let encoded = SNMPDictionary.encoded(identifier)
      let slot = dictionary.find(encoded.span.bytes, 0..<encoded.count)
      if slot < 0 { return nil }
      return dictionary.texts.extracting(dictionary.slots[slot].name).withUnsafeBytes {
        String(decoding: $0, as: UTF8.self)
      }
    }
    #expect(name([1, 3, 6, 1, 4, 1, 9, 2, 300, 1]) == "inner")
    #expect(name([1, 3, 6, 1, 4, 1, 9, 2, 301]) == "middle")
    #expect(name([1, 3, 6, 1, 4, 1, 9, 3]) == "outer")
    #expect(name([1, 3, 6, 1, 4, 1, 9]) == "outer")
    #expect(name([1, 3, 6, 1, 4, 1, 8]) == nil)
    #expect(name([1, 3, 6, 1, 4, 1, 11, 1]) == nil)
    #expect(name([1, 3, 6, 1, 6, 3, 1, 1, 5, 3]) == "linkDown")
    // One more sub-identifier than a name's, not one octet more.
    #expect(name([1, 3, 6, 1, 4, 1, 9, 2, 300 << 7]) == "middle")
  }
}

@Suite struct SNMPNotificationTests {
  /// A trap of RFC 1157 with one binding of each type.
  private func v2c(_ bindings: String, kind: UInt8 = 0xA7) -> [UInt8] {
    let list = BERWriter.element(0x30, octets(bindings))
    let pdu = BERWriter.element(
      kind, BERWriter.integer(7) + BERWriter.integer(0) + BERWriter.integer(0) + list)
    return SNMPReply.message(community: Array("public".utf8), pdu: pdu)
  }

  private static let identity = "3017 060a2b060106030101040100 06092b0601060301010503"

  private func read(_ datagram: [UInt8], _ entries: [SNMPDictionary.Entry] = []) -> (RejectReason?, [String], Int) {
    var message = SNMPMessage()
    guard message.read(datagram.span.bytes) == .message else { return (.snmpNotAMessage, [], 0) }
    var pdu = SNMPPDU()
    if let reason = pdu.read(datagram.span.bytes, message.body) { return (reason, [], 0) }
    var out = DecodedDatagram()
    let device = out.arena.appendString("mast")
    var bindings = SNMPBindings()
    bindings.read(pdu, in: datagram.span.bytes)
    let reason = SNMPNotification(pdu).append(
      &bindings, bytes: datagram.span.bytes, datagram: datagram.span.bytes, version: message.version,
      sender: .community(message.community), device: device, dictionary: SNMPDictionary(entries), to: &out)
    var texts: [String] = []
    for index in 0..<out.fields.count where out.fields[index].tag == .string {
      let text = out.text(TextRange(payload: out.fields[index].payload), of: datagram.span.bytes)
      texts.append(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }
    return (reason, texts, out.rows.count)
  }

  @Test func everyType() {
    let bindings =
      Self.identity + "300c 06072b060104010901 0201ff" + "300c 06072b060104010902 040141"
      + "300d 06072b060104010903 04020007"
      + "300b 06072b060104010904 0500" + "300f 06072b060104010905 40040a090807"
      + "3014 06072b060104010906 460900ffffffffffffffff" + "300b 06072b060104010907 8000"
      + "300c 06072b060104010901 020105"
    let (reason, texts, _) = read(v2c(bindings))
    #expect(reason == nil)
    #expect(texts[..<3] == ["error", "snmp", "linkDown"])
    #expect(
      texts[3]
        == #"{"version":"2c","pdu":"trap","community":"public","snmpTrapOID.0":"1.3.6.1.6.3.1.1.5.3","#
        + #""1.3.6.1.4.1.9.1":-1,"1.3.6.1.4.1.9.2":"A","1.3.6.1.4.1.9.3":"0x0007","1.3.6.1.4.1.9.4":null,"#
        + #""1.3.6.1.4.1.9.5":"10.9.8.7","1.3.6.1.4.1.9.6":18446744073709551615,"1.3.6.1.4.1.9.7":null,"#
        + #""1.3.6.1.4.1.9.1#2":5}"#)
  }

  @Test func faultsAreNamed() {
    #expect(read(v2c("0500")).0 == .snmpBadEncoding)
    #expect(read(v2c("", kind: 0xA9)).0 == .snmpUnknownPDU)
  }

  @Test func numbersThatAreMappedAreRows() {
    let entries = [
      SNMPDictionary.Entry([1, 3, 6, 1, 4, 1, 9, 1], name: "volts", unit: "V", makesRows: true),
      SNMPDictionary.Entry([1, 3, 6, 1, 4, 1, 9, 2], name: "named"),
    ]
    let bindings =
      Self.identity + "300d 06082b06010401090100 02012a" + "300d 06082b06010401090107 02012b"
      + "300d 06082b06010401090200 02012a"
    let (reason, texts, rows) = read(v2c(bindings), entries)
    #expect(reason == nil)
    #expect(rows == 3)
    #expect(texts[3].contains(#""volts.0":42,"volts.7":43,"named.0":42"#))
  }

  /// Any change of a message, and any cut, is decoded or refused; nothing is read beyond.
  @Test func mutationsAreHarmless() {
    var random = SystemRandomNumberGenerator()
    let message = v2c(
      Self.identity + "300d 06082b06010401090100 02012a" + "3014 06072b060104010906 460900ffffffffffffffff")
    for round in 0..<20_000 {
      var changed = message
      for _ in 0...(round % 3) { changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255) }
      if round % 5 == 0 { changed.removeLast(Int.random(in: 0..<changed.count, using: &random)) }
      _ = read(changed)
    }
  }
}
