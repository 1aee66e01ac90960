import Mutation
import Primitives
import Registry
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// What counters rise by, and in which bucket it counts.
@Suite struct CounterPassTests {
  private static func reading(_ time: UnixNanos, _ payload: Int64, _ tag: ValueTag = .integer) -> CounterPass.Reading {
    CounterPass.Reading(time: time, payload: payload, sequence: 0, tag: tag)
  }

  private static func double(_ value: Double) -> CounterPass.Reading {
    reading(0, Int64(bitPattern: value.bitPattern), .double)
  }

  private static func rise(_ last: CounterPass.Reading, _ next: CounterPass.Reading) -> ExactSum? {
    var rises = CounterRises()
    let place = BucketPlace(group: 2, number: 7)
    rises.add(from: last, to: next, at: place)
    #expect(rises.rises.keys.allSatisfy { $0 == place })
    return rises.rises[place]
  }

  @Test(
    arguments: [
      (5, 9, 4), (5, 5, nil), (9, 5, 5), (9, 0, nil), (9, -3, nil), (-9, -3, 6), (0, .max, .max),
      (.max, .max - 1, .max - 1),
      (1, .min, nil),
    ] as [(Int64, Int64, Int64?)]) func aFallIsAResetAndTheRestIsARise(last: Int64, next: Int64, rise: Int64?)
  {
    #expect(Self.rise(Self.reading(0, last), Self.reading(1, next))?.mantissa(scale: 0) == rise)
  }

  @Test func digitsAndSixtyFourBitsAreNoBound() throws {
    // From the least to the largest: more than 64 bits say.
    let most = try #require(Self.rise(Self.reading(0, .min), Self.reading(1, .max)))
    #expect(most.wideDigits?.mantissa == Int128(Int64.max) - Int128(Int64.min) && most.isExact)
    // 0.1 + 0.2 is 0.3, whatever scales they come in.
    let next = Self.reading(1, 300, .decimal(scale: 3))
    let fine = try #require(Self.rise(Self.reading(0, 1, .decimal(scale: 1)), next))
    #expect(fine.mantissa(scale: 1) == 2 && fine.isExact)
    let whole = try #require(Self.rise(Self.reading(0, .max, .decimal(scale: 9)), Self.reading(1, .max)))
    #expect(whole.isExact && abs(whole.value - (0x1p63 - 0x1p63 / 1e9)) < 4_096)
  }

  @Test func doublesRiseToo() {
    #expect(Self.rise(Self.double(1e300), Self.double(3e300))?.value == 2e300)
    #expect(Self.rise(Self.double(3e300), Self.double(1e300))?.value == 1e300)
    #expect(Self.rise(Self.double(0.1), Self.double(0.1)) == nil)
    #expect(Self.rise(Self.double(5), Self.double(-1)) == nil)
    // More places than are summed up exactly.
    #expect(Self.rise(Self.reading(0, 5, .decimal(scale: 12)), Self.reading(1, 1))?.value == 1 - 5e-12)
  }

  // MARK: readings of many sources

  private static func query(_ from: UnixNanos, _ to: UnixNanos, _ step: String = "1m") throws -> RollupQuery {
    RollupQuery(measurement: "m", field: "v", step: try #require(Step(step)), from: from, to: to)
  }

  private static func grouping(_ query: RollupQuery, _ filter: DeviceFilter = DeviceFilter()) -> DeviceGrouping {
    DeviceGrouping(
      filter: filter, within: .everything, groupBy: .device, directory: FakeDirectory.fleet(3), from: query.from,
      to: query.to)
  }

  private static let utc = TimeZoneRules.fixed(offsetSeconds: 0)

  /// Against lists of each series' readings, however the rows are dealt to sources.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func risesAreThoseOfLists(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let query = try Self.query(0, 10 * Nanos.perMinute)
    var grouping = Self.grouping(query)
    let grid = try #require(BucketGrid(step: query.step, zone: Self.utc, from: query.from, to: query.to, limit: 100))
    var dealt: [[TestRow]] = [[], [], []]
    var lists: [String: [(time: UnixNanos, value: Int64)]] = [:]
    var counters: [String: Int64] = [:]
    for second in stride(from: -200, to: 700, by: 7) {
      for device in ["a", "b"] {
        for port in ["1", "2"] where Int.random(in: 0..<3, using: &random) > 0 {
          let name = "\(device) \(port)"
          let isReset = Int.random(in: 0..<12, using: &random) == 0
          counters[name] = isReset ? 3 : (counters[name] ?? 100) + .random(in: 0...9, using: &random)
          let time = Int64(second) * Nanos.perSecond
          lists[name, default: []].append((time, counters[name] ?? 0))
          dealt[Int.random(in: 0..<3, using: &random)].append(
            TestRow(
              device, time, [("v", .integer(counters[name] ?? 0)), ("w", .integer(7))],
              tags: [SeriesKey.Tag(name: "port", value: port)]))
        }
      }
    }
    var pass = CounterPass(query, zone: Self.utc, probe: .never)
    for (arrival, rows) in dealt.enumerated() {
      let source = QueryFixture.source(rows.shuffled(using: &random), measurement: "m")
      try pass.add(source, arrival: Int64(arrival), grouping: &grouping)
    }
    try pass.order()
    let found = try pass.increases(grid: grid, grouping: &grouping)
    var truth: [BucketPlace: Int64] = [:]
    for (name, list) in lists {
      let group = grouping.group(of: String(name.prefix(1)), epoch: 0)
      for (last, next) in zip(list, list.dropFirst()) where next.time >= query.from && next.time < query.to {
        let rise = next.value >= last.value ? next.value - last.value : next.value
        if rise == 0 { continue }
        truth[BucketPlace(group: group, number: grid.number(of: next.time)), default: 0] += rise
      }
    }
    #expect(found.rises.mapValues { $0.mantissa(scale: 0) } == truth)
    #expect(!truth.isEmpty)
  }

  /// Readings of one instant count in the order in which they came.
  @Test func readingsOfOneInstantKeepTheirOrder() throws {
    let query = try Self.query(0, Nanos.perMinute)
    var grouping = Self.grouping(query)
    var pass = CounterPass(query, zone: Self.utc, probe: .never)
    let rows = [9, 2, 5].map { TestRow("a", 1_000_000, [("v", .integer($0))]) }
    try pass.add(QueryFixture.source(rows, measurement: "m"), arrival: 1, grouping: &grouping)
    try pass.add(
      QueryFixture.source([TestRow("a", 0, [("v", .integer(8))])], measurement: "m"), arrival: 2, grouping: &grouping)
    try pass.order()
    #expect(pass.series.map { $0.readings.map(\.payload) } == [[8, 9, 2, 5]])
  }

  /// What is no number, out of the range, or not asked for is no reading; of those before it the newest counts.
  @Test func onlyWhatIsAskedForIsFollowed() throws {
    let query = try Self.query(10 * Nanos.perSecond, 20 * Nanos.perSecond)
    var grouping = Self.grouping(query, DeviceFilter(device: "a"))
    var pass = CounterPass(query, zone: Self.utc, probe: .never)
    #expect(pass.scanFrom == 10 * Nanos.perSecond - Nanos.perHour)
    let rows: [TestRow] = [
      TestRow("b", 11 * Nanos.perSecond, [("v", .integer(1))]),
      TestRow("a", 11 * Nanos.perSecond, [("w", .integer(1))]),
      TestRow("a", 12 * Nanos.perSecond, [("v", .string("3"))]),
      TestRow("a", 13 * Nanos.perSecond, [("v", .double(.nan))]),
      TestRow("a", 20 * Nanos.perSecond, [("v", .integer(4))]), TestRow("a", 9 * Nanos.perSecond, [("v", .integer(5))]),
      TestRow("a", 9 * Nanos.perSecond, [("v", .integer(6))]), TestRow("a", 3 * Nanos.perSecond, [("v", .integer(7))]),
      TestRow("a", 10 * Nanos.perSecond, [("v", .integer(8))]),
    ]
    try pass.add(QueryFixture.source(rows, measurement: "m"), arrival: 5, grouping: &grouping)
    // An older part may not take the place of what came later.
    try pass.add(
      QueryFixture.source([TestRow("a", 9 * Nanos.perSecond, [("v", .integer(99))])], measurement: "m"), arrival: 4,
      grouping: &grouping)
    try pass.add(QueryFixture.source([TestRow("a", 0, [])], measurement: "m"), arrival: 6, grouping: &grouping)
    #expect(pass.series.count == 1 && pass.series[0].device == "a")
    #expect(pass.series[0].readings.map(\.payload) == [8] && pass.series[0].before?.payload == 6)
  }

  @Test func timesNearTheEndsAreNoTrap() throws {
    // The first day that a grid of buckets goes back to, and one in the middle of nowhere.
    for from in [-9_000_000_000, -1, 0] as [Int64] {
      let pass = CounterPass(try Self.query(from * Nanos.perSecond, 0, "1d"), zone: Self.utc, probe: .never)
      #expect(pass.from - pass.scanFrom == Nanos.perDay)
    }
  }

  // MARK: where a run of rows stands

  /// Every time of a range is in the bucket that the grid says, whatever the unit of the rows.
  @Test(arguments: [1, 1_000, 1_000_000] as [Int64], ["1m", "1h", "1d"]) func aCursorFindsTheBucketOfEachTime(
    unit: Int64, step: String
  ) throws {
    var random = SeededRandom(UInt64(unit))
    let zone = TimeZoneRules.fixed(offsetSeconds: 5 * 3_600 + 1_800)
    let from = -3 * Nanos.perHour + 1, to = 50 * Nanos.perHour - 1
    let query = try Self.query(from, to, step)
    let grid = try #require(BucketGrid(step: query.step, zone: zone, from: from, to: to, limit: 10_000))
    let grouping = Self.grouping(query)
    var cursor = RollupCursor(
      grid: grid, from: from, to: to, unitNanos: unit, groups: SeriesGroups(seriesCount: 0))
    // Before it enters anywhere no time is in its bucket.
    #expect(cursor.bucketStart > cursor.bucketEnd)
    for _ in 0..<200 {
      let time = Int64.random(in: cursor.from..<cursor.to, using: &random)
      #expect(time * unit >= from && time * unit < to)
      cursor.enterBucket(at: time, grid: grid, grouping: grouping)
      #expect(cursor.bucketStart <= time && time < cursor.bucketEnd && cursor.epoch == 0)
      #expect(cursor.bucketNumber == grid.number(of: time * unit))
      #expect(cursor.bucketStart * unit >= grid.start(of: cursor.bucketNumber))
      #expect((cursor.bucketEnd - 1) * unit < grid.start(of: cursor.bucketNumber + 1))
    }
    #expect((cursor.from - 1) * unit < from && cursor.to * unit >= to)
  }

  @Test func aGroupIsAskedForOnceAnEpoch() {
    var groups = SeriesGroups(seriesCount: 3, epochs: 2)
    var asked: [String] = []
    for _ in 0..<2 {
      for epoch in 0..<2 {
        for series in 0..<3 as Range<UInt32> {
          let found = groups.group(of: series, epoch: epoch) {
            asked.append("\(series) \(epoch)")
            return series == 1 ? DeviceGrouping.excluded : Int32(epoch * 10) + Int32(series)
          }
          #expect(found == (series == 1 ? -1 : Int32(epoch * 10) + Int32(series)))
        }
      }
    }
    #expect(asked == ["0 0", "1 0", "2 0", "0 1", "1 1", "2 1"])
  }

  // MARK: groups

  /// Each device is in the group of what the registry says of it then, and out where the filter leaves it out.
  @Test(arguments: GroupBy.allCases) func groupsAreWhatTheRegistrySaysThen(groupBy: GroupBy) {
    let directory = FakeDirectory.fleet(21, merger: 1_000)
    let filters = [
      DeviceFilter(), DeviceFilter(device: "d3"), DeviceFilter(deviceClass: "sensor"), DeviceFilter(area: "52"),
      DeviceFilter(area: "52", domain: "security", agency: "a1"), DeviceFilter(device: "d1", area: "52"),
      DeviceFilter(tags: [SeriesKey.Tag(name: "port", value: "")]),
    ]
    for filter in filters {
      var grouping = DeviceGrouping(
        filter: filter, within: .everything, groupBy: groupBy, directory: directory, from: 0, to: 2_000)
      let scanned = grouping.scanDevices()
      let isChanging = filter.needsRegistry || (groupBy != .none && groupBy != .device)
      #expect(grouping.changes == (isChanging ? [1_000] : []))
      for time in [0, 999, 1_000, 1_999] as [UnixNanos] {
        let epoch = grouping.epoch(of: time)
        #expect(epoch == (isChanging && time >= 1_000 ? 1 : 0))
        for number in 0..<22 {
          let device = "d\(number)"
          for tags in [[], [SeriesKey.Tag(name: "port", value: "")]] {
            let group = grouping.group(of: device, tags: tags, epoch: epoch)
            let isAsked = filter.takes(device, at: time, directory: directory) && filter.takes(tags: tags)
            #expect((group >= 0) == isAsked, "\(filter) \(device) \(time)")
            if !isAsked || group < 0 { continue }
            // Who is asked for is read.
            #expect(scanned?.contains(device) ?? true)
            let facts = directory.device(device)
            let name =
              switch groupBy {
              case .none: ""
              case .device: device
              case .area: facts?.area ?? ""
              case .deviceClass: facts?.deviceClass ?? ""
              case .domain: facts?.domain ?? ""
              case .agency: facts?.agency ?? ""
              case .contract: facts?.contract ?? ""
              }
            #expect(grouping.names[Int(group)] == name)
          }
        }
      }
      #expect(Set(grouping.names).count == grouping.names.count)
    }
  }
}
