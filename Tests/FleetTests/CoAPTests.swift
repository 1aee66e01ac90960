import Primitives
import Testing

@testable import Fleet

struct CoAPEncoderTests {
  /// RFC 7252 appendix A, figures 16 and 17.
  @Test func writesTheExamplesOfTheRFC() {
    let bare = encoded {
      CoAPEncoder.appendRequest(
        type: .confirmable, method: .get, messageID: 0x7D34, token: 0, tokenBytes: 0,
        path: [Array("temperature".utf8)], contentFormat: nil, hasPayload: false, to: &$0)
    }
    #expect(bare == hex("40 01 7d34 bb 74656d7065726174757265"))
    let token = encoded {
      CoAPEncoder.appendRequest(
        type: .confirmable, method: .get, messageID: 0x7D35, token: 0x20, tokenBytes: 1,
        path: [Array("temperature".utf8)], contentFormat: nil, hasPayload: false, to: &$0)
    }
    #expect(token == hex("41 01 7d35 20 bb 74656d7065726174757265"))
  }

  @Test func writesPathFormatAndBlock() {
    let bytes = encoded {
      CoAPEncoder.appendRequest(
        type: .nonConfirmable, method: .post, messageID: 1, token: 0xAABB_CCDD, tokenBytes: 4,
        path: [Array("telemetry".utf8), Array("weather".utf8)], contentFormat: .senMLCBOR,
        block1: CoAPEncoder.Block(number: 3, more: true, sizeExponent: 2), to: &$0)
    }
    // Uri-Path twice (delta 11, then 0), Content-Format 112 (delta 1), Block1 (delta 15 = 13 + 2) of 3/1/64.
    #expect(bytes == hex("54 02 0001 aabbccdd b9 74656c656d65747279 07 77656174686572 11 70 d1 02 3a ff"))
  }

  @Test func writesLongOptionsAndZeroValues() {
    let segment = [UInt8](repeating: UInt8(ascii: "x"), count: 255)
    let bytes = encoded {
      CoAPEncoder.appendRequest(
        type: .confirmable, method: .put, messageID: 2, token: 0, tokenBytes: 0, path: [segment], contentFormat: .text,
        hasPayload: false, to: &$0)
    }
    // Length 255 is 13 and an extension of 242; a content format of 0 has no bytes.
    #expect(bytes == hex("40 03 0002 bd f2") + segment + hex("10"))
  }
}

/// The head of a message given in hexadecimal.
private func head(_ digits: String) -> CoAPReply? {
  let bytes = hex(digits)
  return CoAPReply(bytes.span.bytes)
}

struct CoAPReplyTests {
  @Test func readsAHead() throws {
    let reply = try #require(head("62 44 1234 beef ff 6f6b"))
    #expect(reply.type == .acknowledgement)
    #expect((reply.codeClass, reply.codeDetail) == (2, 4))
    #expect(reply.messageID == 0x1234 && reply.token == 0xBEEF)
    #expect(reply.isSuccess && !reply.isEmpty)
  }

  @Test(arguments: ["", "604412", "a0441234", "69441234", "62441234ff"])
  func refusesWhatIsNone(digits: String) {
    #expect(head(digits) == nil)
  }
}

struct CoAPExchangesTests {
  private func datagram(_ messageID: UInt16) -> FleetDatagram {
    FleetDatagram(
      transport: .coap, source: 0, messageID: messageID, token: UInt64(messageID) + 1_000, isConfirmable: true,
      measurement: .weather, rows: 3)
  }

  private func reply(_ digits: String) throws -> CoAPReply {
    try #require(head(digits))
  }

  @Test func retransmitsFourTimesAndGivesUp() {
    var exchanges = CoAPExchanges(seed: 1, stream: 0)
    exchanges.begin(datagram(7), bytes: [1, 2, 3], nowNanos: 0)
    var sent: [Int64] = []
    var givenUp: Int64?
    var now: Int64 = 0
    while givenUp == nil && now < 200 * Nanos.perSecond {
      now += 10 * Nanos.perMillisecond
      var resend: [[UInt8]] = []
      if exchanges.retransmit(nowNanos: now, into: &resend) == 1 { givenUp = now }
      for bytes in resend {
        #expect(bytes == [1, 2, 3])
        sent.append(now)
      }
    }
    // The first timeout T is 2 to 3 s; then T after 2T, 4T, 8T; given up 16T later, within MAX_TRANSMIT_WAIT.
    #expect(sent.count == 4)
    #expect(sent[0] >= 2 * Nanos.perSecond && sent[0] <= 3 * Nanos.perSecond + 10 * Nanos.perMillisecond)
    for index in 1..<4 {
      let gap = sent[index] - sent[index - 1]
      #expect((gap - sent[0] << Int64(index)).magnitude <= 300 * UInt64(Nanos.perMillisecond))
    }
    #expect(givenUp.map { $0 <= 94 * Nanos.perSecond } == true)
    #expect(exchanges.count == 0)
  }

  @Test func endsAtAPiggybackedAnswer() throws {
    var exchanges = CoAPExchanges(seed: 1, stream: 0)
    exchanges.begin(datagram(1), bytes: [], nowNanos: 0)
    exchanges.begin(datagram(2), bytes: [], nowNanos: 0)
    // Another token is not this exchange's answer; another message id belongs to nothing.
    if case .unknown = exchanges.take(try reply("64 44 0001 00000001")) {} else { Issue.record("a wrong token counts") }
    if case .unknown = exchanges.take(try reply("64 44 0009 000003e9")) {} else { Issue.record("a wrong id counts") }
    guard case .acknowledged(let first) = exchanges.take(try reply("64 44 0001 000003e9")) else {
      Issue.record("2.04 does not count")
      return
    }
    #expect(first.rows == 3)
    guard case .refused = exchanges.take(try reply("64 80 0002 000003ea")) else {
      Issue.record("4.00 is no refusal")
      return
    }
    #expect(exchanges.count == 0)
    // A second acknowledgement of the same message counts for nothing.
    if case .unknown = exchanges.take(try reply("64 44 0001 000003e9")) {} else { Issue.record("it counts twice") }
  }

  @Test func waitsForASeparateAnswerWithoutSendingAgain() throws {
    var exchanges = CoAPExchanges(seed: 1, stream: 0)
    exchanges.begin(datagram(5), bytes: [9], nowNanos: 0)
    guard case .accepted = exchanges.take(try reply("60 00 0005")) else {
      Issue.record("an empty acknowledgement is not taken")
      return
    }
    var resend: [[UInt8]] = []
    #expect(exchanges.retransmit(nowNanos: 10 * Nanos.perSecond, into: &resend) == 0)
    #expect(resend.isEmpty && exchanges.count == 1)
    guard case .acknowledged = exchanges.take(try reply("44 41 4242 000003ed")) else {
      Issue.record("the separate answer is not taken")
      return
    }
    #expect(exchanges.count == 0)
  }

  @Test func takesAResetAsRefusal() throws {
    var exchanges = CoAPExchanges(seed: 1, stream: 0)
    exchanges.begin(datagram(5), bytes: [], nowNanos: 0)
    guard case .refused = exchanges.take(try reply("70 00 0005")) else {
      Issue.record("a reset is no refusal")
      return
    }
  }
}
