import Lagoon
import Primitives
import Testing

@testable import Pipeline

/// How far back a device's clock is believed.
@Suite struct OldestReadingTests {
  private static let now = UnixNanos(1_795_186_800) * Nanos.perSecond

  private func settings(days: Int) -> PipelineSettings {
    PipelineSettings(
      node: "n-01", data: "", listeners: [],
      retention: RetentionPolicy(readingsDays: days, eventsDays: 400, rollups5mDays: 800, rollups1hDays: 3_650))
  }

  @Test(
    arguments: [
      // 2020-01-01, what is kept from before it, and the end of 1970.
      (400, 1_577_836_800), (2_515, 1_577_836_800), (3_650, 1_795_186_800 - 3_650 * 86_400), (36_500, 31_536_000),
      (Int.max, 31_536_000),
    ] as [(Int, Int64)])
  func readingsAreBelievedAsFarBackAsTheyAreKept(days: Int, seconds: Int64) {
    #expect(settings(days: days).oldestReadingNanos(nowNanos: Self.now) == seconds * Nanos.perSecond)
  }

  @Test func aClockThatWasNeverSetItselfBelievesNothingOlder() {
    let configuration = settings(days: 400)
    #expect(configuration.oldestReadingNanos(nowNanos: 0) == 31_536_000 * Nanos.perSecond)
    #expect(configuration.oldestReadingNanos(nowNanos: .min) == 31_536_000 * Nanos.perSecond)
  }
}
