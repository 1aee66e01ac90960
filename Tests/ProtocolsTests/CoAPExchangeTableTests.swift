import Mutation
import Primitives
import Telemetry
import Testing

@testable import Protocols

@Suite struct CoAPExchangeTableTests {
  private static func entry(
    _ number: Int, host: UInt32 = 1, type: CoAPType = .confirmable, expires: Int64 = 1_000
  ) -> CoAPExchangeTable.Entry {
    CoAPExchangeTable.Entry(
      source: SourceAddress(ipv4: host, port: 9), token: UInt64(number), expiresNanos: expires,
      plan: CoAPReplyPlan(.changed), requestLength: 10, hash: UInt64(number) &* 0x9E37_79B9_7F4A_7C15,
      messageID: UInt16(truncatingIfNeeded: number), tokenLength: 2, noResponse: 0, type: type, state: .pending)
  }

  /// Whether the table still knows what `entry` of that number was.
  private static func knows(
    _ table: borrowing CoAPExchangeTable, _ number: Int, host: UInt32 = 1, now: Int64 = 0
  ) -> Bool {
    let own = entry(number, host: host)
    return table.find(own.source, messageID: own.messageID, hash: own.hash, nowNanos: now)?.token == own.token
  }

  @Test func anEntryIsKnownUntilItExpiresAndNotThen() {
    var table = CoAPExchangeTable(limit: 4)
    let exchange = table.insert(Self.entry(1, expires: 100), addressHash: 0, nowNanos: 0)
    let before = Self.knows(table, 1, now: 99)
    let at = Self.knows(table, 1, now: 100)
    let ofAnother = Self.knows(table, 1, host: 2)
    #expect(exchange != nil && before && !at && !ofAnother)
  }

  @Test func whatFailedIsNotFoundButWhatCameAgainIs() throws {
    var table = CoAPExchangeTable(limit: 4)
    let first = try require(table.insert(Self.entry(1), addressHash: 0, nowNanos: 0))
    table.set(first, CoAPReplyPlan(.serviceUnavailable), .failed)
    let afterFailure = Self.knows(table, 1)
    let second = try require(table.insert(Self.entry(1), addressHash: 0, nowNanos: 0))
    table.set(second, CoAPReplyPlan(.changed, RejectReason.expired), .answered)
    let own = Self.entry(1)
    let found = try require(table.find(own.source, messageID: 1, hash: own.hash, nowNanos: 0))
    #expect(!afterFailure && found.state == .answered)
    #expect(found.plan.body == .diagnostic && found.plan.reason == RejectReason.expired.rawValue)
  }

  /// The place of an entry that had to go is used again: who asks with the old handle gets nothing of the new one.
  @Test func aHandleOfAPlaceThatWasTakenOverIsVoid() throws {
    var table = CoAPExchangeTable(limit: 1)
    let first = try require(table.insert(Self.entry(1), addressHash: 0, nowNanos: 0))
    let second = try require(table.insert(Self.entry(2), addressHash: 0, nowNanos: 0))
    let old = table.entry(first)
    let new = table.entry(second)
    let (count, evictions) = (table.count, table.evictions)
    #expect(first.place == second.place && old == nil && new?.token == 2)
    #expect(count == 1 && evictions == 1)
    let beyond = table.entry(CoAPExchange(place: 7, serial: second.serial))
    #expect(beyond == nil)
  }

  @Test(arguments: [0, 1, 3, 1_024, 1_025])
  func theLimitIsRoundedUpAndHeld(limit: Int) {
    var table = CoAPExchangeTable(limit: limit)
    let most = limit <= 1 ? 1 : limit == 3 ? 4 : limit == 1_024 ? 1_024 : 2_048
    for number in 0..<most + 5 { _ = table.insert(Self.entry(number), addressHash: 3, nowNanos: 0) }
    let (count, evictions) = (table.count, table.evictions)
    #expect(count == most && evictions == 5)
    for number in 0..<most + 5 {
      let isKnown = Self.knows(table, number)
      #expect(isKnown == (number >= 5), "the oldest of the share go first, \(number)")
    }
  }

  /// Growing moves all entries: each is found, by its handle too.
  @Test func growingForgetsNothing() throws {
    var table = CoAPExchangeTable(limit: 8_192)
    var exchanges: [CoAPExchange] = []
    for number in 0..<8_192 {
      exchanges.append(try require(table.insert(Self.entry(number), addressHash: UInt64(number), nowNanos: 0)))
    }
    for number in 0..<8_192 {
      let isFound = Self.knows(table, number) && table.entry(exchanges[number])?.token == UInt64(number)
      #expect(isFound)
    }
    let evictions = table.evictions
    #expect(evictions == 0)
  }

  @Test func whatIsNotConfirmableTakesTheRoomOfNoneThatIs() {
    var table = CoAPExchangeTable(limit: 4)
    for number in 0..<4 { _ = table.insert(Self.entry(number), addressHash: UInt64(number), nowNanos: 0) }
    let refused = table.insert(Self.entry(9, type: .nonConfirmable), addressHash: 9, nowNanos: 0)
    let (count, evictions) = (table.count, table.evictions)
    let isKnown = (0..<4).count { Self.knows(table, $0) }
    #expect(refused == nil && count == 4 && evictions == 1 && isKnown == 4)
  }

  @Test func aFloodForgetsItsOwnFirst() {
    var table = CoAPExchangeTable(limit: 16)
    for number in 0..<3 { _ = table.insert(Self.entry(number), addressHash: 1, nowNanos: 0) }
    for number in 3..<6 {
      _ = table.insert(Self.entry(number, type: .nonConfirmable), addressHash: 1, nowNanos: 0)
    }
    for number in 100..<1_100 { _ = table.insert(Self.entry(number), addressHash: 2, nowNanos: 0) }
    let kept = (0..<3).count { Self.knows(table, $0) }
    let others = (3..<6).count { Self.knows(table, $0) }
    let flood = (100..<1_100).filter { Self.knows(table, $0) }
    let (count, evictions) = (table.count, table.evictions)
    #expect(kept == 3 && others == 0, "what is not confirmable goes before what is")
    #expect(flood == Array(1_087..<1_100) && count == 16 && evictions == 990)
  }

  /// What the table does, done plainly with an array.
  private struct Plain {
    var kept: [(share: Int, number: Int, expires: Int64)] = []
    var evictions = 0
    var sweep = 0
    let limit: Int

    mutating func dropExpired(_ share: Int, _ now: Int64) {
      for _ in 0..<2 {
        guard let oldest = kept.firstIndex(where: { $0.share == share }), kept[oldest].expires <= now else { return }
        kept.remove(at: oldest)
      }
    }

    private func longest(_ range: Range<Int>) -> (share: Int, count: Int) {
      var best = (share: range.lowerBound, count: 0)
      for share in range {
        let count = kept.count { $0.share == share }
        if count > best.count { best = (share, count) }
      }
      return best
    }

    mutating func insert(_ share: Int, _ number: Int, _ expires: Int64, _ now: Int64) {
      dropExpired(share, now)
      dropExpired(sweep, now)
      sweep = (sweep + 1) % (2 * Limits.coapExchangeShares)
      if kept.count == limit {
        evictions += 1
        var victim = longest(Limits.coapExchangeShares..<2 * Limits.coapExchangeShares)
        if victim.count == 0 {
          if share >= Limits.coapExchangeShares { return }
          victim = longest(0..<Limits.coapExchangeShares)
        }
        kept.remove(at: kept.firstIndex { $0.share == victim.share }!)
      }
      kept.append((share, number, expires))
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func agreesWithAnArray(seed: UInt64) {
    var random = SeededRandom(seed)
    var table = CoAPExchangeTable(limit: 32)
    var plain = Plain(limit: 32)
    var now: Int64 = 0
    for number in 0..<3_000 {
      now += Int64.random(in: 0...3, using: &random)
      let address = UInt64.random(in: 0..<6, using: &random)
      let isOther = Int.random(in: 0..<3, using: &random) == 0
      let expires = now + Int64.random(in: 1...90, using: &random)
      _ = table.insert(
        Self.entry(number, type: isOther ? .nonConfirmable : .confirmable, expires: expires), addressHash: address,
        nowNanos: now)
      plain.insert(Int(address) + (isOther ? Limits.coapExchangeShares : 0), number, expires, now)
      let (count, evictions) = (table.count, table.evictions)
      #expect(count == plain.kept.count && evictions == UInt64(plain.evictions))
      let known = Set(plain.kept.filter { $0.expires > now }.map(\.number))
      for earlier in max(0, number - 60)...number {
        let isKnown = Self.knows(table, earlier, now: now)
        #expect(isKnown == known.contains(earlier))
      }
    }
  }
}
