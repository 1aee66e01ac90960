@testable import Lagoon
import Primitives
import Registry
import Telemetry
import Testing

/// Shares of time and outages, of cases that stand for one rule each.
@Suite struct AvailabilityTests {
  private typealias Fixture = AvailabilityFixture

  private static func every(_ step: Int64, _ range: ClosedRange<Int64>, but gap: Range<Int64> = 0..<0) -> [Int64] {
    stride(from: range.lowerBound, through: range.upperBound, by: Int64.Stride(step)).filter { !gap.contains($0) }
  }

  @Test func anOutageIsFromThreeIntervalsBehindARowToTheNext() throws {
    var fixture = Fixture("a", "b")
    fixture.add(parts: [Fixture.rows("a", Self.every(60, -120...3_600, but: 660..<1_800))])
    fixture.add(parts: [Fixture.rows("b", Self.every(60, -120...3_600))])
    // Rows that are exactly three intervals apart leave nothing between them.
    fixture.add(.readings("other"), parts: [Fixture.rows("b", [5_000])])
    let found = Fixture.text(try fixture.answer(0, 3_600))
    #expect(found == ["a": "2580 1020 0 0 a 780-1800", "b": "3600 0 0 0"])
    var exact = Fixture("c")
    exact.add(parts: [Fixture.rows("c", Self.every(180, 0...3_600))])
    #expect(Fixture.text(try exact.answer(0, 3_600)) == ["c": "3600 0 0 0"])
  }

  @Test func rangesThatFollowEachOtherAddUp() throws {
    var fixture = Fixture("a")
    fixture.add(parts: [Fixture.rows("a", [-100, 0, 60, 700, 760, 2_000])])
    #expect(Fixture.text(try fixture.answer(0, 3_000)) == ["a": "660 2340 0 0 a 240-700 a 940-2000 a 2180-3000"])
    for middle in [100, 240, 241, 500, 700, 701, 940, 2_180, 2_999] as [Int64] {
      let parts = try [fixture.answer(0, middle), fixture.answer(middle, 3_000)].map { $0.groups[0].times }
      #expect(parts[0].outage + parts[1].outage == 2_340 * Int128(Nanos.perSecond), "\(middle)")
      #expect(parts[0].live + parts[1].live == 660 * Int128(Nanos.perSecond), "\(middle)")
    }
    // The row before is found however far back three intervals reach.
    var slow = Fixture(registries: [(0, [Fixture.device("s", interval: 86_400 * 3)])])
    slow.add(parts: [Fixture.rows("s", [-86_400 * 8]), Fixture.rows("s", [9_000])])
    #expect(Fixture.text(try slow.answer(0, 86_400)) == ["s": "86400 0 0 0"])
  }

  @Test func whatLastsHasNoEnd() throws {
    var fixture = Fixture("a")
    fixture.add(unsealed: [Fixture.rows("a", [0, 60])])
    let answer = try fixture.answer(0, 7_200, now: 3_600)
    #expect(answer.to == Fixture.time(3_600) && Fixture.text(answer) == ["a": "240 3360 0 0 a 240-"])
    #expect(answer.groups[0].outages[0].nanos == 3_360 * Nanos.perSecond)
    #expect(Fixture.text(try fixture.answer(0, 3_600, now: 3_601)) == ["a": "240 3360 0 0 a 240-3600"])
    // Nothing is known of what comes.
    #expect(try fixture.answer(3_600, 7_200, now: 3_600).groups.isEmpty)
  }

  @Test func partsMemoryTablesAndEventsAreOne() throws {
    var fixture = Fixture("a")
    var seconds = Self.every(60, -60...86_400 * 3)
    seconds.removeAll { (50_000..<52_000).contains($0) }
    seconds.shuffle()
    // None of them alone is live: every sixth row stands in each place, in any order in memory.
    let sixth = (0..<6).map { part in seconds.indices.filter { $0 % 6 == part }.map { seconds[$0] } }
    fixture.add(
      parts: [Fixture.rows("a", sixth[0]), Fixture.rows("a", sixth[1])], unsealed: [Fixture.rows("a", sixth[2])])
    fixture.add(.readings("n"), parts: [Fixture.rows("a", sixth[3])], unsealed: [Fixture.rows("a", sixth[4])])
    fixture.add(.events, unsealed: [Fixture.rows("a", sixth[5])])
    let found = Fixture.text(try fixture.answer(0, 86_400 * 3))
    #expect(found == ["a": "257340 1860 0 0 a 50160-52020"])
  }

  @Test func whatTheNodeToldIsNoRowOfTheDevice() throws {
    var fixture = Fixture("a")
    let told = [SeriesKey.Tag(name: SeriesKey.toldTag, value: "qn-01")]
    fixture.add(unsealed: [Fixture.rows("a", [0])])
    fixture.add(.events, unsealed: [Self.every(60, 0...3_600).map { Fixture.row("a", $0, tags: told) }])
    #expect(Fixture.text(try fixture.answer(0, 3_600)) == ["a": "180 3420 0 0 a 180-3600"])
  }

  @Test func plannedWorkIsLeftOut() throws {
    var fixture = Fixture(registries: [
      (
        0,
        [Fixture.device("a"), Fixture.device("b", area: "64", deviceClass: "camera"), Fixture.device("c", area: "64")]
      )
    ])
    for id in ["a", "b", "c"] {
      fixture.add(parts: [Fixture.rows(id, Self.every(60, -60...3_600, but: 660..<1_800))])
    }
    func found(_ planned: [PlannedWork], groupBy: GroupBy = .device) throws -> [String: String] {
      Fixture.text(try fixture.answer(0, 3_600, groupBy: groupBy) { $0.planned = planned })
    }
    let whole = "2580 1020 0 0 a 780-1800"
    #expect(try found([])["a"] == whole)
    func work(_ subject: PlannedWork.Subject, _ from: Int64, _ to: Int64) -> PlannedWork {
      PlannedWork(subject, from: Fixture.time(from), to: Fixture.time(to))
    }
    #expect(try found([work(.device("a"), 600, 2_400)])["a"] == "1800 0 1800 0")
    // It cuts an outage, wherever it lies; windows that overlap count once, and one without length is none.
    let cut = [work(.area("52"), 1_000, 1_200), work(.deviceClass("sensor"), 1_100, 1_300), work(.device("a"), 9, 9)]
    #expect(try found(cut)["a"] == "2580 720 300 0 a 780-1000 a 1300-1800")
    #expect(try found([work(.device("a"), -900, 800)])["a"] == "1800 1000 800 0 a 800-1800")
    #expect(try found([work(.device("a"), 1_700, 9_000)])["a"] == "780 920 1900 0 a 780-1700")
    #expect(try found([work(.device("a"), -900, 9_000)])["a"] == "0 0 3600 0")
    // Whom it does not concern it changes nothing for.
    #expect(try found(cut + [work(.device("c"), 0, 3_600)])["b"] == whole.replacing("a 780", with: "b 780"))
    #expect(try found([work(.area("21553"), 0, 3_600)])["a"] == whole)
    let answer = try fixture.answer(0, 3_600, groupBy: .none) { $0.planned = [work(.device("a"), 600, 2_400)] }
    #expect(answer.groups[0].devices == 3 && abs((answer.groups[0].times.share ?? 0) - 6_960.0 / 9_000) < 1e-12)
  }

  @Test func whoHasNoIntervalIsExpectedEveryMinuteAndWhoHasNoEndIsNot() throws {
    var fixture = Fixture(registries: [
      (
        0,
        [
          Fixture.device("none", interval: nil), Fixture.device("never", interval: .infinity),
          Fixture.device("ten", interval: 600),
        ]
      )
    ])
    for id in ["none", "never", "ten", "stranger"] { fixture.add(parts: [Fixture.rows(id, [0, 1_000])]) }
    let found = Fixture.text(try fixture.answer(0, 3_600))
    #expect(found == ["none": "360 3240 0 0 none 180-1000 none 1180-3600", "ten": "2800 800 0 0 ten 2800-3600"])
  }

  @Test func aDeviceCountsWhereItStoodAndWhileItWasThere() throws {
    let gone = [Fixture.device("b")]
    var fixture = Fixture(registries: [
      (-9_000, [Fixture.device("a", area: "21550"), Fixture.device("b")]),
      (1_000, [Fixture.device("a", area: "64"), Fixture.device("b")]), (2_000, gone),
      (3_000, [Fixture.device("a", area: "64", contract: "hd-1"), Fixture.device("b", interval: 600)]),
    ])
    fixture.add(parts: [Fixture.rows("a", [0, 1_500, 3_100]), Fixture.rows("b", Self.every(60, 0...2_500))])
    let byArea = Fixture.text(try fixture.answer(0, 4_000, groupBy: .area))
    #expect(
      byArea == [
        // a moves while it is out: each area has its own part of that. When a comes back, rows are waited for.
        "21550": "3820 1180 0 0 a 180-1000 b 2640-3000",
        "64": "360 1540 0 100 a 1000-1500 a 1680-2000 a 3280-4000",
      ])
    let byDevice = Fixture.text(try fixture.answer(0, 4_000))
    #expect(byDevice["a"] == "540 2360 0 100 a 180-1500 a 1680-2000 a 3280-4000")
    let byContract = Fixture.text(try fixture.answer(0, 4_000, groupBy: .contract))
    #expect(byContract["hd-1"] == "180 720 0 100 a 3280-4000")
    let top = try fixture.answer(0, 4_000, groupBy: .area) { $0.level = 1 }
    #expect(top.groups.map(\.name) == ["52", "64"])
    let filtered = try fixture.answer(0, 4_000) { $0.filter.area = "64" }
    #expect(Fixture.text(filtered) == ["a": "360 1540 0 100 a 1000-1500 a 1680-2000 a 3280-4000"])
  }

  @Test func beforeAnybodyListenedOnlyWhatLiesBetweenRowsIsKnown() throws {
    var fixture = Fixture("a", "b", "c", "d")
    fixture.add(parts: [
      Fixture.rows("a", Self.every(60, 600...1_200) + Self.every(60, 2_400...3_000) + Self.every(60, 6_000...9_000))
    ])
    fixture.add(parts: [Fixture.rows("b", Self.every(60, 5_100...9_000)), Fixture.rows("c", [-900_000, 4_999])])
    let since = Fixture.time(5_000)
    func found(_ from: Int64, _ to: Int64) throws -> [String: String] {
      Fixture.text(try fixture.answer(from, to) { $0.listeningSince = since })
    }
    let whole = try found(0, 9_000)
    // Unknown: 0-600, and from 3180 until a row would have come of a device that lives, at 5180.
    #expect(whole["a"] == "4560 1840 0 2600 a 1380-2400 a 5180-6000")
    #expect(whole["b"] == "3900 0 0 5100")
    #expect(whole["c"] == "180 8819 0 1 c 0-4999 c 5180-9000")
    #expect(whole["d"] == "0 3820 0 5180 d 5180-9000")
    // A part of the time says the same of it.
    #expect(try found(1_500, 2_300)["a"] == "0 800 0 0 a 1500-2300")
    #expect(try found(3_500, 4_500)["a"] == "0 0 0 1000")
    #expect(try found(0, 4_000)["c"] == "0 4000 0 0 c 0-4000")
    #expect(try found(5_100, 5_200)["d"] == "0 20 0 80 d 5180-5200")
  }

  @Test func aDeviceThatWasPutUpLaterCountsFromThenOnOrFromItsRows() throws {
    var fixture = Fixture(registries: [
      (-9_000, [Fixture.device("old")]),
      (1_000, ["old", "new", "kept", "dead"].map { Fixture.device($0) }),
    ])
    fixture.add(parts: [
      Fixture.rows("old", Self.every(60, -60...3_600)), Fixture.rows("new", Self.every(60, 1_500...3_600)),
      Fixture.rows("kept", [300, 500, 1_100] + Self.every(60, 1_160...3_600)),
    ])
    let found = Fixture.text(try fixture.answer(0, 3_600))
    #expect(
      found == [
        "old": "3600 0 0 0", "new": "2100 320 0 1180 new 1180-1500", "dead": "0 2420 0 1180 dead 1180-3600",
        "kept": "2860 20 0 720 kept 480-500",
      ])
  }

  @Test func whatExpiredIsNotKnown() throws {
    var fixture = Fixture("a", "b")
    fixture.add(parts: [Fixture.rows("a", Self.every(60, 900...5_000))])
    fixture.add(.events, parts: [Fixture.rows("b", Self.every(60, 3_000...5_000))])
    let readings = Fixture.time(1_000)
    let events = Fixture.time(2_000)
    let found = Fixture.text(
      try fixture.answer(0, 5_000) {
        $0.readingsSince = readings
        $0.eventsSince = events
      })
    // Of b only events are known: before those nothing is.
    #expect(found == ["a": "4000 0 0 1000", "b": "2000 820 0 2180 b 2180-3000"])
  }

  @Test func whatCannotBeReadIsNoOutage() throws {
    var fixture = Fixture("a")
    fixture.add(parts: [
      Fixture.rows("a", Self.every(60, 0...1_000)), Fixture.rows("a", Self.every(60, 1_020...2_000)),
      Fixture.rows("a", Self.every(60, 2_940...4_000)),
    ])
    #expect(Fixture.text(try fixture.answer(0, 4_000)) == ["a": "3220 780 0 0 a 2160-2940"])
    fixture.damaged = ["\(TableName.readings("m").directoryName)/1"]
    let answer = try fixture.answer(0, 4_000)
    #expect(answer.missing.map(\.table) == ["m"])
    #expect(Fixture.text(answer) == ["a": "2200 780 0 1020 a 2160-2940"])
  }

  @Test func aScopeSeesItsOwnDevicesAndTimes() throws {
    var fixture = Fixture(registries: [
      (-9_000, [Fixture.device("a", area: "21550"), Fixture.device("b", area: "64")]),
      (1_000, [Fixture.device("a", area: "64"), Fixture.device("b", area: "52")]),
    ])
    fixture.add(parts: [Fixture.rows("a", [0, 900]), Fixture.rows("b", [990])])
    fixture.scope = DeviceScope(areas: ["52"])
    // Of b nothing was seen when it came into sight.
    #expect(
      Fixture.text(try fixture.answer(0, 2_000)) == ["a": "280 720 0 0 a 180-900", "b": "0 820 0 180 b 1180-2000"])
    fixture.scope = DeviceScope(areas: ["nowhere"])
    #expect(try fixture.answer(0, 2_000).groups.isEmpty)
  }

  @Test func causesAreAskedForAndTooManyOutagesAreRefused() throws {
    var fixture = Fixture("a")
    fixture.add(parts: [Fixture.rows("a", [0, 600])])
    let answer = try fixture.answer(
      0, 3_600, now: 3_600, cause: { device, from, to in "\(device) \(to == nil) \(from == Fixture.time(180))" })
    #expect(answer.groups[0].outages.map(\.cause) == ["a false true", "a true false"])
    var many = Fixture("m")
    let count = Int64(Limits.outages) + 1
    many.add(unsealed: [Fixture.rows("m", stride(from: 0, through: count * 200, by: 200))])
    #expect(throws: QueryError.tooManyOutages(limit: Limits.outages)) { try many.answer(0, count * 200) }
    #expect(try many.answer(0, 1_000 * 200).groups[0].outages.count == 1_000)
  }
}
