import Mutation
import Testing

@testable import Primitives

/// The parts of a POSIX rule; what they come to in a zone is in `TimeZoneRulesTests`.
@Suite struct PosixZoneTests {
  private func rule(_ text: String) -> PosixZone? { PosixZone(Array(text.utf8)) }

  @Test(arguments: [
    ("UTC0", 0), ("CET-1", 3_600), ("EST+5", -18_000), ("<+0545>-5:45", 20_700), ("<-03>3", 10_800 * -1),
    ("AAA-24:59:59", 89_999), ("AAA25", -90_000),
  ])
  func standardOffsets(text: String, seconds: Int) throws {
    let zone = try #require(rule(text))
    #expect(zone.standardOffset == seconds && zone.daylight == nil)
  }

  @Test(arguments: [
    "AB1", "<>", "<A", "ABC25:00:01", "ABC1:60", "ABC1:00:60", "ABC1DEF26", "ABC1DEF,J1", "ABC1DEF,J1,J366",
    "ABC1DEF,366,1", "ABC1DEF,M1.0.0,M2.1.0", "ABC1DEF,M1.1.7,M2.1.0", "ABC1DEF,M1.1,M2.1.0", "ABC1DEF,1/168,2",
    "ABC1DEF,1/x,2", "ABC1DEF,1,2 ", "ABC1DEF,1;2", "1234", "ABC-", "ABC+-1",
  ])
  func whatIsNoRule(text: String) {
    #expect(rule(text) == nil)
  }

  @Test func daylightTimeIsAnHourAheadUnlessItSaysOtherwise() throws {
    #expect(try #require(rule("CET-1CEST,1,2")?.daylight).offset == 7_200)
    #expect(try #require(rule("LHST-10:30LHDT-11,1,2")?.daylight).offset == 39_600)
  }

  private func day(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch) * 86_400
  }

  @Test func daysOfAYear() {
    let midnight = { (day: PosixZone.Change.Day, year: Int) in
      PosixZone.Change(day: day, secondsOfDay: 0).localSeconds(year: year)
    }
    // Julian days never count 29 February, the others do.
    #expect(midnight(.julian(59), 2024) == day(2024, 2, 28))
    #expect(midnight(.julian(60), 2024) == day(2024, 3, 1))
    #expect(midnight(.julian(60), 2023) == day(2023, 3, 1))
    #expect(midnight(.julian(365), 2024) == day(2024, 12, 31))
    #expect(midnight(.ordinal(59), 2024) == day(2024, 2, 29))
    #expect(midnight(.ordinal(365), 2024) == day(2024, 12, 31))
    // The fifth is the last, be it the fourth.
    #expect(midnight(.weekday(month: 2, week: 5, day: 0), 2026) == day(2026, 2, 22))
    #expect(midnight(.weekday(month: 3, week: 5, day: 0), 2026) == day(2026, 3, 29))
    #expect(midnight(.weekday(month: 11, week: 1, day: 0), 2026) == day(2026, 11, 1))
    #expect(midnight(.weekday(month: 1, week: 1, day: 4), 1970) == 0)
  }

  @Test func timesOfDayReachIntoOtherDays() {
    let change = PosixZone.Change(day: .julian(1), secondsOfDay: -167 * 3_600)
    #expect(change.localSeconds(year: 2026) == day(2025, 12, 25) + 3_600)
  }

  @Test func damagedRulesAreNoneOrStayInTheirBounds() {
    var mutation = Mutation(seed: 5)
    let rules = ["CET-1CEST,M3.5.0,M10.5.0/3", "<-04>4<-03>,M9.1.6/24,M4.1.6/24", "XXX3EDT4,0/0,J365/23"]
    for round in 0..<6_000 {
      guard let zone = PosixZone(mutation.damage(Array(rules[round % rules.count].utf8))) else { continue }
      #expect(abs(zone.standardOffset) <= 25 * 3_600 && abs(zone.daylight?.offset ?? 0) <= 26 * 3_600)
    }
  }
}
