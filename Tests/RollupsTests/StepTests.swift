import Mutation
import Primitives
import Rollups
import Testing

@Suite struct StepTests {
  static let hour = Nanos.perHour
  static let vietNam = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)

  static func step(_ text: String) throws -> Step { try #require(Step(text)) }

  @Test(arguments: ["1m", "5m", "7m", "90m", "1h", "6h", "1d", "7d", "24h", "1440m", "48h"])
  func stepsAreRead(text: String) throws {
    #expect(try Self.step(text).name == text)
  }

  @Test(arguments: [
    "", "m", "0m", "-1h", "+1h", "1s", "5", "1.5h", "36h", "25h", "1 m", "99999999999999999999m", "4000d",
  ])
  func whatIsNoStepIsRefused(text: String) {
    #expect(Step(text) == nil)
  }

  @Test func shortStepsCutUTC() throws {
    let bucket = try Self.step("5m").bucket(of: 17 * Nanos.perMinute + 1, zone: Self.vietNam)
    #expect(bucket.start == 15 * Nanos.perMinute && bucket.end == 20 * Nanos.perMinute)
    let early = try Self.step("1h").bucket(of: -1, zone: Self.vietNam)
    #expect(early.start == -Self.hour && early.end == 0)
  }

  @Test func daysBeginAtLocalMidnight() throws {
    for text in ["1d", "24h"] {
      let bucket = try Self.step(text).bucket(of: 20 * Self.hour, zone: Self.vietNam)
      #expect(bucket.start == 17 * Self.hour && bucket.end == 41 * Self.hour)
    }
    let edge = try Self.step("1d").bucket(of: 17 * Self.hour - 1, zone: Self.vietNam)
    #expect(edge.start == -7 * Self.hour && edge.end == 17 * Self.hour)
  }

  @Test func weeksBeginOnMondays() throws {
    // 2026-11-20 is a Friday.
    let monday = Int64(CalendarDate(year: 2026, month: 11, day: 16).daysSinceEpoch) * Nanos.perDay
    let friday = Int64(CalendarDate(year: 2026, month: 11, day: 20).daysSinceEpoch) * Nanos.perDay
    let bucket = try Self.step("7d").bucket(of: friday, zone: .utc)
    #expect(bucket.start == monday && bucket.end == monday + 7 * Nanos.perDay)
  }

  @Test(arguments: ["1m", "5m", "7m", "1h", "1d", "3d", "7d"], [0, 7 * 3_600, -5 * 3_600 - 1_800])
  func aGridsBucketsMeetAndHoldTheirInstants(text: String, offset: Int) throws {
    let zone = TimeZoneRules.fixed(offsetSeconds: offset)
    let step = try Self.step(text)
    var random = SeededRandom(UInt64(offset.magnitude) + UInt64(text.utf8.count))
    let from = Int64.random(in: 0...(40 * Nanos.perDay), using: &random)
    let to = from + .random(in: 1...(10 * Nanos.perDay), using: &random)
    let grid = try #require(BucketGrid(step: step, zone: zone, from: from, to: to, limit: 100_000))
    #expect(grid.start(of: 0) <= from && grid.start(of: 1) > from)
    #expect(grid.start(of: grid.count) >= to && grid.start(of: grid.count - 1) < to)
    for _ in 0..<300 {
      let time = Int64.random(in: from..<to, using: &random)
      let number = grid.number(of: time)
      let alone = step.bucket(of: time, zone: zone)
      #expect(grid.start(of: number) == alone.start && grid.start(of: number + 1) == alone.end)
      #expect(alone.start <= time && time < alone.end)
    }
  }

  @Test func aGridKnowsWhetherStoredBucketsMergeIntoIt() throws {
    func grid(_ text: String, _ offset: Int) throws -> BucketGrid {
      let zone = TimeZoneRules.fixed(offsetSeconds: offset)
      return try #require(
        BucketGrid(step: try Self.step(text), zone: zone, from: 0, to: 9 * Nanos.perDay, limit: 100_000))
    }
    #expect(try grid("1h", 0).isMadeOf(bucketsOf: 5 * Nanos.perMinute))
    #expect(try !grid("7m", 0).isMadeOf(bucketsOf: 5 * Nanos.perMinute))
    #expect(try !grid("5m", 0).isMadeOf(bucketsOf: Self.hour))
    #expect(try grid("1d", 7 * 3_600).isMadeOf(bucketsOf: Self.hour))
    // Half an hour beside the hour: India.
    #expect(try !grid("1d", 5 * 3_600 + 1_800).isMadeOf(bucketsOf: Self.hour))
    #expect(try grid("1d", 5 * 3_600 + 1_800).isMadeOf(bucketsOf: 5 * Nanos.perMinute))
  }

  @Test func aGridIsBounded() throws {
    let step = try Self.step("1m")
    #expect(BucketGrid(step: step, zone: .utc, from: 0, to: 100 * Nanos.perMinute, limit: 99) == nil)
    #expect(BucketGrid(step: step, zone: .utc, from: 0, to: 100 * Nanos.perMinute, limit: 100)?.count == 100)
    #expect(BucketGrid(step: step, zone: .utc, from: .min, to: .max, limit: 100) == nil)
    #expect(BucketGrid(step: step, zone: .utc, from: 5, to: 5, limit: 100)?.count == 0)
  }
}
