import Testing

@testable import Journal

@Suite struct JournalNamesTests {
  @Test(arguments: [(0, "lane-00"), (7, "lane-07"), (42, "lane-42"), (999_999, "lane-999999")])
  func lanesComeBack(lane: Int, name: String) {
    #expect(JournalNames.laneDirectory(lane) == name)
    #expect(JournalNames.lane(ofDirectory: name) == lane)
  }

  @Test(arguments: [
    "lane-", "lane-7", "lane-007", "lane--1", "lane-1000000", "lane-٣٣", "lane-99999999999999999999", "Lane-07", "07",
    "lane-07/", "damaged", "",
  ])
  func whatIsNoLane(name: String) {
    #expect(JournalNames.lane(ofDirectory: name) == nil)
  }

  @Test(arguments: [0, 1, 42, 1 << 62])
  func segmentsComeBack(segment: UInt64) {
    let name = JournalNames.segmentFile(segment)
    #expect(name.utf8.count == 28 && JournalNames.segment(ofFile: name) == segment)
  }

  @Test(arguments: [
    "42.journal", "00000000000000000042", "00000000000000000042.journal.tmp", "0000000000000000004x.journal",
    "-0000000000000000042.journal", "000000000000000000042.journal", "99999999999999999999.journal",
    // Numbers that no node reaches: one more than the largest would be none.
    "18446744073709551615.journal", "09223372036854775807.journal", ".journal", "",
  ])
  func whatIsNoSegment(name: String) {
    #expect(JournalNames.segment(ofFile: name) == nil)
  }

  @Test func whatIsSetAsideTellsWhereItWas() {
    #expect(JournalNames.damagedFile(lane: 3, segment: 42, offset: 4_096) == "03-00000000000000000042-4096.bytes")
    #expect(JournalNames.damagedSegment(lane: 3, segment: 42) == "03-00000000000000000042.journal")
  }
}
