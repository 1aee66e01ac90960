import Primitives
import Protocols
import Telemetry
import Testing

/// Bodies in blocks (RFC 7959).
struct CoAPEndpointBlockTests {
  /// A pack of 120 rows, some 4 KiB.
  static let body: [UInt8] = Array(
    ("["
      + (0..<120).map { #"{"bn":"urn:dev:mac:bb/","n":"temperature","t":\#(1_795_176_000 + $0),"v":\#($0)}"# }
      .joined(separator: ",") + "]").utf8)

  /// Sends all blocks; the last one's answer. Tokens differ by block, as those of aiocoap and libcoap do.
  @discardableResult
  private func sendAll(
    _ body: [UInt8], to server: CoAPServer, from source: SourceAddress = CoAPServer.client, sizeExponent: Int,
    firstID: UInt16, type: CoAPType = .confirmable, tag: [UInt8]? = nil
  ) -> CoAPServer.Answer {
    var number = 0
    while true {
      let size = 16 << sizeExponent
      let block = CoAPBlock(
        number: number, more: (number + 1) * size < body.count, sizeExponent: sizeExponent)
      var request = CoAPRequest(firstID &+ UInt16(number)).with(block: block, of: body)
      request.type = type
      request.token = [UInt8(number & 255), 1]
      if let tag { request = request.with(CoAPOption.requestTag, tag) }
      let answer = server.send(request, from: source)
      if !block.more { return answer }
      #expect(answer.verdict == .decoded && answer.rows == 0)
      #expect(answer.code == .continued)
      #expect(answer.message?.block1 == block)
      #expect(answer.message?.type == (type == .confirmable ? .acknowledgement : .nonConfirmable))
      #expect(server.send(request, from: source).verdict == .rejected(.duplicateMessage))
      number += 1
    }
  }

  @Test(arguments: 0...6)
  func aBodyIsPutTogether(sizeExponent: Int) throws {
    let server = CoAPServer()
    for type in [CoAPType.confirmable, .nonConfirmable] {
      let last = sendAll(
        Self.body, to: server, sizeExponent: sizeExponent, firstID: type == .confirmable ? 0 : 10_000, type: type)
      #expect(last.verdict == .decoded && last.rows == 120)
      let reply = try #require(server.commit(last)?.answer.message)
      let size = 16 << sizeExponent
      #expect(reply.code == .changed)
      #expect(
        reply.block1
          == CoAPBlock(number: (Self.body.count - 1) / size, more: false, sizeExponent: sizeExponent))
    }
  }

  @Test func aBodyOfOneBlock() throws {
    let server = CoAPServer()
    let block = CoAPBlock(number: 0, more: false, sizeExponent: 6)
    let answer = server.send(CoAPRequest(1).with(block: block, of: CoAPRequest.pack))
    #expect(answer.rows == 1)
    #expect(try #require(server.commit(answer)?.answer.message).block1 == block)
  }

  @Test func bodiesOfDifferentSourcesPathsAndTagsStayApart() {
    let server = CoAPServer()
    let block = CoAPBlock(number: 0, more: true, sizeExponent: 2)
    let last = CoAPBlock(number: 1, more: false, sizeExponent: 2)
    let pack = CoAPRequest.pack
    var other = CoAPServer.client
    other.port += 1
    let senders: [(SourceAddress, CoAPRequest)] = [
      (CoAPServer.client, CoAPRequest(1)), (other, CoAPRequest(1)), (CoAPServer.client, CoAPRequest(3, path: "t/rain")),
      (CoAPServer.client, CoAPRequest(5).with(CoAPOption.requestTag, [1])),
    ]
    for (source, request) in senders {
      #expect(server.send(request.with(block: block, of: pack), from: source).code == .continued)
    }
    // A fifth finds no place.
    let fifth = CoAPRequest(7).with(CoAPOption.requestTag, [2])
    let full = server.send(fifth.with(block: block, of: pack))
    #expect(full.verdict == .rejected(.coapBodiesFull) && full.code == .serviceUnavailable)
    for (source, request) in senders {
      var request = request
      request.messageID += 100
      #expect(server.send(request.with(block: last, of: pack), from: source).rows == 1)
    }
    var again = fifth
    again.messageID = 300
    #expect(server.send(again.with(block: block, of: pack)).code == .continued)
  }

  @Test func aBlockThatDoesNotFit() {
    let server = CoAPServer()
    func send(_ id: UInt16, _ number: Int, _ more: Bool) -> CoAPServer.Answer {
      server.send(
        CoAPRequest(id).with(block: CoAPBlock(number: number, more: more, sizeExponent: 0), of: Self.body))
    }
    let unknown = send(1, 3, true)
    #expect(unknown.verdict == .rejected(.coapBadBlock) && unknown.code == .requestEntityIncomplete)
    #expect(send(2, 0, true).code == .continued)
    #expect(send(3, 2, true).code == .requestEntityIncomplete, "block 1 is missing")
    #expect(send(4, 1, true).code == .requestEntityIncomplete, "and the body is gone")
    // It may begin anew, also in the middle.
    #expect(send(5, 0, true).code == .continued)
    #expect(send(6, 1, true).code == .continued)
    #expect(send(7, 0, true).code == .continued)
    #expect(send(8, 1, true).code == .continued)
  }

  @Test func sizesThatAreNotTheBlocks() {
    let server = CoAPServer()
    let block = CoAPBlock(number: 0, more: true, sizeExponent: 2)
    var short = CoAPRequest(1).with(block: block, of: Self.body)
    short.payload.removeLast()
    #expect(server.send(short).verdict == .rejected(.coapBadBlock))
    #expect(server.send(short).code == .badRequest)
    var reserved = CoAPRequest(2).with(CoAPOption.block1, [0x0F])
    reserved.payload = Self.body
    #expect(server.send(reserved).code == .badRequest)
    let empty = CoAPRequest(3).with(CoAPOption.block1, [0x12])
    #expect(server.send(empty).code == .badRequest)
    let emptyFirst = CoAPRequest(4).with(CoAPOption.block1, [0x0A])
    #expect(server.send(emptyFirst).code == .badRequest)
  }

  @Test func theBlockSizeMayShrinkWhereOffsetsAgree() {
    let server = CoAPServer()
    let pack = CoAPRequest.pack
    let first = CoAPBlock(number: 0, more: true, sizeExponent: 1)
    #expect(server.send(CoAPRequest(1).with(block: first, of: pack)).code == .continued)
    var number = 2
    var answer: CoAPServer.Answer
    repeat {
      let block = CoAPBlock(number: number, more: (number + 1) * 16 < pack.count, sizeExponent: 0)
      answer = server.send(CoAPRequest(UInt16(number)).with(block: block, of: pack))
      number += 1
    } while answer.code == .continued
    #expect(answer.rows == 1)
  }

  @Test func aBodyThatIsTooLarge() throws {
    let server = CoAPServer(bodyBytes: 40)
    let first = CoAPBlock(number: 0, more: true, sizeExponent: 1)
    let told = server.send(CoAPRequest(1).with(CoAPOption.size1, [41]).with(block: first, of: Self.body))
    #expect(told.verdict == .rejected(.coapBodyTooLarge) && told.code == .requestEntityTooLarge)
    #expect(told.message?.size1 == 40)
    #expect(server.send(CoAPRequest(2).with(block: first, of: Self.body)).code == .continued)
    let second = CoAPBlock(number: 1, more: true, sizeExponent: 1)
    #expect(server.send(CoAPRequest(3).with(block: second, of: Self.body)).code == .requestEntityTooLarge)
    #expect(server.send(CoAPRequest(4).with(block: second, of: Self.body)).code == .requestEntityIncomplete)
  }

  @Test func bodiesExpire() {
    let server = CoAPServer(bodies: 1)
    let block = CoAPBlock(number: 0, more: true, sizeExponent: 2)
    #expect(server.send(CoAPRequest(1).with(block: block, of: Self.body)).code == .continued)
    #expect(server.send(CoAPRequest(2, path: "t/rain").with(block: block, of: Self.body)).code == .serviceUnavailable)
    server.nowNanos += 247 * Nanos.perSecond
    let next = CoAPBlock(number: 1, more: true, sizeExponent: 2)
    #expect(server.send(CoAPRequest(3).with(block: next, of: Self.body)).code == .requestEntityIncomplete)
    #expect(server.send(CoAPRequest(4, path: "t/rain").with(block: block, of: Self.body)).code == .continued)
  }

  @Test func aBadBodyIsRefusedWithItsReason() {
    let server = CoAPServer()
    let answer = sendAll(Array(Self.body.dropLast(30)), to: server, sizeExponent: 5, firstID: 1)
    #expect(answer.verdict == .rejected(.senmlBadJSON) && answer.code == .badRequest && answer.rows == 0)
    let text = CoAPBlock(number: 0, more: true, sizeExponent: 0)
    let refused = server.send(CoAPRequest(900, contentFormat: 0).with(block: text, of: Self.body))
    #expect(refused.code == .unsupportedContentFormat)
  }
}
