import Mutation
import Primitives
import Telemetry
import Testing

@testable import Intake
@testable import Protocols

/// What goes to addresses that are not known to be the senders' own.
struct CoAPEndpointAddressTests {
  private func listing(_ messageID: UInt16) -> CoAPRequest {
    var request = CoAPRequest(messageID, path: ".well-known/core", contentFormat: nil)
    request.code = .get
    return request
  }

  @Test func theListingNeedsAProofOfTheAddress() throws {
    let server = CoAPServer()
    let challenge = server.send(listing(1))
    #expect(challenge.verdict == .decoded)
    #expect(challenge.code == .unauthorized)
    let bytes = try #require(challenge.bytes)
    #expect(bytes.count <= listing(1).bytes.count)
    let token = Array(bytes.suffix(8))
    #expect(challenge.message?.echo != nil)

    // Somebody else's token proves nothing.
    var other = CoAPServer.client
    other.port += 1
    #expect(server.send(listing(2).with(CoAPOption.echo, token), from: other).code == .unauthorized)

    let answer = server.send(listing(2).with(CoAPOption.echo, token))
    #expect(answer.code == .content)
    #expect(answer.payload == "</telemetry>;rt=\"senml\";ct=\"110 112\"")
    // It is remembered for a while.
    #expect(server.send(listing(3)).code == .content)
    server.nowNanos += 248 * Nanos.perSecond
    #expect(server.send(listing(4)).code == .unauthorized)
    #expect(server.send(listing(5).with(CoAPOption.echo, token)).code == .unauthorized, "the token is stale")
  }

  @Test func theListingInBlocks() throws {
    let server = CoAPServer()
    let token = Array(try #require(server.send(listing(1)).bytes).suffix(8))
    var text = ""
    for number in 0..<4 {
      let block = CoAPBlock(number: number, more: false, sizeExponent: 0)
      let request = listing(UInt16(2 + number)).with(CoAPOption.echo, token)
        .with(CoAPOption.block2, CoAPRequest.fewest(block.rawValue))
      let answer = server.send(request)
      if number == 3 {
        #expect(answer.code == .badRequest, "there are three blocks")
      } else {
        #expect(answer.message?.block2 == CoAPBlock(number: number, more: number < 2, sizeExponent: 0))
        text += try #require(answer.payload)
      }
    }
    #expect(text == "</telemetry>;rt=\"senml\";ct=\"110 112\"")
    #expect(server.send(listing(9).with(CoAPOption.accept, [40])).code == .content)
    #expect(server.send(listing(10).with(CoAPOption.accept, [50])).code == .notAcceptable)
  }

  /// No datagram, whatever it is, is answered by a larger one; none crashes; none leaves rows that were refused.
  @Test func noReplyIsLargerThanItsRequest() {
    let body = CoAPEndpointBlockTests.body
    let seeds = [
      CoAPRequest.row(1).bytes, listing(2).bytes, CoAPRequest(3).bytes, CoAPRequest(4, path: "").bytes,
      listing(5).with(CoAPOption.block2, [0x00]).bytes, CoAPRequest(6, path: "x", contentFormat: nil).bytes,
      CoAPRequest(7).with(block: CoAPBlock(number: 0, more: true, sizeExponent: 0), of: body).bytes,
      CoAPRequest(8).with(block: CoAPBlock(number: 1, more: false, sizeExponent: 0), of: body).bytes,
      CoAPRequest(9).with(CoAPOption.size1, [0xFF, 0xFF, 0xFF]).bytes, [0x40, 0, 0, 1],
    ]
    var random = SeededRandom(9_175)
    let server = CoAPServer(exchanges: 256)
    var replies = 0
    var commits = 0
    var reasons: Set<RejectReason> = []
    for round in 0..<30_000 {
      var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
      for _ in 0..<Int(random.next() % 5) where !bytes.isEmpty {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        default: bytes.removeLast(Int(random.next() % 3) % bytes.count)
        }
      }
      if bytes.count >= 4 && random.next() % 4 != 0 {
        bytes[2] = UInt8(truncatingIfNeeded: round >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: round)
      }
      server.nowNanos += Int64(random.next() % 100) * Nanos.perMillisecond
      let answer = server.send(bytes)
      if let reply = answer.bytes {
        replies += 1
        #expect(reply.count <= bytes.count, "\(bytes)")
        #expect(answer.message != nil, "\(bytes)")
      }
      switch answer.verdict {
      case .rejected(let reason):
        reasons.insert(reason)
        #expect(answer.rows == 0 && answer.exchange == nil)
      case .decoded:
        #expect((answer.rows > 0) == (answer.exchange != nil))
      }
      if let committed = server.commit(answer, random.next() % 4 == 0 ? .refused(.unknownDevice) : .stored) {
        commits += 1
        #expect(committed.answer.bytes!.count <= bytes.count)
      }
    }
    #expect(replies > 10_000 && commits > 500)
    #expect(reasons.count > 12)
  }

  @Test func aFullReplyBufferIsCountedNotOverrun() {
    let server = CoAPServer()
    var unsent = 0
    for id in 0..<20_000 {
      let bytes = [0x40, 0x02, UInt8(id >> 8), UInt8(id & 255), 0xB1, 0x61] as [UInt8]
      let outcome = server.endpoint.receive(
        bytes.span.bytes, source: CoAPServer.client, arrivalNanos: 0, monotonicNanos: server.nowNanos,
        into: &server.out)
      if outcome.reply == .none { unsent += 1 }
    }
    #expect(server.endpoint.repliesUnsent == 0 && unsent == 0, "120,000 bytes fit")
    for id in 20_000..<65_536 {
      let bytes = [0x40, 0x02, UInt8(id >> 8), UInt8(id & 255), 0xB1, 0x61] as [UInt8]
      let outcome = server.endpoint.receive(
        bytes.span.bytes, source: CoAPServer.client, arrivalNanos: 0, monotonicNanos: server.nowNanos,
        into: &server.out)
      if outcome.reply == .none { unsent += 1 }
    }
    #expect(unsent > 0 && server.endpoint.repliesUnsent == UInt64(unsent))
  }

  /// The vector of the paper's appendix A: key 00…0f, message 00…0e.
  @Test func sipHash() {
    var hash = SipHash(key: (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908))
    hash.combine(0x0706_0504_0302_0100)
    #expect(hash.finish(last: 0x0F0E_0D0C_0B0A_0908) == 0xA129_CA61_49BE_45E5)
  }
}
