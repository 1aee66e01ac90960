import Primitives
import Testing

@Suite struct CalendarDateTests {
  @Test(arguments: [0, -1, 20_777, -719_528, 2_932_896])
  func daysComeBack(day: Int) {
    let date = CalendarDate(daysSinceEpoch: day)
    #expect(date.daysSinceEpoch == day && CalendarDate(date.description) == date)
  }

  @Test(arguments: [
    "", "2026-11-2", "2026-11-200", "2026/11/20", "2026-02-29", "2026-00-01", "2026-01-00", "+026-11-20", "2026-+1-20",
    "２０26-1-20", "2026-11-20T", "-026-11-20",
  ])
  func whatIsNoDayIsRefused(text: String) {
    #expect(CalendarDate(text) == nil)
  }

  @Test func numbersAreFilledUp() {
    #expect(7.padded(to: 3) == "007" && 1_234.padded(to: 3) == "1234" && UInt64(255).padded(to: 4, radix: 16) == "00ff")
  }
}
