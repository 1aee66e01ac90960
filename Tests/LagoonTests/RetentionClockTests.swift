import Primitives
import Testing

@testable import Lagoon

/// What retention believes of the time of day.
struct RetentionClockTests {
  private static let day = Nanos.perDay
  private static let minute = Nanos.perMinute
  private static let start: UnixNanos = 1_795_000_000 * Nanos.perSecond

  @Test func aClockThatGoesOnEvenlyIsBelieved() {
    var clock = RetentionClock(trustedNanos: Self.start - 3_600, nowNanos: Self.start, monotonicNanos: 7)
    for round in 1...5_000 {
      let passed = Int64(round) * Self.minute
      #expect(clock.look(nowNanos: Self.start + passed, monotonicNanos: 7 + passed) == Self.start + passed)
      #expect(clock.pause == nil)
    }
  }

  @Test func aJumpAheadIsNotBelievedUntilItIsOver() {
    var clock = RetentionClock(trustedNanos: nil, nowNanos: Self.start, monotonicNanos: 0)
    let jumped = Self.start + 500 * Self.day
    #expect(clock.look(nowNanos: jumped + Self.minute, monotonicNanos: Self.minute) == Self.start + Self.minute)
    #expect(clock.pause?.contains("500 days") == true)
    // Commits of that time do not bear it either.
    #expect(clock.stamp(nowNanos: jumped, monotonicNanos: 2 * Self.minute) == Self.start + 2 * Self.minute)
    #expect(
      clock.look(nowNanos: Self.start + 3 * Self.minute, monotonicNanos: 3 * Self.minute) == Self.start + 3
        * Self.minute)
    #expect(clock.pause == nil)
  }

  @Test func aRestartWithinAJumpIsDoubtedToo() {
    var clock = RetentionClock(
      trustedNanos: Self.start, nowNanos: Self.start + 500 * Self.day, monotonicNanos: 0)
    #expect(clock.pause != nil)
    #expect(clock.look(nowNanos: Self.start + 500 * Self.day, monotonicNanos: 0) <= Self.start)
    // A clock that was right after all is believed after a week.
    for day in 1...8 {
      let passed = Int64(day) * Self.day - Self.minute
      _ = clock.look(nowNanos: Self.start + 500 * Self.day + passed, monotonicNanos: passed)
    }
    #expect(clock.pause == nil)
  }

  @Test func aNodeThatWasOffForDaysLetsGoOfWhatExpiredMeanwhile() {
    var clock = RetentionClock(trustedNanos: Self.start, nowNanos: Self.start + 5 * Self.day, monotonicNanos: 0)
    #expect(clock.look(nowNanos: Self.start + 5 * Self.day, monotonicNanos: 0) == Self.start + 5 * Self.day)
    #expect(clock.pause == nil)
  }

  @Test func aClockThatGoesBackLetsGoOfLessAndStampsGoOn() {
    var clock = RetentionClock(trustedNanos: Self.start, nowNanos: Self.start, monotonicNanos: 0)
    let first = clock.stamp(nowNanos: Self.start, monotonicNanos: 0)
    #expect(clock.stamp(nowNanos: Self.start - Self.minute, monotonicNanos: Self.minute) >= first)
    #expect(clock.stamp(nowNanos: Self.start - 900 * Self.day, monotonicNanos: 2 * Self.minute) >= first)
    let back = Self.start - 900 * Self.day
    #expect(clock.look(nowNanos: back, monotonicNanos: 3 * Self.minute) == back)
    #expect(clock.pause == nil)
  }

  @Test func extremesAreNoTrap() {
    for now in [Int64.min, -1, 0, Int64.max] {
      for trusted in [Int64.min, 0, Int64.max] {
        var clock = RetentionClock(trustedNanos: trusted, nowNanos: now, monotonicNanos: 0)
        for next in [Int64.min, 0, Int64.max] {
          _ = clock.stamp(nowNanos: next, monotonicNanos: 1)
          _ = clock.look(nowNanos: next, monotonicNanos: 2)
        }
      }
    }
  }
}
