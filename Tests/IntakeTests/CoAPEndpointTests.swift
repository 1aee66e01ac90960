import Intake
import Primitives
import Protocols
import Telemetry
import Testing

struct CoAPEndpointTests {
  @Test func aConfirmableRequestIsAnsweredAfterItsCommitOnly() throws {
    let server = CoAPServer()
    let sent = server.send(.row(1))
    #expect(sent.verdict == .decoded)
    #expect(sent.rows == 1 && sent.fields == 2)
    #expect(sent.bytes == nil)
    let reply = try #require(server.commit(sent))
    #expect(reply.to == CoAPServer.client)
    // 2.04 in the acknowledgement, with the request's id and token.
    #expect(reply.answer.bytes == [0x62, 0x44, 0x00, 0x01, 0xAA, 0xBB])
    #expect(server.commit(sent) == nil, "answered once")
  }

  @Test func aRetransmissionIsProcessedOnceAndAnsweredAlike() throws {
    let server = CoAPServer()
    let sent = server.send(.row(1))
    let early = server.send(.row(1))
    #expect(early.verdict == .rejected(.duplicateMessage))
    #expect(early.bytes == nil && early.exchange == nil && early.rows == 0)
    let reply = try #require(server.commit(sent))
    for _ in 0..<3 {
      let late = server.send(.row(1))
      #expect(late.verdict == .rejected(.duplicateMessage))
      #expect(late.bytes == reply.answer.bytes)
      #expect(late.rows == 0)
    }
    var elsewhere = CoAPServer.client
    elsewhere.port += 1
    #expect(server.send(.row(1), from: elsewhere).verdict == .decoded)
    #expect(server.send(.row(2)).verdict == .decoded)
  }

  @Test func messageIDsAreFreeAgainAfterTheirLifetime() {
    let server = CoAPServer()
    _ = server.send(.row(1))
    _ = server.send(.row(2, type: .nonConfirmable))
    server.nowNanos += 144 * Nanos.perSecond
    #expect(server.send(.row(1)).verdict == .rejected(.duplicateMessage))
    #expect(server.send(.row(2, type: .nonConfirmable)).verdict == .rejected(.duplicateMessage))
    server.nowNanos += Nanos.perSecond
    #expect(server.send(.row(1)).verdict == .rejected(.duplicateMessage))
    #expect(server.send(.row(2, type: .nonConfirmable)).verdict == .decoded)
    server.nowNanos += 102 * Nanos.perSecond
    #expect(server.send(.row(1)).verdict == .decoded)
  }

  @Test func theOldestMessageMakesRoom() {
    let server = CoAPServer(exchanges: 64)
    let first = server.send(.row(0))
    for id in 1...64 { _ = server.send(.row(UInt16(id))) }
    #expect(server.endpoint.evictions == 1)
    #expect(server.endpoint.exchangeCount == 64)
    #expect(server.commit(first) == nil, "forgotten, so not answered")
    #expect(server.send(.row(1)).verdict == .rejected(.duplicateMessage))
    #expect(server.send(.row(0)).verdict == .decoded)
    // What has expired goes without being counted.
    server.nowNanos += 300 * Nanos.perSecond
    let evictions = server.endpoint.evictions
    for id in 1_000...1_100 { _ = server.send(.row(UInt16(id))) }
    #expect(server.endpoint.evictions > evictions)
    #expect(server.endpoint.exchangeCount <= 64)
  }

  @Test func theTableGrowsToItsLimitAndKeepsAll() {
    let server = CoAPServer(exchanges: 8_192)
    let sent = (0..<8_000).map { server.send(.row(UInt16($0))) }
    #expect(server.endpoint.evictions == 0)
    #expect(server.endpoint.exchangeCount == 8_000)
    for (id, answer) in sent.enumerated() {
      #expect(server.send(.row(UInt16(id))).verdict == .rejected(.duplicateMessage))
      #expect(server.commit(answer)?.answer.message?.messageID == UInt16(id))
    }
  }

  @Test func aNonConfirmableRequestGetsAMessageOfItsOwn() throws {
    let server = CoAPServer()
    let sent = server.send(.row(1, type: .nonConfirmable))
    let reply = try #require(server.commit(sent)?.answer.message)
    #expect(reply.type == .nonConfirmable && reply.code == .changed && reply.token == 0xAABB)
    #expect(server.send(.row(1, type: .nonConfirmable)).bytes == nil, "duplicates are passed over in silence")
    let next = try #require(server.commit(server.send(.row(2, type: .nonConfirmable)))?.answer.message)
    #expect(next.messageID == reply.messageID &+ 1)
  }

  @Test func noResponseIsHonoured() throws {
    let server = CoAPServer()
    let quiet = CoAPRequest.row(1, type: .nonConfirmable).with(CoAPOption.noResponse, [2])
    #expect(server.commit(server.send(quiet)) == nil)
    var failing = quiet
    failing.messageID = 2
    #expect(server.commit(server.send(failing), .unavailable)?.answer.code == .serviceUnavailable)
    let confirmable = CoAPRequest.row(3).with(CoAPOption.noResponse, [2])
    #expect(server.commit(server.send(confirmable))?.answer.bytes == [0x60, 0x00, 0x00, 0x03])
  }

  @Test func whatBecameOfTheRowsIsSaid() {
    let server = CoAPServer()
    let cases: [(RowFate, CoAPCode)] = [
      (.stored, .changed), (.unavailable, .serviceUnavailable), (.failed, .internalServerError),
      (.refused(.unknownDevice), .forbidden), (.refused(.sourceNotAllowed), .forbidden),
      (.refused(.badName), .badRequest), (.refused(.textTooLong), .requestEntityTooLarge),
    ]
    for (id, (result, code)) in cases.enumerated() {
      #expect(server.commit(server.send(.row(UInt16(id))), result)?.answer.code == code)
      let again = server.send(.row(UInt16(id)))
      if result == .unavailable || result == .failed {
        #expect(server.commit(again)?.answer.code == .changed, "what was not kept is taken anew")
      } else {
        #expect(again.code == code, "the same again")
      }
    }
  }

  @Test func emptyMessages() {
    let server = CoAPServer()
    let ping = server.send([0x40, 0x00, 0x12, 0x34])
    #expect(ping.verdict == .decoded)
    #expect(ping.bytes == [0x70, 0x00, 0x12, 0x34])
    for type: UInt8 in [0x50, 0x60, 0x70] {
      let answer = server.send([type, 0x00, 0x12, 0x34])
      #expect(answer.verdict == .rejected(.coapNotARequest))
      #expect(answer.bytes == nil)
    }
  }

  @Test func responsesAreNotAnswered() {
    let server = CoAPServer()
    for type: UInt8 in [0x40, 0x50, 0x60, 0x70] {
      let answer = server.send([type, 0x45, 0x12, 0x34, 0xFF, 0x31])
      #expect(answer.verdict == .rejected(.coapNotARequest))
      #expect(answer.bytes == nil)
    }
    // A request's code in an acknowledgement is none either.
    #expect(server.send([0x60, 0x02, 0, 1]).verdict == .rejected(.coapNotARequest))
    // A reserved class is malformed.
    #expect(server.send([0x40, 0x21, 0, 2]).bytes == [0x70, 0x00, 0x00, 0x02])
  }

  @Test func malformedMessagesAreReset() {
    let server = CoAPServer()
    let confirmable = server.send([0x40, 0x02, 0x12, 0x34, 0xFF])
    #expect(confirmable.verdict == .rejected(.coapBadPayloadMarker))
    #expect(confirmable.bytes == [0x70, 0x00, 0x12, 0x34])
    #expect(server.send([0x50, 0x02, 0x12, 0x34, 0xFF]).bytes == nil)
    #expect(server.send([0x80, 0x02, 0x12, 0x34]).verdict == .rejected(.coapBadVersion))
    #expect(server.send([0x80, 0x02, 0x12, 0x34]).bytes == nil)
    #expect(server.send([0x40]).verdict == .rejected(.coapTooShort))
  }

  private struct Refusal {
    var request: CoAPRequest
    var code: CoAPCode
    var reason: RejectReason
  }

  @Test func refusalsSayTheirReason() throws {
    let pack = CoAPRequest.pack
    func method(_ code: CoAPCode, path: String = "telemetry/weather") -> CoAPRequest {
      var request = CoAPRequest(0, path: path, payload: pack)
      request.code = code
      return request
    }
    let cases: [Refusal] = [
      Refusal(request: CoAPRequest(0, path: "", payload: pack), code: .notFound, reason: .coapNotFound),
      Refusal(request: CoAPRequest(0, path: "a/", payload: pack), code: .notFound, reason: .coapNotFound),
      Refusal(request: method(.get, path: ""), code: .notFound, reason: .coapNotFound),
      Refusal(request: method(.get), code: .methodNotAllowed, reason: .coapMethodNotAllowed),
      Refusal(request: method(CoAPCode(0, 4)), code: .methodNotAllowed, reason: .coapMethodNotAllowed),
      Refusal(request: method(CoAPCode(0, 5)), code: .methodNotAllowed, reason: .coapMethodNotAllowed),
      Refusal(request: method(CoAPCode(0, 31)), code: .methodNotAllowed, reason: .coapMethodNotAllowed),
      Refusal(request: method(.post, path: ".well-known/core"), code: .methodNotAllowed, reason: .coapMethodNotAllowed),
      Refusal(request: method(.get, path: ".well-known/x"), code: .notFound, reason: .coapNotFound),
      Refusal(request: CoAPRequest(0, path: "a/..", payload: pack), code: .badRequest, reason: .coapBadOption),
      Refusal(request: CoAPRequest(0), code: .badRequest, reason: .coapMissingPayload),
      Refusal(
        request: CoAPRequest(0, contentFormat: 0, payload: pack), code: .unsupportedContentFormat,
        reason: .coapUnsupportedFormat),
      Refusal(
        request: CoAPRequest(0, contentFormat: nil, payload: Array("x=1".utf8)), code: .unsupportedContentFormat,
        reason: .coapUnsupportedFormat),
      Refusal(
        request: CoAPRequest(0, payload: Array("[{\"n\":\"d\"},{\"n\":\"e\"}]".utf8)), code: .badRequest,
        reason: .senmlMissingValue),
      Refusal(
        request: CoAPRequest(0, contentFormat: 112, payload: pack), code: .badRequest, reason: .senmlNotAPack),
      Refusal(
        request: CoAPRequest(0, payload: pack).with(9, [1]), code: .badOption, reason: .coapUnknownCriticalOption),
      Refusal(
        request: CoAPRequest(0, payload: pack).with(CoAPOption.proxyURI, Array("coap://x/y".utf8)),
        code: .proxyingNotSupported, reason: .coapUnknownCriticalOption),
    ]
    let server = CoAPServer()
    for (index, refusal) in cases.enumerated() {
      var request = refusal.request
      request.messageID = UInt16(index)
      let answer = server.send(request)
      #expect(answer.verdict == .rejected(refusal.reason), "\(request)")
      #expect(answer.code == refusal.code, "\(request)")
      #expect(answer.rows == 0)
      let label = try #require(answer.payload)
      #expect(refusal.reason.label.hasPrefix(label))
      #expect(server.send(request).bytes == answer.bytes, "the same again")
    }
  }

  @Test func aCriticalOptionInANonConfirmableMessageIsPassedOver() {
    let server = CoAPServer()
    let answer = server.send(CoAPRequest.row(1, type: .nonConfirmable).with(9, [1]))
    #expect(answer.verdict == .rejected(.coapUnknownCriticalOption))
    #expect(answer.bytes == nil)
  }

  @Test func formatsThatAreTaken() {
    let server = CoAPServer()
    let cbor: [UInt8] = [0x81, 0xA2, 0x00, 0x61, 0x64, 0x02, 0x01]
    let cases: [(UInt8?, [UInt8])] = [
      (110, CoAPRequest.pack), (111, CoAPRequest.pack), (50, CoAPRequest.pack), (nil, CoAPRequest.pack),
      (112, cbor), (113, cbor), (60, cbor), (nil, cbor),
    ]
    for (index, (format, payload)) in cases.enumerated() {
      var request = CoAPRequest(UInt16(index), contentFormat: format, payload: payload)
      #expect(server.send(request).verdict == .decoded)
      request.code = .put
      request.messageID += 100
      #expect(server.send(request).verdict == .decoded)
    }
  }

  @Test func theLastSegmentIsTheMeasurement() throws {
    let server = CoAPServer()
    _ = server.send(CoAPRequest(1, path: "a/b/mưa", payload: CoAPRequest.pack))
    let key = server.out.seriesKey(of: 0)
    #expect(key?.measurement == "mưa")
    #expect(key?.device == "urn:dev:mac:aa")
  }
}
