import Mutation
import Primitives
import Registry
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// What counters rise by, and in which bucket it counts.
@Suite struct CounterPassTests {
  private static func reading(_ time: UnixNanos, _ payload: Int64, _ tag: ValueTag = .integer) -> CounterReading {
    CounterReading(time: time, payload: payload, tag: tag)
  }

  private static func double(_ value: Double) -> CounterReading {
    reading(0, Int64(bitPattern: value.bitPattern), .double)
  }

  /// By two ways that must say the same.
  private static func rise(_ last: CounterReading, _ next: CounterReading) -> ExactSum? {
    var sum = ExactSum()
    sum.addRise(from: last, to: next)
    var sums: [ExactSum] = []
    var stretch = CounterStretch(last)
    stretch.append(next, sums: &sums)
    #expect(stretch.rise(sums) == sum && stretch.first == last && stretch.last == next && !stretch.isSingle)
    var rises = CounterRises()
    let place = BucketPlace(group: 2, number: 7)
    rises.add(sum, at: place)
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

  private static func pass(_ query: RollupQuery) throws -> CounterPass {
    let grid = try #require(
      BucketGrid(step: query.step, zone: Self.utc, from: query.from, to: query.to, limit: 1_000_000))
    return CounterPass(query, grid: grid, zone: Self.utc, probe: .never)
  }

  /// Rows of a few counters over three days and their lists, dealt to parts and memory: in good order for the most part,
  /// with late ones, resets, equal instants, decimals of many scales and doubles.
  private static func dealt(
    _ random: inout SeededRandom
  ) -> (parts: [[TestRow]], memory: [[TestRow]], lists: [String: [(time: UnixNanos, value: Double)]]) {
    var parts = [[TestRow]](repeating: [], count: 5)
    var memory: [[TestRow]] = [[], []]
    var lists: [String: [(time: UnixNanos, value: Double)]] = [:]
    let isMessy = Bool.random(using: &random)
    for device in ["d0", "d1", "d2", "d3"] {
      for port in ["1", "2"] {
        var value: Int64 = 100
        var second: Int64 = -7_200
        // Equal instants lie in one source, or in two of which the order is known.
        while second < 3 * 86_400 {
          second += Int64.random(in: 1...(device == "d3" ? 9_000 : 900), using: &random)
          value = Int.random(in: 0..<20, using: &random) == 0 ? 25 : value + .random(in: 0...400, using: &random)
          let scale = Int.random(in: 0...2, using: &random)
          let exact: ReadingValue = scale == 0 ? .integer(value) : .decimal(mantissa: value * 10 + 5, scale: 1)
          let own = QueryFixture.number(exact) ?? 0
          lists["\(device) \(port)", default: []].append((second * Nanos.perSecond, own))
          let row = TestRow(
            device, second * Nanos.perSecond, [("v", exact), ("w", .integer(7))],
            tags: [SeriesKey.Tag(name: "port", value: port)])
          let isLate = isMessy && Int.random(in: 0..<30, using: &random) == 0
          let place = isLate ? Int.random(in: 0..<7, using: &random) : Int(min(max(0, second), 259_199) / 51_840)
          if place < 5 { parts[place].append(row) } else { memory[place - 5].append(row) }
        }
      }
    }
    if isMessy { memory = memory.map { $0.shuffled(using: &random) } }
    // The newest is in memory yet.
    memory[1] += parts.removeLast()
    return (parts, memory, lists)
  }

  /// Against lists of each series' readings, whatever the step, the range and the scope, however the rows are dealt.
  @Test(arguments: 1...40 as ClosedRange<UInt64>) func risesAreThoseOfLists(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let (parts, memory, lists) = Self.dealt(&random)
    let (whole, reader) = QueryFixture.view(parts: parts, unsealed: memory, table: .readings("m"))
    let directory = FakeDirectory.fleet(4, merger: 40 * Nanos.perHour + 17 * Nanos.perMinute)
    for step in ["1m", "5m", "15m", "1h", "6h", "1d"] {
      let from =
        Int64.random(in: 0..<90_000, using: &random) / 3_600 * 3_600 + [0, 0, 300, 77].randomElement(using: &random)!
      let to = from + Int64.random(in: 1...180_000, using: &random)
      let query = try Self.query(from * Nanos.perSecond, to * Nanos.perSecond, step)
      let scope = Bool.random(using: &random) ? DeviceScope.everything : DeviceScope(areas: ["52"])
      let view = whole.asked(by: .never, within: scope)
      let filter = Bool.random(using: &random) ? DeviceFilter() : DeviceFilter(device: "d1")
      var grouping = DeviceGrouping(
        filter: filter, within: view.scope, groupBy: .device, directory: directory, from: query.from, to: query.to)
      let grid = try #require(
        BucketGrid(step: query.step, zone: Self.utc, from: query.from, to: query.to, limit: 10_000))
      var pass = CounterPass(query, grid: grid, zone: Self.utc, probe: .never)
      let table = try #require(view.tables[.readings("m")])
      let found = try pass.run(on: table, view, devices: grouping.scanDevices(), grouping: &grouping)
      var truth: [BucketPlace: Double] = [:]
      for (name, list) in lists {
        let device = String(name.prefix(2))
        for (last, next) in zip(list, list.dropFirst()) where next.time >= query.from && next.time < query.to {
          let number = grid.number(of: next.time)
          let epoch = grouping.epoch(of: grid.start(of: number))
          let group = grouping.group(of: device, epoch: epoch)
          if group < 0 || !grouping.scope.takes(device, at: last.time) { continue }
          let rise = next.value >= last.value ? next.value - last.value : next.value
          if rise != 0 { truth[BucketPlace(group: group, number: number), default: 0] += rise }
        }
      }
      #expect(
        found.rises.mapValues { ($0.value * 10).rounded() } == truth.mapValues { ($0 * 10).rounded() },
        "\(step) \(from) \(to) \(view.scope) \(filter)")
    }
    #expect(!reader.scans.isEmpty)
  }

  /// Readings of one instant count in the order in which they came.
  @Test func readingsOfOneInstantKeepTheirOrder() throws {
    let query = try Self.query(0, Nanos.perHour, "1h")
    for isSealed in [false, true] {
      let first = [9, 2, 5].map { TestRow("a", 1_000_000, [("v", .integer($0))]) }
      let second = [TestRow("a", 0, [("v", .integer(8))]), TestRow("a", 1_000_000, [("v", .integer(7))])]
      let (view, _) = QueryFixture.view(
        parts: isSealed ? [first, second] : [], unsealed: isSealed ? [] : [first, second], table: .readings("m"))
      var pass = try Self.pass(query)
      var grouping = Self.grouping(query)
      let table = try #require(view.tables[.readings("m")])
      let found = try pass.run(on: table, view, devices: nil, grouping: &grouping)
      // 8, 9, 2, 5, 7.
      #expect(found.rises.values.map { $0.mantissa(scale: 0) } == [1 + 2 + 3 + 2])
    }
  }

  /// What is no number, out of the range, or not asked for is no reading; of those before it the newest counts.
  @Test func onlyWhatIsAskedForIsFollowed() throws {
    let query = try Self.query(10 * Nanos.perSecond, 20 * Nanos.perSecond)
    var grouping = Self.grouping(query, DeviceFilter(device: "a"))
    var pass = try Self.pass(query)
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
    let times = UnixNanos.min..<query.to
    try pass.add(QueryFixture.source(rows, measurement: "m"), arrival: 5, times: times, grouping: &grouping)
    // An older part may not take the place of what came later.
    try pass.add(
      QueryFixture.source([TestRow("a", 9 * Nanos.perSecond, [("v", .integer(99))])], measurement: "m"), arrival: 4,
      times: times, grouping: &grouping)
    try pass.add(
      QueryFixture.source([TestRow("a", 0, [])], measurement: "m"), arrival: 6, times: times, grouping: &grouping)
    #expect(pass.series.count == 1 && pass.series[0].device == "a")
    #expect(pass.series[0].stretches.map(\.first.payload) == [8] && pass.series[0].before?.payload == 6)
    #expect(pass.knownPlace(of: SeriesKey(measurement: "m", device: "a")) == 0)
    #expect(pass.knownPlace(of: SeriesKey(measurement: "m", device: "b")) == nil)
  }

  /// A stretch is what its readings are, whatever their digits.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func aStretchIsItsReadings(seed: UInt64) {
    var random = SeededRandom(seed)
    var sums: [ExactSum] = []
    var stretches: [CounterStretch] = []
    var truth: [ExactSum] = []
    for _ in 0..<20 {
      var readings: [CounterReading] = []
      for time in 0..<Int64.random(in: 1...6, using: &random) {
        let large = Int64.random(in: .min ... .max, using: &random)
        let payload = Int.random(in: 0..<4, using: &random) == 0 ? large : large >> 40
        let scale = Int.random(in: 0..<3, using: &random)
        let tag: ValueTag = [.integer, .decimal(scale: scale), .decimal(scale: 9)][
          Int.random(in: 0..<3, using: &random)]
        readings.append(
          Int.random(in: 0..<9, using: &random) == 0
            ? Self.double(Double(payload) / 7) : CounterReading(time: time, payload: payload, tag: tag))
      }
      var stretch = CounterStretch(readings[0])
      var sum = ExactSum()
      for (last, next) in zip(readings, readings.dropFirst()) {
        stretch.append(next, sums: &sums)
        sum.addRise(from: last, to: next)
      }
      stretches.append(stretch)
      truth.append(sum)
    }
    #expect(stretches.map { $0.rise(sums) } == truth)
    var others = [ExactSum(), ExactSum()]
    #expect(stretches.map { $0.moved(from: sums, to: &others) }.map { $0.rise(others) } == truth)
  }

  /// Only where stretches lie in each other, or reach over a change, are readings read.
  @Test func overlapsAreFound() {
    func stretch(_ first: Int64, _ last: Int64) -> CounterStretch {
      var sums: [ExactSum] = []
      var made = CounterStretch(Self.reading(first, 0))
      if last > first { made.append(Self.reading(last, 1), sums: &sums) }
      return made
    }
    func overlaps(_ ranges: [(Int64, Int64)], _ changes: [UnixNanos] = []) -> [ClosedRange<UnixNanos>] {
      CounterPass.overlaps(in: ranges.map { stretch($0.0, $0.1) }, changes: changes)
    }
    #expect(overlaps([]) == [] && overlaps([(1, 5), (6, 9)]) == [])
    #expect(overlaps([(1, 1), (1, 1), (2, 2)]) == [])
    #expect(overlaps([(1, 5), (5, 9), (10, 12)]) == [1...9])
    #expect(overlaps([(1, 9), (2, 3), (8, 12), (13, 14), (14, 14)]) == [1...12, 13...14])
    #expect(overlaps([(1, 1), (1, 4)]) == [1...4])
    #expect(overlaps([(1, 4), (5, 8), (9, 9)], [4]) == [1...4] && overlaps([(1, 4), (5, 8)], [1, 5, 9]) == [])
  }

  @Test func timesNearTheEndsAreNoTrap() throws {
    // The first day that a grid of buckets goes back to, and one in the middle of nowhere.
    for from in [-7_900_000_000, -1, 0] as [Int64] {
      let pass = try Self.pass(try Self.query(from * Nanos.perSecond, 0, "1d"))
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
