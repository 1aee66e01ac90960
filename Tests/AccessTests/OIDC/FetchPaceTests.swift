@testable import Access
import Primitives
import Testing

@Suite struct FetchPaceTests {
  /// A pace that expectations can change.
  private final class Kept {
    private(set) var pace = FetchPace()
    func beginsByAge(at now: Int64) -> Bool { pace.beginsByAge(at: now) }
    func beginsForUnknownKey(at now: Int64) -> Bool { pace.beginsForUnknownKey(at: now) }
    func end(isAnswered: Bool, at now: Int64, jitter: Double) {
      pace.end(isAnswered: isAnswered, at: now, jitter: jitter)
    }
  }

  private static let second = Nanos.perSecond

  @Test func oneQuestionAtATime() {
    let pace = Kept()
    #expect(pace.beginsByAge(at: 0))
    #expect(!pace.beginsByAge(at: 0) && !pace.beginsForUnknownKey(at: 0))
    pace.end(isAnswered: true, at: 2 * Self.second, jitter: 0)
    #expect(!pace.beginsByAge(at: 30 * Self.second - 1))
    // An answer is as old as its question.
    #expect(pace.beginsByAge(at: 30 * Self.second))
  }

  @Test func unknownKeysCountForThemselves() {
    let pace = Kept()
    #expect(pace.beginsByAge(at: 0))
    pace.end(isAnswered: true, at: 0, jitter: 0)
    #expect(pace.beginsForUnknownKey(at: 1))
    pace.end(isAnswered: true, at: 1, jitter: 0)
    #expect(!pace.beginsForUnknownKey(at: 10 * Self.second))
    #expect(pace.beginsForUnknownKey(at: 10 * Self.second + 1))
  }

  @Test func pausesGrowToAMinute() {
    for jitter in [0.0, 0.5, 1.0] {
      let pace = Kept()
      var now: Int64 = 0
      for number in 0..<40 {
        #expect(pace.beginsByAge(at: now))
        pace.end(isAnswered: false, at: now, jitter: jitter)
        let longest = min(Int64(60), 1 << Int64(min(number, 10)))
        let pause = Int64(Double(longest * Self.second) * (0.5 + 0.5 * jitter))
        #expect(!pace.beginsByAge(at: now + pause - 1) && !pace.beginsForUnknownKey(at: now + pause - 1))
        now += pause
      }
      #expect(pace.pace.failures == 40 && pace.pace.fetches == 40)
      #expect(pace.beginsByAge(at: now))
      pace.end(isAnswered: true, at: now, jitter: jitter)
      // The first pause is short again.
      now += 30 * Self.second
      #expect(pace.beginsByAge(at: now))
      pace.end(isAnswered: false, at: now, jitter: jitter)
      #expect(pace.beginsByAge(at: now + Self.second))
    }
  }
}
