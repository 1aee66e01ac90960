import Mutation
import Primitives
import Protocols
import Telemetry
import Testing

struct CoAPMessageTests {
  private func read(_ bytes: [UInt8]) -> (message: CoAPMessage, reason: RejectReason?) {
    var message = CoAPMessage()
    let reason = message.read(bytes.span.bytes)
    return (message, reason)
  }

  /// RFC 7252 appendix A, figures 16 to 20: GET /temperature and its answers.
  @Test func appendixA() {
    let request: [UInt8] = [0x40, 0x01, 0x7D, 0x34, 0xBB] + Array("temperature".utf8)
    let (get, reason) = read(request)
    #expect(reason == nil)
    #expect(get.type == .confirmable && get.code == .get && get.messageID == 0x7D34 && get.tokenLength == 0)
    #expect(get.pathCount == 1 && get.lastSegment == 5..<16 && get.payload.isEmpty)

    let answer: [UInt8] = [0x60, 0x45, 0x7D, 0x34, 0xFF] + Array("22.3 C".utf8)
    let (content, answerReason) = read(answer)
    #expect(answerReason == nil)
    #expect(content.type == .acknowledgement && content.code == .content && content.payload == 5..<11)

    let (withToken, tokenReason) = read([0x41, 0x01, 0x7D, 0x35, 0x20, 0xBB] + Array("temperature".utf8))
    #expect(tokenReason == nil)
    #expect(withToken.token == 0x20 && withToken.tokenLength == 1 && withToken.lastSegment == 6..<17)

    let (ack, ackReason) = read([0x60, 0x00, 0x7D, 0x36])
    #expect(ackReason == nil && ack.code == .empty && ack.type == .acknowledgement)
  }

  @Test func optionsOfATelemetryPost() {
    let bytes: [UInt8] =
      [0x42, 0x02, 0x12, 0x34, 0xAA, 0xBB, 0xB9] + Array("telemetry".utf8) + [0x07] + Array("weather".utf8) + [
        0x11, 0x70,  // Content-Format 112
        0x51, 0x28,  // Accept 40
        0xA1, 0x1E,  // Block1 1/1/1024
        0xD1, 0x14, 0x80,  // Size1 128
        0xD8, 0xB3, 1, 2, 3, 4, 5, 6, 7, 8,  // Echo
        0x61, 0x1A,  // No-Response
        0xD2, 0x15, 9, 9,  // Request-Tag
        0xFF, 0x80,
      ]
    let (message, reason) = read(bytes)
    #expect(reason == nil)
    #expect(message.unknownCritical == 0)
    #expect(message.token == 0xAABB)
    #expect(message.pathCount == 2 && message.firstSegment.count == 9 && message.lastSegment.count == 7)
    #expect(message.contentFormat == 112 && message.accept == 40 && message.size1 == 128)
    #expect(message.block1 == CoAPBlock(number: 1, more: true, sizeExponent: 6))
    #expect(message.echo == 0x0102_0304_0506_0708)
    #expect(message.requestTag?.count == 2)
    #expect(message.noResponse == 0x1A)
    #expect(message.payload.count == 1)
  }

  @Test func extendedDeltasAndLengths() {
    // Option 11 + 269 + 300 = 580 (elective) of 13 bytes, then 2,000 more of 270 bytes.
    let bytes: [UInt8] =
      [0x40, 0x02, 0, 1, 0xB1, 0x61, 0xED, 0x01, 0x2C, 0x00] + [UInt8](repeating: 7, count: 13)
      + [0xEE, 0x06, 0xC3, 0x00, 0x01] + [UInt8](repeating: 8, count: 270) + [0xFF, 0x01]
    let (message, reason) = read(bytes)
    #expect(reason == nil)
    #expect(message.unknownCritical == 0)
    #expect(message.payload == bytes.count - 1..<bytes.count)
  }

  @Test(
    arguments: [
      ([], RejectReason.coapTooShort), ([0x40, 0x01, 0], .coapTooShort), ([0x00, 0x01, 0, 0], .coapBadVersion),
      ([0x80, 0x01, 0, 0], .coapBadVersion), ([0x49, 0x01, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], .coapBadToken),
      ([0x42, 0x01, 0, 0, 1], .coapBadToken), ([0x41, 0x00, 0, 0, 1], .coapBadToken),
      ([0x40, 0x00, 0, 0, 1], .coapBadOption), ([0x40, 0x01, 0, 0, 0xFF], .coapBadPayloadMarker),
      ([0x40, 0x01, 0, 0, 0xB5, 1], .coapBadOption), ([0x40, 0x01, 0, 0, 0xF0], .coapBadOption),
      ([0x40, 0x01, 0, 0, 0x0F], .coapBadOption), ([0x40, 0x01, 0, 0, 0xD0], .coapBadOption),
      ([0x40, 0x01, 0, 0, 0xE0, 1], .coapBadOption),
      ([0x40, 0x01, 0, 0, 0xE0, 0xFF, 0xFF], .coapBadOption), ([0x40, 0x01, 0, 0, 0xBD, 0xFF, 1], .coapBadOption),
    ] as [([UInt8], RejectReason)])
  func malformed(bytes: [UInt8], reason: RejectReason) {
    let (message, found) = read(bytes)
    #expect(found == reason)
    #expect(message.hasHeader == (reason != .coapTooShort && reason != .coapBadVersion))
  }

  @Test func criticalOptionsThatAreNotUnderstood() {
    #expect(read([0x40, 0x02, 0, 0, 0x90]).message.unknownCritical == 9)
    #expect(read([0x40, 0x02, 0, 0, 0xA0]).message.unknownCritical == 0)
    // Accept of three bytes, Block1 of four, Uri-Port twice, Uri-Host of none.
    #expect(read([0x40, 0x02, 0, 0, 0xD3, 4, 1, 2, 3]).message.unknownCritical == 17)
    #expect(read([0x40, 0x02, 0, 0, 0xD4, 14, 1, 2, 3, 4]).message.unknownCritical == 27)
    #expect(read([0x40, 0x02, 0, 0, 0x71, 1, 0x01, 1]).message.unknownCritical == 7)
    #expect(read([0x40, 0x02, 0, 0, 0x30]).message.unknownCritical == 3)
    #expect(read([0x40, 0x02, 0, 0, 0xD0, 22]).message.isForProxy)
    // An elective one of a bad length is passed over.
    let (message, reason) = read([0x40, 0x02, 0, 0, 0xC3, 1, 2, 3])
    #expect(reason == nil && message.unknownCritical == 0 && message.contentFormat == nil)
  }

  @Test func repliesNeverExceedTheirLimit() {
    for limit in 0...40 {
      var buffer = Slab<UInt8>(capacity: 64)
      var text = Slab<UInt8>(capacity: 16)
      for byte in "diagnostic".utf8 { text.append(byte) }
      buffer.append(0x55)
      var encoder = CoAPReplyEncoder(
        type: .acknowledgement, code: .badRequest, messageID: 0x1234, token: 0xABCD, tokenLength: 2, limit: limit,
        into: &buffer)
      encoder.append(option: CoAPOption.block1, value: 0x1E, into: &buffer)
      encoder.append(option: CoAPOption.size1, value: 65_536, into: &buffer)
      encoder.append(option: CoAPOption.echo, value: 1, width: 8, into: &buffer)
      encoder.append(payload: text, 0..<text.count, into: &buffer)
      let length = buffer.count - 1
      #expect(length <= max(6, limit))
      var message = CoAPMessage()
      let reason = message.read(buffer.bytes.extracting(1..<buffer.count))
      #expect(reason == nil)
      #expect(message.token == 0xABCD && message.messageID == 0x1234 && message.code == .badRequest)
      if limit == 40 {
        #expect(message.block1 == CoAPBlock(rawValue: 0x1E) && message.size1 == 65_536 && message.echo == 1)
        #expect(message.payload.count == 10)
      }
    }
  }

  @Test func mutatedMessagesAreReadInBounds() {
    var random = SeededRandom(7_252)
    let seed: [UInt8] =
      [0x42, 0x02, 0x12, 0x34, 0xAA, 0xBB, 0xB9] + Array("telemetry".utf8) + [0x07] + Array("weather".utf8)
      + [0x11, 0x70, 0xD1, 0x02, 0x1E, 0xD1, 0x14, 0x80, 0xFF, 0x80]
    var taken = 0
    for _ in 0..<20_000 {
      let bytes = random.mutated(seed)
      let (message, reason) = read(bytes)
      if reason == nil {
        taken += 1
        for range in [message.payload, message.path, message.firstSegment, message.lastSegment] {
          #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        }
      }
    }
    #expect(taken > 1_000)
  }
}
