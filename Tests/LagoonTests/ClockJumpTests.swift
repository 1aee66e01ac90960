import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// A clock that jumps makes nothing expire, and no file go.
struct ClockJumpTests {
  private static let policy = RetentionPolicy(readingsDays: 3, eventsDays: 3, rollups5mDays: 20, rollups1hDays: 30)

  @Test func aJumpExpiresNothingAndARealDayDoes() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let now = Clock.realtimeNanos()
    let rows = CatalogueFixture.rows("m", 0..<10, from: now / Nanos.perSecond - 100)
    try catalogue.seal([rows], transactions: [])
    let monotonic = Clock.monotonicNanos()
    func maintain(_ ahead: Int64, _ passed: Int64) throws {
      try catalogue.maintain(
        nowNanos: now + ahead, monotonicNanos: monotonic + passed, CompactionSettings(level: 3),
        retention: Self.policy, graceNanos: 0)
    }
    try maintain(Nanos.perMinute, Nanos.perMinute)
    let files = try fixture.files("m")
    try maintain(500 * Nanos.perDay, 2 * Nanos.perMinute)
    #expect(catalogue.warnings.contains { $0.contains("retention waits") })
    #expect(try fixture.values(catalogue, "m") == Array(0..<10))
    #expect(catalogue.expiry == ExpiryFacts())
    #expect(try fixture.files("m") == files)
    try maintain(3 * Nanos.perMinute, 3 * Nanos.perMinute)
    #expect(catalogue.warnings.isEmpty)
    // Time that passes lets go, by name and number.
    for day in 1...5 { try maintain(Int64(day) * Nanos.perDay, Int64(day) * Nanos.perDay) }
    #expect(try fixture.values(catalogue, "m").isEmpty)
    #expect(catalogue.expiry.rows == 10 && catalogue.expiry.last?.contains("table m") == true)
  }
}
