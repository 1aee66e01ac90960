import Primitives
import Testing

@testable import Protocols

/// Room that strangers cannot take from those who are known.
@Suite struct LaneSharesTests {
  @Test func strangersLeaveRoomForTheHeardAndTheseForTheRegistered() {
    let limit = 800
    func most(_ standing: Standing, own: Int? = nil) -> Int {
      (0..<limit).first { used in
        !FairShare.allows(1, own: own ?? 0, used: used, limit: limit, standing: standing)
      } ?? limit
    }
    #expect(most(.stranger) == 700 && most(.heard) == 750 && most(.registered) == 800)
    // Not beyond the limit, whoever asks, and nothing of a limit of nothing.
    for standing in [Standing.stranger, .heard, .registered] {
      #expect(!FairShare.allows(1, own: 0, used: limit, limit: limit, standing: standing))
      #expect(!FairShare.allows(2, own: 0, used: limit - 1, limit: limit, standing: standing))
      #expect(!FairShare.allows(1, own: 0, used: 0, limit: 0, standing: standing))
    }
  }

  @Test func oneStrangerTakesHalfTheNextAQuarter() {
    let limit = 8_000
    var used = 0
    var shares: [Int] = []
    for _ in 0..<3 {
      var own = 0
      while FairShare.allows(1, own: own, used: used, limit: limit, standing: .stranger) {
        own += 1
        used += 1
      }
      shares.append(own)
    }
    #expect(abs(shares[0] - 3_500) <= 1 && abs(shares[1] - 1_750) <= 1 && abs(shares[2] - 875) <= 2)
    // A registered one has the rest for itself.
    #expect(FairShare.allows(limit - used, own: 1 << 40, used: used, limit: limit, standing: .registered))
  }

  @Test func anAddressIsAShareAndAnIPv6NetworkIsOne() {
    let one = SourceShare(SourceAddress(ipv4: 0x0A00_0001, port: 1))
    #expect(one == SourceShare(SourceAddress(ipv4: 0x0A00_0001, port: 2)))
    let host = SourceShare(SourceAddress(high: 0x2001_0DB8_0000_0001, low: 1, port: 1))
    #expect(host == SourceShare(SourceAddress(high: 0x2001_0DB8_0000_0001, low: .max, port: 9, scope: 4)))
    var shares: Set<SourceShare> = []
    for number in 0..<2_000 as Range<UInt32> {
      let share = SourceShare(SourceAddress(ipv4: 0x0A00_0000 + number, port: 0))
      #expect(share.number < UInt16(Limits.sourceShares))
      shares.insert(share)
    }
    // Neighbours seldom share.
    #expect(shares.count > 1_200)
  }

  @Test func whoWasHeardInASegmentIsNoStrangerInTheNext() {
    var shares = LaneShares()
    let cache = SeriesCache()
    let share = SourceShare(SourceAddress(ipv4: 1, port: 0))
    shares.noteSeries(share, byteCount: 100)
    let now = shares.isHeard(share)
    shares.turn()
    let next = shares.isHeard(share)
    shares.removeAll()
    let still = shares.isHeard(share)
    #expect(!now && next && still)
    let isAllowed = shares.allowsSeries(share, byteCount: 10, cache, standing: .stranger)
    let isTooMuch = shares.allowsSeries(share, byteCount: Limits.seriesBytesPerLane, cache, standing: .heard)
    #expect(isAllowed && !isTooMuch)
  }

  @Test func aSourceHoldsNoMoreThanItsShareOfLayouts() {
    var shares = LaneShares()
    let layouts = LayoutCache(hash: KeyHash(seed: 1))
    let (share, other) = (SourceShare(SourceAddress(ipv4: 1, port: 0)), SourceShare(SourceAddress(ipv4: 2, port: 0)))
    let most = Limits.layoutsPerLane - Limits.layoutsPerLane / Limits.reservedShare
    for _ in 0...most { shares.noteLayout(share) }
    let isRefused = !shares.allowsLayout(share, layouts, standing: .stranger)
    let isOthersFree = shares.allowsLayout(other, layouts, standing: .stranger)
    let isRegisteredFree = shares.allowsLayout(share, layouts, standing: .registered)
    #expect(isRefused && isOthersFree && isRegisteredFree)
  }
}
