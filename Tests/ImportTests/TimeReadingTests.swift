import Primitives
import Testing

@testable import Import

/// Times in the forms that programs write.
@Suite struct TimeReadingTests {
  private func time(_ text: String, _ unitNanos: Int64 = 1, zone: TimeZoneRules? = nil) -> Int64? {
    let reading = TimeReading(unitNanos: unitNanos, zone: zone)
    guard case .time(let time) = reading.read(Array(text.utf8)[...]) else { return nil }
    return time
  }

  private static let midnight: Int64 = 1_795_132_800_000_000_000

  @Test(arguments: [
    "2026-11-20T00:00:00Z", "2026-11-20 00:00:00+00:00", "2026-11-20 00:00:00+00", "2026-11-20T07:00:00+0700",
    "2026-11-20 07:00:00+07", "2026-11-20 07:00:00.000 +0700", "2026-11-20 00:00:00 UTC", "2026-11-20 00:00Z",
    "2026-11-19T17:00:00-07:00",
  ])
  func writtenTimesAreRead(text: String) { #expect(time(text) == Self.midnight) }

  @Test func aZoneIsTakenWhereNoneIsNamed() {
    let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
    #expect(time("2026-11-20 07:00:00.25", zone: zone) == Self.midnight + 250_000_000)
    #expect(time("2026-11-20T07:00", zone: zone) == Self.midnight)
    #expect(time("2026-11-20T00:00:00Z", zone: zone) == Self.midnight)
    #expect(time("2026-11-20 07:00:00") == nil)
    // Before 1970 too.
    #expect(time("1969-12-31 23:59:59.5", zone: .utc) == -500_000_000)
  }

  @Test func numbersHaveAUnit() {
    #expect(time("1795132800", 1_000_000_000) == Self.midnight)
    #expect(time("1795132800.123456789", 1_000_000_000) == Self.midnight + 123_456_789)
    #expect(time("-1.5", 1_000_000_000) == -1_500_000_000)
    #expect(time("0.5", 3_600_000_000_000) == 1_800_000_000_000)
    #expect(time("1795132800000000000") == Self.midnight)
    for text in ["9223372036854775808", "9999999999999", "1.2.3", "-", ".5", "1e9", "--1", "1-2"] {
      #expect(time(text, 1_000_000_000) == nil, "\(text)")
    }
  }
}
