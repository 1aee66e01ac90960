import Lagoon
import Primitives
import Telemetry
import Testing

@Suite struct QueryDevicesTests {
  static let minute = Nanos.perMinute
  static let noon: UnixNanos = 1_700_000_000 * Nanos.perSecond

  static func row(_ device: String, minutesAgo: Int64, _ value: Int64) -> TestRow {
    TestRow(device, noon - minutesAgo * minute, [("n", .integer(value))])
  }

  @Test func latestIsTheNewestRowOfEachDevice() throws {
    let parts = [
      [Self.row("d0", minutesAgo: 5, 1), Self.row("d1", minutesAgo: 9, 2), Self.row("d2", minutesAgo: 8, 3)],
      [Self.row("d0", minutesAgo: 65, 4), Self.row("d3", minutesAgo: 70, 5)],
      [Self.row("d4", minutesAgo: 3_000, 6), Self.row("d3", minutesAgo: 3_001, 7)],
    ]
    let unsealed = [[Self.row("d1", minutesAgo: 1, 8), Self.row("d2", minutesAgo: 20, 9)]]
    let (view, _) = QueryFixture.view(parts: parts, unsealed: unsealed, table: .readings("m"))
    let directory = FakeDirectory.fleet(9)
    func values(_ query: LatestQuery) throws -> [String: Int64] {
      let cache = NewestRowsCache()
      var found: [String: Int64] = [:]
      for _ in 0..<2 {
        for row in try query.run(on: view, directory: directory, cache: cache).rows {
          if case .integer(let value) = row.fields[0].value { found[row.device] = value }
        }
      }
      return found
    }
    // d4 was silent for two days: it is found if it is asked for.
    #expect(try values(LatestQuery()) == ["d0": 1, "d1": 8, "d2": 3, "d3": 5])
    #expect(try values(LatestQuery(filter: DeviceFilter(device: "d4"))) == ["d4": 6])
    #expect(try values(LatestQuery(filter: DeviceFilter(deviceClass: "sensor"))) == ["d0": 1, "d2": 3])
    #expect(try values(LatestQuery(filter: DeviceFilter(area: "25195"))) == ["d2": 3])
    #expect(throws: QueryError.unknownMeasurement("x")) { try values(LatestQuery(measurement: "x")) }
  }

  @Test func latestPagesByDeviceAndMeasurement() throws {
    var tables: [TableName: TableView] = [:]
    for name in ["b", "a"] {
      let rows = (0..<5).map { Self.row("d\($0)", minutesAgo: 1, 0) }
      let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings(name))
      tables.merge(view.tables) { $1 }
    }
    let view = LagoonView(tables: tables, reader: FakeParts([:]), version: 1, watermark: Self.noon)
    var query = LatestQuery(limit: 3)
    var got: [String] = []
    repeat {
      let answer = try query.run(on: view, directory: EmptyDirectory(), cache: NewestRowsCache())
      got += answer.rows.map { $0.device + $0.measurement }
      query.cursor = answer.next
    } while query.cursor != nil && got.count < 20
    #expect(got == (0..<5).flatMap { ["d\($0)a", "d\($0)b"] })
  }

  @Test func aSealedRowThatMemoryKeepsIsOne() throws {
    let rows = [Self.row("d0", minutesAgo: 5, 1)]
    var (view, reader) = QueryFixture.view(parts: [rows], table: .readings("m"))
    view.tables[.readings("m")]?.latest = [QueryFixture.source(rows, measurement: "m")]
    let cache = NewestRowsCache()
    let answer = try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: cache)
    #expect(answer.rows.count == 1 && reader.scans.count == 1)
    // The next question opens no part.
    #expect(try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: cache).rows == answer.rows)
    #expect(reader.scans.count == 1)
  }

  @Test func partsOfLongAgoStayClosed() throws {
    let parts = (0..<6).map { part in (0..<3).map { Self.row("d\($0)", minutesAgo: Int64(part) * 11 * 60, 0) } }
    let (view, reader) = QueryFixture.view(parts: parts, table: .readings("m"))
    let cache = NewestRowsCache()
    let filter = DeviceFilter(device: "d1")
    let answer = try LatestQuery(filter: filter).run(on: view, directory: EmptyDirectory(), cache: cache)
    // Those of the last day, once.
    #expect(answer.rows.map(\.time) == [Self.noon] && reader.scans.count == 3)
    _ = try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: cache)
    #expect(reader.scans.count == 3)
  }

  @Test func aDeviceThatIsAskedForIsLookedForInOldParts() throws {
    let parts = [[Self.row("d0", minutesAgo: 0, 1)], [Self.row("d1", minutesAgo: 40 * 24 * 60, 2)]]
    let (view, _) = QueryFixture.view(parts: parts, table: .readings("m"))
    let cache = NewestRowsCache()
    #expect(try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: cache).rows.map(\.device) == ["d0"])
    let query = LatestQuery(filter: DeviceFilter(device: "d1"))
    #expect(try query.run(on: view, directory: EmptyDirectory(), cache: cache).rows.map(\.device) == ["d1"])
  }

  @Test func devicesAreLiveSilentOrUnknown() throws {
    let rows = [
      Self.row("d0", minutesAgo: 2, 0), Self.row("d1", minutesAgo: 4, 0), Self.row("d6", minutesAgo: 0, 0),
      Self.row("stranger", minutesAgo: 100, 0),
    ]
    let (view, _) = QueryFixture.view(parts: [rows], table: .readings("m"))
    func answer(_ query: DevicesQuery) throws -> DevicesQuery.Answer {
      try query.run(on: view, directory: FakeDirectory.fleet(4), now: Self.noon, cache: NewestRowsCache())
    }
    let all = try answer(DevicesQuery()).devices
    #expect(all.map(\.facts.id) == ["d0", "d1", "d2", "d3", "d6", "stranger"])
    #expect(all.map(\.status) == [.live, .silent, .silent, .silent, .unknown, .unknown])
    #expect(all[0].lastSeen == Self.noon - 2 * Self.minute && all[2].lastSeen == nil)
    #expect(
      try answer(DevicesQuery(filter: DeviceFilter(deviceClass: "camera"))).devices.map(\.facts.id) == ["d1", "d3"])
    #expect(try answer(DevicesQuery(status: .unknown)).devices.map(\.facts.id) == ["d6", "stranger"])
    let first = try answer(DevicesQuery(limit: 4))
    #expect(first.next == "d3")
    let second = try answer(DevicesQuery(limit: 4, cursor: first.next))
    #expect(second.devices.map(\.facts.id) == ["d6", "stranger"] && second.next == nil)
  }

  @Test func measurementsKnowTheirFieldsAndSpan() throws {
    let (view, _) = QueryFixture.view(
      parts: [[Self.row("d0", minutesAgo: 50, 1), Self.row("d0", minutesAgo: 40, 1)]],
      unsealed: [
        [
          TestRow(
            "d1", Self.noon, [("b", .boolean(false)), ("s", .string("x")), ("t", .decimal(mantissa: 235, scale: 1))]),
          TestRow("d1", Self.noon, [("t", .integer(2)), ("f", .double(.nan))]),
        ]
      ], table: .readings("m"))
    let summary = try MeasurementsQuery().run(on: view)
    #expect(summary.map(\.name) == ["m"] && summary[0].rows == 4)
    #expect(summary[0].first == Self.noon - 50 * Self.minute && summary[0].last == Self.noon)
    #expect(summary[0].fields.map(\.name) == ["b", "f", "n", "s", "t"])
    #expect(summary[0].fields.map(\.type) == [.boolean, .double, .decimal, .string, .decimal])
  }
}
