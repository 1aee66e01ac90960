@testable import Lagoon
import Primitives
import Registry
import Telemetry
import Testing

/// What availability is made of.
@Suite struct SilenceScanTests {
  private typealias Fixture = AvailabilityFixture

  @Test func rangesAreMergedAndSplit() {
    let ranges = TimeRanges([5..<9, 1..<3, 3..<4, 6..<7, 20..<20, 8..<12])
    #expect(ranges.ranges == [1..<4, 5..<12] && !ranges.isEmpty && TimeRanges([3..<3]).isEmpty)
    for from in 0..<14 as Range<Int64> {
      for to in from...14 {
        var outside: Set<Int64> = []
        var inside: Set<Int64> = []
        ranges.split(from..<to) {
          outside.formUnion($0)
        } inside: {
          inside.formUnion($0)
        }
        let truth = Set((from..<to).filter { (1..<4).contains($0) || (5..<12).contains($0) })
        #expect(inside == truth && outside == Set(from..<to).subtracting(truth), "\(from) \(to)")
        #expect(ranges.nanosOutside(from..<to) == Int64(outside.count))
      }
    }
  }

  @Test func runsJoinWhatIsNoFurtherApartThanTheLimit() {
    var runs = SignRuns(limits: [10, 3])
    for (device, time) in [(0, 100), (1, 5), (0, 90), (0, 110), (0, 121), (1, 5), (1, 9), (0, 105), (1, 2), (0, 79)] {
      runs.add(device, UnixNanos(time))
    }
    let found = runs.take().map { "\($0.device) \($0.first)-\($0.last)" }
    #expect(Set(found).isSuperset(of: ["0 90-110", "1 5-5"]) && found == found.sorted { $0.first! < $1.first! })
    #expect(runs.take().isEmpty && runs.byteCount > 0)
    // Instants as far apart as there are.
    runs.add(0, .min + 1)
    runs.add(0, .max)
    #expect(runs.take().map(\.first) == [.min + 1, .max])
  }

  @Test func rowsBeforeAreLookedForAsFarAsItMatters() throws {
    var fixture = Fixture("a", "b", "c")
    for hours in [1, 3, 10, 100, 1_000] as [Int64] {
      fixture.add(parts: [["a", "b"].map { Fixture.row($0, -3_600 * hours + ($0 == "a" ? 60 : 0)) }])
    }
    fixture.add(.events, unsealed: [[Fixture.row("b", -7_000)]])
    let devices = AskedDevices(["a", "b", "c"])
    #expect(devices.numbers(of: SeriesList([SeriesKey(measurement: "m", device: "c")])) == [2])
    func newest(_ reaches: [Int64]) throws -> [Int64?] {
      var missing = MissingTables()
      var before = RowsBefore(
        Fixture.noon - 3_600 * Nanos.perSecond + 30 * Nanos.perSecond, of: devices, isOfSome: false, in: fixture.view,
        tables: fixture.view.tablesOfSigns)
      try before.run(reaches: reaches.map { $0 == .min ? .min : Fixture.time($0) }, missing: &missing)
      return before.newest.map { $0 == .min ? nil : ($0 - Fixture.noon) / Nanos.perSecond }
    }
    #expect(try newest([-4_000, -4_000, -4_000]) == [nil, -3_600, nil])
    #expect(try newest([-20_000, .min, .min]) == [-10_740, -3_600, nil])
  }

  @Test func silencesOfPartsAndMemory() throws {
    var fixture = Fixture("a")
    fixture.add(parts: [Fixture.rows("a", [10, 20, 300])], unsealed: [Fixture.rows("a", [500, 15, 25, 310])])
    var missing = MissingTables()
    var scan = SilenceScan(
      fixture.view, of: AskedDevices(["a"]), limits: [50 * Nanos.perSecond], isOfSome: false,
      within: Fixture.time(0)..<Fixture.time(1_000))
    let found = try scan.run(listening: [.min], missing: &missing)
    let texts = found.all.map { silence in
      (silence.after == .min ? "" : "\((silence.after - Fixture.noon) / Nanos.perSecond)")
        + "-\((silence.until - Fixture.noon) / Nanos.perSecond) \(silence.isEnded)"
    }
    #expect(texts == ["-10 true", "25-300 true", "310-500 true", "500-1000 false"])
    #expect(found.hasReadings == [true] && found.blind.isEmpty)
  }

  @Test func timeIsCutByRowsAndDays() throws {
    var fixture = Fixture("a")
    fixture.add(parts: [Fixture.rows("a", [0, 1]), Fixture.rows("a", [86_400 * 2])])
    let tables = Array(fixture.tables.values)
    func slices(_ slices: TimeSlices) -> [Range<Int64>] {
      var slices = slices
      var found: [Range<Int64>] = []
      while let slice = slices.next() {
        found.append(
          (slice.lowerBound - Fixture.noon) / Nanos.perSecond..<(slice.upperBound - Fixture.noon) / Nanos.perSecond)
      }
      return found
    }
    let (from, to) = (Fixture.time(-86_400), Fixture.time(86_400 + 3_600))
    // Nothing is cut before the oldest row. Noon is one of UTC.
    #expect(slices(TimeSlices(tables, from: from, to: to)) == [0..<86_400, 86_400..<90_000])
    #expect(
      slices(TimeSlices(tables, from: from, to: to, changes: [Fixture.time(5)], endsWithDays: true))
        == [0..<5, 5..<43_200, 43_200..<90_000])
    #expect(slices(TimeSlices(tables, from: from, to: Fixture.time(120), rowsPerSlice: 0.5)).count == 2)
  }

  @Test func timesAreWhatTheRegistrySays() {
    let fixture = Fixture(registries: [
      (-9_000, [Fixture.device("a"), Fixture.device("b", interval: .infinity)]),
      (100, [Fixture.device("a", interval: 20), Fixture.device("b", interval: 0.5)]),
    ])
    let asked = Fixture.time(0)..<Fixture.time(1_000)
    var grouping = DeviceGrouping(
      filter: DeviceFilter(), within: .everything, groupBy: .device, directory: fixture.directory,
      from: asked.lowerBound, to: asked.upperBound, asksRegistry: true)
    var works = PlannedTimes(
      [
        PlannedWork(.deviceClass("sensor"), from: .min, to: Fixture.time(50)),
        PlannedWork(.area("21550"), from: Fixture.time(900), to: .max),
      ], directory: fixture.directory)
    func times(_ id: String) -> ExpectedTimes {
      ExpectedTimes(of: id, within: asked, directory: fixture.directory, grouping: &grouping, planned: &works)
    }
    let a = times("a")
    #expect(a.stretches.map { ($0.to - $0.from) / Nanos.perSecond } == [100, 900])
    #expect(a.stretches.map(\.since) == [.min, .min] && a.leastLimitNanos == 60 * Nanos.perSecond)
    #expect(a.planned.ranges == [Fixture.time(0)..<Fixture.time(50), Fixture.time(900)..<Fixture.time(1_000)])
    let b = times("b")
    #expect(b.stretches.map(\.since) == [Fixture.time(100)] && b.leastLimitNanos == 1_500_000_000)
    #expect(times("stranger").stretches.isEmpty && times("stranger").leastLimitNanos == .max)
  }

  @Test func whoIsJudgedAddsToItsGroup() throws {
    let fixture = Fixture("a")
    let asked = Fixture.time(0)..<Fixture.time(1_000)
    var grouping = DeviceGrouping(
      filter: DeviceFilter(), within: .everything, groupBy: .none, directory: fixture.directory,
      from: asked.lowerBound, to: asked.upperBound, asksRegistry: true)
    var works = PlannedTimes([], directory: fixture.directory)
    let times = ExpectedTimes(
      of: "a", within: asked, directory: fixture.directory, grouping: &grouping, planned: &works)
    var tally = AvailabilityTally(within: asked, isScoped: false, lastsUntil: Fixture.time(1_000))
    let silences = [
      Silence(device: 0, after: Fixture.time(0), until: Fixture.time(300), isEnded: true),
      Silence(device: 0, after: Fixture.time(600), until: Fixture.time(1_000), isEnded: false),
    ]
    try tally.add("a", times, silences[...], listening: .min, keptSince: .min)
    #expect(tally.byteCount > 0)
    let groups = tally.groups(named: [""]) { _, _, _ in "power" }
    let group = try #require(groups.first)
    #expect(group.devices == 1 && group.times.outage == 340 * Int128(Nanos.perSecond) && group.times.share == 0.66)
    #expect(group.outages.map(\.to) == [Fixture.time(300), nil] && group.outages[0].cause == "power")
    let nothing: AvailabilityAnswer.Times = .init()
    #expect(nothing.share == nil)
  }
}
