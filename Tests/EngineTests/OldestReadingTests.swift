import Primitives
import Testing

@testable import Engine

/// How far back a device's clock is believed.
@Suite struct OldestReadingTests {
  private static let now = UnixNanos(1_795_186_800) * Nanos.perSecond

  @Test(
    arguments: [
      // 2020-01-01, what is kept from before it, and the end of 1970.
      (400, 1_577_836_800), (2_515, 1_577_836_800), (3_650, 1_795_186_800 - 3_650 * 86_400), (36_500, 31_536_000),
      (Int.max, 31_536_000),
    ] as [(Int, Int64)])
  func readingsAreBelievedAsFarBackAsTheyAreKept(days: Int, seconds: Int64) {
    var configuration = Configuration()
    configuration.retention.readingsDays = days
    #expect(configuration.oldestReadingNanos(nowNanos: Self.now) == seconds * Nanos.perSecond)
  }

  @Test func aClockThatWasNeverSetItselfBelievesNothingOlder() {
    let configuration = Configuration()
    #expect(configuration.oldestReadingNanos(nowNanos: 0) == 31_536_000 * Nanos.perSecond)
    #expect(configuration.oldestReadingNanos(nowNanos: .min) == 31_536_000 * Nanos.perSecond)
  }
}
