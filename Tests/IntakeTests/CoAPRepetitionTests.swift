import Primitives
import Telemetry
import Testing
@testable import Protocols

/// What is a retransmission, and what must not be forgotten for another's sake.
@Suite struct CoAPRepetitionTests {
  private static func host(_ number: Int, port: UInt16 = 40_000) -> SourceAddress {
    SourceAddress(ipv4: 0x0A01_0000 | UInt32(number), port: port)
  }

  private static func row(_ id: UInt16, token: [UInt8], value: Int, type: CoAPType = .confirmable) -> CoAPRequest {
    var request = CoAPRequest(id, payload: Array(#"[{"n":"d/v","v":\#(value)}]"#.utf8))
    request.token = token
    request.type = type
    return request
  }

  @Test func theSameIDWithOtherOctetsIsAnotherRequest() throws {
    let server = CoAPServer()
    let first = server.send(Self.row(7, token: [1], value: 1))
    // Another token, another value, another path: each is a request, before and after the first one's commit.
    let second = server.send(Self.row(7, token: [2], value: 1))
    #expect(first.verdict == .decoded && second.verdict == .decoded && second.rows == 1)
    #expect(try #require(server.commit(first)).answer.message?.token == 1)
    #expect(try #require(server.commit(second)).answer.message?.token == 2)
    let third = server.send(Self.row(7, token: [1], value: 2))
    #expect(third.verdict == .decoded)
    #expect(try #require(server.commit(third)).answer.code == .changed)
    var elsewhere = CoAPRequest(7, path: "telemetry/rain", payload: Array(#"[{"n":"d/v","v":1}]"#.utf8))
    elsewhere.token = [1]
    #expect(server.send(elsewhere).verdict == .decoded)
    // Each is still known by itself, and answered with its own token.
    for token: UInt8 in [1, 2] {
      let again = server.send(Self.row(7, token: [token], value: 1))
      #expect(again.verdict == .rejected(.duplicateMessage) && again.message?.token == UInt64(token))
    }
  }

  @Test(arguments: [RowFate.unavailable, .failed]) func whatWasNotKeptIsTakenAnew(_ result: RowFate) {
    let server = CoAPServer()
    let first = server.send(.row(1))
    #expect(server.commit(first, result)?.answer.code?.codeClass == 5)
    let again = server.send(.row(1))
    #expect(again.verdict == .decoded && again.rows == 1)
    #expect(server.commit(again)?.answer.code == .changed)
    #expect(server.send(.row(1)).verdict == .rejected(.duplicateMessage))
  }

  @Test func whatIsRefusedAtOnceTakesNoPlace() {
    let server = CoAPServer(exchanges: 64)
    let first = server.send(.row(1))
    for id in 0..<1_000 {
      var request = CoAPRequest(UInt16(id), path: "", contentFormat: nil)
      request.type = .nonConfirmable
      request.code = .get
      #expect(server.send(request).verdict != .decoded)
    }
    #expect(server.endpoint.exchangeCount == 1 && server.endpoint.evictions == 0)
    #expect(server.commit(first)?.answer.code == .changed)
  }

  @Test func aFloodForgetsItsOwn() {
    let server = CoAPServer(exchanges: 64)
    let friend = server.send(Self.row(1, token: [1], value: 1), from: Self.host(1))
    // Messages that are not confirmable take the places that are left, from however many hosts they come.
    for id in 0..<500 {
      let source = Self.host(100 + id % 50)
      #expect(server.send(Self.row(UInt16(id), token: [], value: id, type: .nonConfirmable), from: source).rows == 1)
    }
    #expect(server.send(Self.row(1, token: [1], value: 1), from: Self.host(1)).verdict == .rejected(.duplicateMessage))
    // Confirmable ones of one host, whatever its port, make that host's own forgotten.
    for id in 0..<500 {
      let source = Self.host(2, port: UInt16(1_000 + id))
      #expect(server.send(Self.row(UInt16(id), token: [], value: id), from: source).rows == 1)
    }
    #expect(server.send(Self.row(1, token: [1], value: 1), from: Self.host(1)).verdict == .rejected(.duplicateMessage))
    #expect(server.commit(friend)?.answer.code == .changed)
    #expect(server.endpoint.evictions > 900 && server.endpoint.exchangeCount == 64)
  }

  // MARK: bodies

  private static func begin(_ id: UInt16, _ path: String) -> CoAPRequest {
    CoAPRequest(id, path: path).with(
      block: CoAPBlock(number: 0, more: true, sizeExponent: 0), of: Array(#"[{"n":"d/v","v":1}]"#.utf8))
  }

  private static func end(_ id: UInt16, _ path: String) -> CoAPRequest {
    CoAPRequest(id, path: path).with(
      block: CoAPBlock(number: 1, more: false, sizeExponent: 0), of: Array(#"[{"n":"d/v","v":1}]"#.utf8))
  }

  @Test func halfBodiesOfOneHostGiveWay() {
    let server = CoAPServer(bodies: 8)
    // Whatever the port: all of IPv4's address, all of an IPv6 network.
    for id in 0..<8 {
      let answer = server.send(Self.begin(UInt16(id), "t/x\(id)"), from: Self.host(9, port: UInt16(5_000 + id)))
      #expect(answer.code == .continued)
    }
    #expect(server.send(Self.begin(50, "t/more"), from: Self.host(9)).code == .serviceUnavailable)
    server.nowNanos += Nanos.perSecond
    for friend in 1...3 {
      #expect(server.send(Self.begin(1, "t/a"), from: Self.host(friend)).code == .continued)
    }
    for friend in 1...3 {
      let last = server.send(Self.end(2, "t/a"), from: Self.host(friend))
      #expect(last.rows == 1 && server.commit(last)?.answer.code == .changed)
    }
    // The oldest of the host went first.
    #expect(server.send(Self.end(60, "t/x0"), from: Self.host(9, port: 5_000)).code == .requestEntityIncomplete)
    #expect(server.send(Self.end(61, "t/x7"), from: Self.host(9, port: 5_007)).rows == 1)
  }

  /// Who has an IPv6 network has all of its addresses; neighbours in one are told apart all the same.
  @Test func halfBodiesOfOneNetworkGiveWay() {
    func host(_ network: UInt64, _ number: UInt64) -> SourceAddress {
      SourceAddress(high: 0x2001_0DB8 << 32 | network, low: number, port: 40_000)
    }
    let server = CoAPServer(bodies: 8)
    for id in 0..<8 {
      #expect(server.send(Self.begin(UInt16(id), "t/x"), from: host(1, UInt64(id))).code == .continued)
    }
    #expect(server.send(Self.begin(9, "t/x"), from: host(1, 99)).code == .serviceUnavailable)
    #expect(server.send(Self.begin(9, "t/x"), from: host(2, 1)).code == .continued)
    let other = CoAPServer(bodies: 8)
    for id in 0..<8 {
      #expect(other.send(Self.begin(UInt16(id), "t/x\(id)"), from: host(1, 1)).code == .continued)
    }
    #expect(other.send(Self.begin(9, "t/x"), from: host(1, 2)).code == .continued)
  }

  @Test func aBodyThatRestsGivesWay() {
    let server = CoAPServer(bodies: 2)
    for host in 1...2 { #expect(server.send(Self.begin(1, "t/a"), from: Self.host(host)).code == .continued) }
    #expect(server.send(Self.begin(1, "t/a"), from: Self.host(3)).code == .serviceUnavailable)
    server.nowNanos += Int64(Limits.coapBodyIdleSeconds) * Nanos.perSecond
    // The same octets again: nothing came of them before.
    #expect(server.send(Self.begin(1, "t/a"), from: Self.host(3)).code == .continued)
  }
}
