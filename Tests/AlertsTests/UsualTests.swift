import Lagoon
import Primitives
import Rollups
import Testing

@testable import Alerts

/// A bound that is what is usual at this hour of the week: `UsualBook` reads `UsualHours` for the server, `UsualTrial` for a
/// trial.
@Suite struct UsualTests {
  /// A Tuesday, 09:00 UTC.
  private static let now = (1_763_596_800 + 5 * 86_400 + 9 * 3_600) * Nanos.perSecond
  private let zone = TimeZoneRules.fixed(offsetSeconds: 0)
  private let directory = TestDirectory(devices: [
    DeviceFacts(id: "a", area: "2101"), DeviceFacts(id: "b", area: "2101"), DeviceFacts(id: "new", area: "2101"),
  ])

  private func rule(
    _ aggregate: Aggregate = .average, over: String = "1h", above: Double? = nil, below: Double? = nil
  )
    throws -> (AlertRule, UsualBound)
  {
    let bound = UsualBound(
      measurement: StoredRows.measurement, field: StoredRows.field, aggregate: aggregate,
      over: try #require(Step(over)), weeks: 4, isAbove: above != nil, factor: try #require(above ?? below))
    let message = try AlertMessage("{device}: {value} {threshold}")
    return (
      AlertRule(name: "r", severity: .error, kind: .usual(bound), message: message, resolvedMessage: message), bound
    )
  }

  /// Three rows an hour for five weeks: by day twice as much as at night, and each week a little more. Device `b` falls
  /// to a twentieth in the last two hours, and `new` has sent for some days alone.
  private func view() -> LagoonView {
    var readings: [StoredReading] = []
    for hour in stride(from: Int64(-5 * 7 * 24), to: 0, by: 1) {
      for part in 0..<Int64(3) {
        let time = Self.now + hour * Nanos.perHour + part * 20 * Nanos.perMinute
        let isDay = flooredDivision(time, by: Nanos.perHour) % 24 >= 6
        let usual = (isDay ? 1_000.0 : 500.0) + Double(hour / 168)
        readings.append(StoredReading(device: "a", time: time, value: usual))
        readings.append(StoredReading(device: "b", time: time, value: hour >= -2 ? usual / 20 : usual))
        if hour > -72 { readings.append(StoredReading(device: "new", time: time, value: 1)) }
      }
    }
    return StoredRows.view(readings, partNanos: 6 * Nanos.perHour)
  }

  @Test func medianAndSpreadAreNotMovedByOneStrangeWeek() throws {
    let usual = try #require(UsualValue([100, 102, 98, 5_000], least: 2))
    #expect(usual.median == 101 && usual.spread < 4)
    #expect(UsualValue([1], least: 2) == nil && UsualValue([], least: 0) == nil)
  }

  @Test func whatIsBelowAShareOfTheUsualIsSeen() throws {
    let (rule, bound) = try rule(below: 0.1)
    var book = UsualBook()
    let found = try book.observations(
      bound, of: rule, on: view(), directory: directory, zone: zone, now: Self.now)
    let signs = Dictionary(uniqueKeysWithValues: found.map { ($0.subject, $0.sign) })
    // Of what has not sent for two weeks nothing is usual.
    #expect(signs == ["a": .cleared, "b": .raised, "new": .absent])
    let seen = try #require(found.first { $0.subject == "b" })
    let threshold = try #require(seen.bound)
    #expect(threshold > 99 && threshold < 100.1)
  }

  @Test func whatAddsUpGrowsWithTheWindow() throws {
    let (rule, bound) = try rule(.sum, over: "20m", above: 1.5)
    var book = UsualBook()
    let found = try book.observations(
      bound, of: rule, on: view(), directory: directory, zone: zone, now: Self.now)
    // A third of an hour has a third of its sum.
    #expect(found.first { $0.subject == "a" }?.sign == .cleared)
    #expect(bound.windowShare == 1.0 / 3)
  }

  @Test func aMultipleOfNothingSaysNothing() throws {
    let (_, bound) = try rule(above: 3)
    for median in [0, -80.0] { #expect(bound.sign(of: 1, UsualValue(median: median, spread: 0)) == .absent) }
    // What varies much anyway is not told.
    let wide = UsualValue(median: 10, spread: 40)
    #expect(bound.sign(of: 100, wide) != .raised && bound.sign(of: 131, wide) == .raised)
    #expect(bound.sign(of: 110, wide) == .between && bound.sign(of: 90, wide) == .cleared)
    #expect(bound.sign(of: nil, wide) == .absent && bound.sign(of: 5, nil) == .absent)
  }

  @Test func aTrialTellsWhatTheServerWould() throws {
    let (rule, _) = try rule(below: 0.1)
    let outcome = try RuleTrial(
      rule, view: view(), directory: directory, from: Self.now - 2 * Nanos.perDay, to: Self.now
    ).run()
    #expect(outcome.firings == 1 && outcome.subjects == 1 && outcome.seen == 3)
    #expect(outcome.first == Self.now - Nanos.perHour)
  }

  @Test func onePageARuleIsKept() throws {
    let (rule, bound) = try rule(below: 0.1)
    var book = UsualBook()
    _ = try book.observations(bound, of: rule, on: view(), directory: directory, zone: zone, now: Self.now)
    // The page of the hour is used again: an empty table knows nothing, yet what was usual stands.
    let empty = try book.observations(
      bound, of: rule, on: StoredRows.view([.init(device: "a", time: Self.now - 1, value: 1)], partNanos: Nanos.perDay),
      directory: directory, zone: zone, now: Self.now)
    #expect(empty.map(\.sign) == [.raised])
    book.retain([])
    let forgotten = try book.observations(
      bound, of: rule, on: StoredRows.view([.init(device: "a", time: Self.now - 1, value: 1)], partNanos: Nanos.perDay),
      directory: directory, zone: zone, now: Self.now)
    #expect(forgotten.isEmpty)
  }
}
