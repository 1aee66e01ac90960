import Primitives
import Testing

/// Times of NTP, whose seconds begin anew in 2036.
@Suite struct NTPTimeTests {
  private static let rollover = UnixNanos(2_085_978_496) * Nanos.perSecond

  @Test func instantsAreOfTheirEra() {
    // RFC 5905 figure 4: the first day of UNIX, and the first of the next era.
    #expect(NTPTime(nanos: 0) == NTPTime(seconds: 2_208_988_800, fraction: 0))
    #expect(NTPTime(nanos: Self.rollover) == NTPTime(seconds: 0, fraction: 0))
    #expect(NTPTime(nanos: Self.rollover - 1) == NTPTime(seconds: .max, fraction: .max - 3))
    #expect(NTPTime(nanos: Nanos.perSecond / 2) == NTPTime(seconds: 2_208_988_800, fraction: 1 << 31))
    #expect(NTPTime(nanos: -1).seconds == 2_208_988_799)
    for nanos in [0, 1, 999_999_999, Self.rollover + 7, .max, .min, 1_795_186_800_123_456_789] as [UnixNanos] {
      #expect(abs(NTPTime(nanos: nanos).nanosAhead(of: nanos)) <= 1, "\(nanos)")
    }
  }

  @Test func whatIsAheadIsToldAcrossTheEras() {
    let before = NTPTime(nanos: Self.rollover - Nanos.perSecond)
    let after = NTPTime(nanos: Self.rollover + Nanos.perSecond)
    #expect(after.nanosAhead(of: Self.rollover - Nanos.perSecond) == 2 * Nanos.perSecond)
    #expect(before.nanosAhead(of: Self.rollover + Nanos.perSecond) == -2 * Nanos.perSecond)
    // No two words are further from each other than can be said.
    for seconds in [0, 1, 1 << 31, (1 << 31) - 1, .max] as [UInt32] {
      for fraction in [0, .max] as [UInt32] {
        for arrival in [.min, .max, 0, Self.rollover] as [UnixNanos] {
          let ahead = NTPTime(seconds: seconds, fraction: fraction).nanosAhead(of: arrival)
          #expect(ahead.magnitude <= UInt64(1 << 31) * UInt64(Nanos.perSecond) + 1_000_000_000)
        }
      }
    }
  }

  @Test func whatCountsFromItsStartIsNoTimeOfDay() {
    let now = UnixNanos(1_795_186_800) * Nanos.perSecond
    func isTime(_ seconds: Int64, at arrival: UnixNanos = now) -> Bool {
      NTPTime(seconds: UInt32(truncatingIfNeeded: seconds), fraction: 5).isTimeOfDay(near: arrival)
    }
    let from1970: Int64 = 2_208_988_800
    #expect(!NTPTime(seconds: 0, fraction: 0).isTimeOfDay(near: Self.rollover), "zero is none at any time")
    #expect(!isTime(0) && !isTime(86_400) && !isTime(300_000_000), "up since then")
    #expect(!isTime(from1970) && !isTime(from1970 + 63_000_000) && isTime(from1970 + 64_000_000))
    // Never set, and set wrong.
    #expect(isTime(from1970 + 946_684_800) && isTime(from1970 + 1_795_186_800))
    // Small numbers are right in the years after the rollover, if they are near.
    #expect(isTime(5, at: Self.rollover) && isTime(5, at: Self.rollover - Nanos.perHour))
    #expect(!isTime(5, at: Self.rollover + 30 * Nanos.perDay))
  }
}
