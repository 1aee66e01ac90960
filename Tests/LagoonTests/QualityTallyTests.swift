import Primitives
import Registry
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// What is counted of each device, and what it comes to.
@Suite struct QualityTallyTests {
  private static let utc = TimeZoneRules.fixed(offsetSeconds: 0)
  private static let minute = Nanos.perMinute

  private static func grid(_ minutes: Int64, from: UnixNanos = 0) throws -> BucketGrid {
    try #require(
      BucketGrid(step: try step("1m"), zone: utc, from: from, to: from + minutes * minute, limit: Limits.buckets))
  }

  private static func step(_ text: String) throws -> Step { try #require(Step(text)) }

  private struct Directory: DeviceDirectory {
    var devices: [DeviceFacts]

    init(_ intervals: [String: Double?]) {
      devices = intervals.sorted { $0.key < $1.key }.map { id, interval in
        var facts = DeviceFacts(id: id)
        facts.intervalSeconds = interval
        return facts
      }
    }
    func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }
    func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool { code == ancestor }
    func areaPath(of code: String, at time: UnixNanos) -> [String] { [code] }
    func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
  }

  private static func answer(
    _ tally: consuming QualityTally, _ directory: Directory, groupBy: GroupBy = .device,
    heard: HeardTimes? = nil
  ) throws -> [String: [QualityAnswer.Cell]] {
    var grouping = DeviceGrouping(
      filter: DeviceFilter(), within: .everything, groupBy: groupBy, directory: directory, from: tally.grid.start,
      to: tally.grid.end)
    let answer = try tally.answer(grouping: &grouping, directory: directory, heard: heard, probe: .never)
    return Dictionary(uniqueKeysWithValues: answer.groups.map { ($0.name, $0.cells) })
  }

  @Test func whatLiesOutsideIsNotCounted() throws {
    var tally = QualityTally(grid: try Self.grid(3, from: -Self.minute), now: .max)
    let device = try tally.addDevice("d")
    #expect(try tally.addDevice("d") == device && tally.addDevice("") != device)
    for time in [Int64.min, -Self.minute - 1, -Self.minute, -1, 0, 2 * Self.minute - 1, 2 * Self.minute, .max] {
      tally.change(device, at: time) { $0.received += 1 }
    }
    let found = try Self.answer(tally, Directory(["d": 60]))
    #expect(found["d"]?.map(\.received) == [2, 1, 1])
    #expect(found["d"]?.map(\.time) == [-Self.minute, 0, Self.minute])
    // Whom nobody knows and nothing came of is not there.
    #expect(found[""] == nil)
  }

  @Test func tooManyDevicesForABucketEachAreRefused() throws {
    var tally = QualityTally(grid: try Self.grid(Int64(Limits.buckets / 2), from: 0), now: 0)
    try tally.addDevice("a")
    try tally.addDevice("b")
    #expect(throws: QueryError.self) { try tally.addDevice("c") }
    // One that is known is no other.
    try tally.addDevice("a")
  }

  /// Three intervals and no longer.
  @Test(arguments: [(0, true), (-1, false), (1, true)] as [(Int64, Bool)]) func lifeIsThreeIntervalsLong(
    offset: Int64, isLive: Bool
  ) throws {
    var tally = QualityTally(grid: try Self.grid(1, from: 10 * Self.minute), now: .max)
    let device = try tally.addDevice("d")
    let limit = 11 * Self.minute - 3 * 20 * Nanos.perSecond
    tally.note(device, sign: limit + offset, bucketOf: 10 * Self.minute - 1)
    // An older sign changes nothing.
    tally.note(device, sign: 5, bucketOf: 5)
    let cell = try #require(try Self.answer(tally, Directory(["d": 20]))["d"]?.first)
    #expect(cell.live == (isLive ? 1 : 0) && cell.received == 0 && cell.expected == 3 && cell.complete == 0)
    #expect(cell.correct == nil && cell.clean == nil)
  }

  @Test func completeIsOfWhatTheIntervalPromises() throws {
    for (interval, rows, complete, expected) in [
      (10, 6, 1, 6), (10, 3, 0.5, 6), (10, 60, 1, 6), (0.0001, 30_000, 0.5, 60_000), (.infinity, 5, nil, 0),
      (600, 1, 1, 0), (600, 0, 0, 0), (nil, 1, 1, 1),
    ] as [(Double?, Int32, Double?, Int64)] {
      var tally = QualityTally(grid: try Self.grid(1), now: .max)
      let device = try tally.addDevice("d")
      tally.change(device, at: 0) { entry in
        (entry.received, entry.mostRows) = (rows * 2, rows)
        if rows > 0 { entry.newest = 0 }
      }
      let cell = try #require(try Self.answer(tally, Directory(["d": interval]))["d"]?.first)
      #expect(cell.complete == complete && cell.expected == expected, "\(String(describing: interval)) \(rows)")
      #expect(cell.received == Int64(rows) * 2)
    }
  }

  @Test func sharesAreOfWhatCame() throws {
    var tally = QualityTally(grid: try Self.grid(1), now: .max)
    let device = try tally.addDevice("d")
    tally.change(device, at: 0) { entry in
      (entry.received, entry.checked, entry.invalid) = (6, 4, 1)
      (entry.duplicates, entry.malformed) = (1, 1)
    }
    var cell = try #require(try Self.answer(tally, Directory(["d": 60]))["d"]?.first)
    #expect(cell.correct == 0.75 && cell.clean == 0.75 && cell.duplicates == 1 && cell.malformed == 1)
    // The most that can be counted of one device does not run over.
    var full = QualityTally(grid: try Self.grid(1), now: .max)
    let other = try full.addDevice("d")
    full.change(other, at: 0) { entry in
      (entry.received, entry.duplicates, entry.malformed) = (.max, .max, .max)
    }
    cell = try #require(try Self.answer(full, Directory(["d": 60]))["d"]?.first)
    #expect(cell.clean.map { abs($0 - 1.0 / 3) < 1e-9 } == true && cell.received == Int64(Int32.max))
  }

  /// A group is the average of its devices, whatever each of them sends.
  @Test func aGroupIsTheAverageOfItsDevices() throws {
    var tally = QualityTally(grid: try Self.grid(2), now: .max)
    for (id, rows) in [("a", 6), ("b", 0), ("c", 3)] as [(String, Int32)] {
      let device = try tally.addDevice(id)
      tally.change(device, at: 0) { entry in
        (entry.received, entry.mostRows, entry.newest) = (rows, rows, rows > 0 ? 30 * Nanos.perSecond : .min)
      }
    }
    let cells = try #require(try Self.answer(tally, Directory(["a": 10, "b": 10, "c": 10]), groupBy: .none)[""])
    #expect(cells.count == 2 && cells[0].devices == 3 && cells[0].received == 9 && cells[0].expected == 18)
    #expect(cells[0].complete == 0.5 && cells[0].live.map { abs($0 - 2.0 / 3) < 1e-12 } == true)
    #expect(cells[0].correct == 1 && cells[1].live == 0)
  }

  /// Of the time before anybody listened nothing is said, unless it came later.
  @Test func nothingIsSaidOfTheTimeBeforeTheStart() throws {
    let since = Self.minute + Self.minute / 2
    var tally = QualityTally(grid: try Self.grid(4), now: 3 * Self.minute + 1, listeningSince: since)
    let device = try tally.addDevice("d")
    tally.change(device, at: 2 * Self.minute) { entry in (entry.received, entry.mostRows) = (6, 6) }
    let cells = try #require(try Self.answer(tally, Directory(["d": 10]))["d"])
    // The last bucket has just begun, and none begins later than now.
    #expect(cells.map(\.expected) == [0, 3, 6, 0])
    #expect(cells[0].live == nil && cells[0].complete == nil && cells[1].complete == 0 && cells[2].complete == 1)
    var late = QualityTally(grid: try Self.grid(1), now: .max, listeningSince: since)
    let other = try late.addDevice("d")
    late.change(other, at: 0) { entry in (entry.received, entry.mostRows) = (3, 3) }
    #expect(try Self.answer(late, Directory(["d": 10]))["d"]?.first?.complete == 0.5)
  }

  // MARK: taken from tables

  /// Rows in parts and in memory, late ones and doubled ones: counted once each, in their buckets.
  @Test func rowsAreCountedWhereverTheyLie() throws {
    let start = 1_000 * Nanos.perHour
    func row(_ device: String, _ second: Int64, _ value: Int64, told: Bool = false) -> TestRow {
      TestRow(
        device, start + second * Nanos.perSecond, [(told ? "w" : "v", .integer(value))],
        tags: told ? [SeriesKey.Tag(name: SeriesKey.toldTag, value: "n")] : [])
    }
    let rows = [
      row("a", 0, 5), row("a", 59, 50), row("a", 60, 5), row("b", 30, -5), row("a", -1, 5), row("b", 119, 7),
      row("a", 10, 5, told: true), row("x", 20, 1),
    ]
    let directory = Directory(["a": 60, "b": 60, "c": 60])
    for split in 0...rows.count {
      let fixture = try CatalogueFixture()
      defer { fixture.remove() }
      let catalogue = try fixture.open()
      let source = QueryFixture.source(Array(rows[..<split]), measurement: "m")
      try catalogue.seal([TableRows(table: .readings("m"), rows: source)], transactions: [])
      var view = catalogue.storedView()
      let unsealed = QueryFixture.source(Array(rows[split...]), measurement: "m")
      view.tables[.readings("m"), default: TableView(name: .readings("m"))].unsealed = [unsealed]
      let grid = try Self.grid(2, from: start)
      var missing = MissingTables()
      var tally = QualityTally(grid: grid, now: .max)
      for id in ["a", "b", "c"] { try tally.addDevice(id) }
      let scan = QualityScan(view: view, grid: grid, devices: nil)
      let table = try #require(view.tables[.readings("m")])
      try scan.addRows(of: table, to: &tally, missing: &missing)
      let range = ValueRange(measurement: "m", field: "v", least: 0, largest: 10)
      try scan.addReadings(of: table, in: range, directory: directory, to: &tally, missing: &missing)
      let found = try Self.answer(tally, directory)
      #expect(found["a"]?.map(\.received) == [2, 1], "\(split)")
      #expect(found["a"]?.map(\.correct) == [0.5, 1] && found["b"]?.map(\.correct) == [0, 1])
      #expect(found["b"]?.map(\.received) == [1, 1] && found["c"]?.map(\.received) == [0, 0])
      #expect(found["x"]?.map(\.received) == [1] && missing.isEmpty)
      // Only who is asked for.
      var some = QualityTally(grid: grid, now: .max)
      try QualityScan(view: view, grid: grid, devices: ["b"]).addRows(of: table, to: &some, missing: &missing)
      #expect(try Self.answer(some, directory).keys.sorted() == ["b"])
    }
  }

  /// A device is as complete as what it sends most of, in whatever order its measurements are looked at.
  @Test(arguments: [["m", "n"], ["n", "m"]]) func theMeasurementThatSendsMostCounts(order: [String]) throws {
    var tables: [String: TableView] = [:]
    for (name, count) in [("m", 6), ("n", 3)] as [(String, Int64)] {
      let rows = (0..<count).map { TestRow("d", $0 * Nanos.perSecond, [("v", .integer(1))]) }
      tables[name] = QueryFixture.view(parts: [], unsealed: [rows], table: .readings(name)).view.tables[.readings(name)]
    }
    let (view, _) = QueryFixture.view(parts: [], table: .readings("m"))
    let grid = try Self.grid(1)
    var tally = QualityTally(grid: grid, now: .max)
    var missing = MissingTables()
    for name in order {
      let table = try #require(tables[name])
      try QualityScan(view: view, grid: grid, devices: nil).addRows(of: table, to: &tally, missing: &missing)
    }
    let cell = try #require(try Self.answer(tally, Directory(["d": 10]))["d"]?.first)
    #expect(cell.complete == 1 && cell.received == 9 && cell.expected == 6 && cell.devices == 1)
  }

  // MARK: devices

  @Test(
    arguments: [
      (60.0, 180, .live), (60, 181, .silent), (nil, 180, .live), (.infinity, 1_000_000, .live), (0, 0, .live),
      (0, 1, .silent), (-5, 1, .silent), (1e300, 1_000_000, .live),
    ] as [(Double?, Int64, DeviceStatus)]) func aDeviceIsSilentAfterThreeIntervals(
      interval: Double?, age: Int64, status: DeviceStatus
    ) throws
  {
    let now = 2_000_000 * Nanos.perSecond
    let rows = [TestRow("d", now - age * Nanos.perSecond, [("v", .integer(1))])]
    let view = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m")).view
    let heard = HeardCache()
    for _ in 0..<2 {
      let found: [DeviceSummary] = try DevicesQuery().run(
        on: view, directory: Directory(["d": interval, "e": 60]), now: now, cache: NewestRowsCache(), heard: heard
      ).devices
      #expect(found.map(\.facts.id) == ["d", "e"] && found.map(\.status) == [status, .silent])
      #expect(found[0].lastSeen == now - age * Nanos.perSecond && found[1].lastSeen == nil)
      #expect(found[0].measurements == ["m"] && found[1].measurements == [])
    }
  }

  /// A part that cannot be read is named, and looked at again when it is asked for again.
  @Test func whatCouldNotBeReadIsLookedAtAgain() throws {
    let name = TableName.readings("m")
    let source = QueryFixture.source([TestRow("d", 5, [("v", .integer(1))])], measurement: "m")
    let table = TableView(name: name, parts: [QueryPart(path: "p", rowCount: 1, oldest: 0, newest: 5)])
    struct Damaged: PartReading {
      func scan(_ request: ScanRequest) throws -> RowSource {
        throw QueryError.unreadablePart(table: "m", part: request.path, cause: "damaged")
      }
    }
    let cache = HeardCache()
    for _ in 0..<2 {
      var missing = MissingTables()
      let view = LagoonView(tables: [name: table], reader: Damaged(), version: 1, watermark: 9)
      let heard = try cache.heard(on: view, missing: &missing)
      #expect(heard["d"] == nil && missing.all.map(\.table) == ["m"])
    }
    let parts = FakeParts(["p": source])
    let view = LagoonView(tables: [name: table], reader: parts, version: 1, watermark: 9)
    for _ in 0..<3 {
      var missing = MissingTables()
      let heard = try cache.heard(on: view, missing: &missing)
      #expect(heard["d"] == 0 && missing.isEmpty)
    }
    #expect(parts.scans.count == 1)
  }

  /// The newest row of each device is that of all rows, be they in parts, in memory, or in both.
  @Test func theNewestRowIsThatOfAllRows() throws {
    func row(_ device: String, _ second: Int64) -> TestRow {
      TestRow(device, second * Nanos.perSecond, [("v", .integer(second))])
    }
    let parts = [[row("a", 5), row("b", 9)], [row("a", 7), row("c", -3)], [row("c", -90_000)]]
    let (view, reader) = QueryFixture.view(
      parts: parts, unsealed: [[row("b", 8), row("c", -2), row("c", -2)]], table: .readings("m"))
    let table = try #require(view.tables[.readings("m")])
    let cache = NewestRowsCache()
    for devices in [nil, ["a"], ["b", "c"], []] as [Set<String>?] {
      var missing = MissingTables()
      let newest = try NewestRows(
        of: table, devices: devices, isExhaustive: false, view: view, cache: cache, missing: &missing)
      let all: [String: [Int64]] = ["a": [7], "b": [9], "c": [-2, -2]]
      let truth = all.filter { devices?.contains($0.key) ?? true }
      #expect(newest.found.mapValues { $0.map { $0.time / Nanos.perSecond } } == truth && missing.isEmpty)
    }
    // The part of long ago stayed closed, and each other one was opened once.
    #expect(reader.scans.map(\.path).sorted() == ["part-0", "part-1"])
  }

  // MARK: areas

  @Test func whoMayStandInAnAreaIsAmongItsMembers() {
    let day = CalendarDate(year: 2026, month: 1, day: 1)
    let later = CalendarDate(year: 2026, month: 7, day: 1)
    let tree = AreaTree([
      Area(code: "52"), Area(code: "540", parent: "52", validTo: later),
      Area(code: "540", parent: "64", validFrom: later),
      Area(code: "64"),
    ])
    var unchanged: [String: DeviceFacts] = [:]
    for (id, area) in [("a", "540"), ("b", "52"), ("c", ""), ("d", "unknown")] {
      var facts = DeviceFacts(id: id)
      facts.area = area
      unchanged[id] = facts
    }
    let members = AreaMembers(unchanged, others: ["a", "moved", "b"])
    for _ in 0..<2 {
      #expect(members.candidates(in: "52", on: day, tree: tree).sorted() == ["a", "b", "moved"])
      #expect(members.candidates(in: "52", on: later, tree: tree).sorted() == ["b", "moved"])
      #expect(members.candidates(in: "64", on: later, tree: tree).sorted() == ["a", "moved"])
      #expect(members.candidates(in: "540", on: day, tree: tree).sorted() == ["a", "moved"])
      #expect(members.candidates(in: "none", on: day, tree: tree) == ["moved"])
      #expect(members.candidates(in: "unknown", on: day, tree: tree).sorted() == ["d", "moved"])
    }
  }
}
