import Primitives
import Telemetry
import Testing

@testable import Protocols

@Suite struct CoAPFreshnessTests {
  private static let source = SourceAddress(ipv4: 0x0A00_0001, port: 40_000)
  private static let window = 64 * Nanos.perSecond

  @Test func aTokenIsTakenForOneToTwoWindows() {
    var freshness = CoAPFreshness(key: (1, 2))
    let token = freshness.token(Self.source, nowNanos: Self.window)
    for (now, isTaken) in [
      (Self.window, true), (2 * Self.window - 1, true), (3 * Self.window - 1, true), (3 * Self.window, false),
      (Self.window - 1, false),
    ] as [(Int64, Bool)] {
      var other = CoAPFreshness(key: (1, 2))
      other.verify(Self.source, echo: token, nowNanos: now, expiresNanos: .max)
      let isVerified = other.isVerified(Self.source, nowNanos: now)
      #expect(isVerified == isTaken, "at \(now)")
    }
    freshness.verify(Self.source, echo: token ^ 1, nowNanos: Self.window, expiresNanos: .max)
    let isForged = freshness.isVerified(Self.source, nowNanos: Self.window)
    #expect(!isForged)
  }

  /// Before the start of time too, where division rounds down.
  @Test func windowsBeforeZeroAreNotTwiceAsLong() {
    let freshness = CoAPFreshness(key: (1, 2))
    let tokens = [-Self.window - 1, -Self.window, -1, 0, Self.window - 1, Self.window].map {
      freshness.token(Self.source, nowNanos: $0)
    }
    #expect(tokens[1] == tokens[2] && tokens[3] == tokens[4])
    #expect(Set(tokens).count == 4)
  }

  @Test func aTokenIsOfOneAddressPortAndKey() {
    let token = CoAPFreshness(key: (1, 2)).token(Self.source, nowNanos: 0)
    for (key, source) in [
      ((1, 3), Self.source), ((2, 2), Self.source), ((1, 2), SourceAddress(ipv4: 0x0A00_0001, port: 40_001)),
      ((1, 2), SourceAddress(ipv4: 0x0A00_0002, port: 40_000)),
    ] as [((UInt64, UInt64), SourceAddress)] {
      var freshness = CoAPFreshness(key: key)
      freshness.verify(source, echo: token, nowNanos: 0, expiresNanos: .max)
      let isVerified = freshness.isVerified(source, nowNanos: 0)
      #expect(!isVerified)
    }
  }

  @Test func aProofExpiresAndIsOfNobodyElse() {
    var freshness = CoAPFreshness(key: (1, 2))
    freshness.verify(
      Self.source, echo: freshness.token(Self.source, nowNanos: 0), nowNanos: 0, expiresNanos: 100)
    let before = freshness.isVerified(Self.source, nowNanos: 99)
    let at = freshness.isVerified(Self.source, nowNanos: 100)
    #expect(before && !at)
    // The table is bounded: among many who proved nothing none is taken for this one, whatever the place.
    let others = (0..<3 * UInt32(Limits.coapProofs)).count { number in
      freshness.isVerified(SourceAddress(ipv4: number, port: 1), nowNanos: 0)
    }
    #expect(others == 0)
  }

  /// Who proved itself later may take a place, never a proof.
  @Test func manyProofsStandForTheirOwnOnly() {
    var freshness = CoAPFreshness(key: (1, 2))
    let sources = (0..<2 * UInt32(Limits.coapProofs)).map { SourceAddress(ipv4: $0, port: 1) }
    for source in sources {
      freshness.verify(source, echo: freshness.token(source, nowNanos: 0), nowNanos: 0, expiresNanos: .max)
    }
    let known = sources.count { freshness.isVerified($0, nowNanos: 0) }
    #expect(known <= Limits.coapProofs && known > Limits.coapProofs / 2)
    let isLast = freshness.isVerified(sources[sources.count - 1], nowNanos: 0)
    #expect(isLast)
  }

  @Test func countsOfWhatWasForgottenAreToldByListener() {
    var listeners = [ListenerSettings(name: "a", .coap), ListenerSettings(name: "b", .line)]
    listeners[0].coap = CoAPSettings()
    let tally: CoAPTally = listeners[0].coap.tally
    tally.add(exchanges: 3, bodies: 4)
    tally.add(exchanges: UInt64.max, bodies: 1)
    let figures = CoAPRoom.figures(of: listeners)
    #expect(figures.map(\.name) == ["coap_forgotten"])
    let samples = figures[0].samples
    #expect(samples.map(\.count) == [2, 5], "a counter wraps, it does not stop the node")
    #expect(samples.map { $0.labels[0].1 } == ["a", "a"] && samples.map { $0.labels[1].1 } == ["message", "body"])
    #expect(CoAPRoom.figures(of: [listeners[1]]).flatMap(\.samples).isEmpty)
  }
}
