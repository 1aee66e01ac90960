import Primitives
import Testing

@testable import Lagoon

struct CompactionPlanTests {
  private static let now: UnixNanos = at(2026, 11, 21, 10, 30)

  private static func at(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> UnixNanos {
    let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
    return days * Nanos.perDay + Int64(hour) * Nanos.perHour + Int64(minute) * Nanos.perMinute
  }

  private static func part(
    _ path: String, _ from: UnixNanos, _ to: UnixNanos, rows: Int = 1_000, level: Int32? = nil, age: Int64 = 0
  ) -> Part {
    Part(
      path: path, date: "", rowCount: rows, byteCount: 1, oldestTime: from / Nanos.perMillisecond,
      newestTime: to / Nanos.perMillisecond, firstDevice: "a", lastDevice: "z", source: nil, level: level,
      profile: level == nil ? nil : "thorough", modifiedMillis: (now - age) / Nanos.perMillisecond)
  }

  private func groups(_ parts: [Part], atOnce: Bool = false) -> [[String]] {
    var table = TableState(name: .readings("m"), precision: .milliseconds)
    table.parts = parts
    let plan = CompactionPlan(nowNanos: Self.now, level: 9, isAtOnce: atOnce)
    return plan.groups(of: table).map { $0.map(\.path) }
  }

  @Test func anHourThatIsOverBecomesOnePart() {
    let parts = [
      Self.part("b", Self.at(2026, 11, 21, 9, 5), Self.at(2026, 11, 21, 9, 10)),
      Self.part("a", Self.at(2026, 11, 21, 9, 0), Self.at(2026, 11, 21, 9, 5)),
      // Sealed over the turn of the hour: it goes with the later one, which is not over.
      Self.part("c", Self.at(2026, 11, 21, 9, 58), Self.at(2026, 11, 21, 10, 3)),
      Self.part("d", Self.at(2026, 11, 21, 10, 3), Self.at(2026, 11, 21, 10, 8)),
    ]
    #expect(groups(parts) == [["a", "b"]])
  }

  @Test func aDayBecomesOnePartUnlessItHasTooManyRows() {
    let many = Limits.rowsPerPart
    let hours = (0..<3).map { Self.part("h\($0)", Self.at(2026, 11, 20, $0), Self.at(2026, 11, 20, $0, 59), level: 9) }
    #expect(groups(hours, atOnce: true) == [["h0", "h1", "h2"]])
    let dense = (0..<3).map {
      Self.part("h\($0)", Self.at(2026, 11, 20, $0), Self.at(2026, 11, 20, $0, 59), rows: many / 2, level: 9)
    }
    #expect(groups(dense, atOnce: true).isEmpty)
  }

  @Test func aSparseTableGetsPartsOfMonthsAndYears() {
    let parts = [
      Self.part("y1", Self.at(2024, 2, 1), Self.at(2024, 2, 1)),
      Self.part("y2", Self.at(2024, 12, 31), Self.at(2024, 12, 31)),
      Self.part("m1", Self.at(2026, 9, 1), Self.at(2026, 9, 1)),
      Self.part("m2", Self.at(2026, 9, 30), Self.at(2026, 9, 30)),
      Self.part("d", Self.at(2026, 11, 2), Self.at(2026, 11, 2)),
    ]
    #expect(groups(parts) == [["y1", "y2"], ["m1", "m2"], ["d"]])
    // With more rows a month stays in days.
    let dense = parts.map { part in
      var part = part
      part.rowCount = CompactionPlan.sparseRows
      return part
    }
    #expect(groups(dense).allSatisfy { $0.count == 1 } && groups(dense).count == 5)
  }

  @Test func lateRowsWaitForEachOther() {
    let day = Self.part("day", Self.at(2026, 11, 20), Self.at(2026, 11, 20, 23), level: 9, age: 5 * Nanos.perHour)
    let late = Self.part("late", Self.at(2026, 11, 20, 4), Self.at(2026, 11, 20, 4), age: 10 * Nanos.perMinute)
    #expect(groups([day, late]).isEmpty)
    #expect(groups([day, late], atOnce: true) == [["day", "late"]])
    var old = late
    old.modifiedMillis = (Self.now - 2 * Nanos.perHour) / Nanos.perMillisecond
    #expect(groups([day, old]) == [["day", "late"]])
    let many = (0..<CompactionPlan.mostParts).map { number in
      var part = late
      part.path = "late\(number)"
      return part
    }
    #expect(groups([day] + many).count == 1)
  }

  @Test func whatIsCompactedStays() {
    let day = Self.part("day", Self.at(2026, 11, 20), Self.at(2026, 11, 20, 23), level: 9)
    #expect(groups([day], atOnce: true).isEmpty)
    var lower = day
    lower.level = 3
    #expect(groups([lower]) == [["day"]])
    var other = day
    other.profile = "compat"
    #expect(groups([other]) == [["day"]])
  }
}
