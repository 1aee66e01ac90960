import Lagoon
import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@Suite struct QueryRollupTests {
  static let start: UnixNanos = 1_700_000_000 / 86_400 * 86_400 * Nanos.perSecond

  /// Rows of a fleet over some hours: decimals of several scales, integers, doubles, texts and gaps.
  static func rows(devices: Int, hours: Int, seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for device in 0..<devices {
      for second in stride(from: 0, to: hours * 3_600, by: 45) where Int.random(in: 0..<20, using: &random) > 0 {
        let time = start + Int64(second + .random(in: 0..<45, using: &random)) * Nanos.perSecond
        let value: ReadingValue =
          switch Int.random(in: 0..<10, using: &random) {
          case 0: .integer(.random(in: -40...40, using: &random))
          case 1: .double(.random(in: -1...1, using: &random))
          case 2: .double(.nan)
          case 3: .string("broken")
          case let scale: .decimal(mantissa: .random(in: -9_999...9_999, using: &random), scale: scale % 4)
          }
        var fields: [(String, ReadingValue)] = [("other", .integer(1_000))]
        if Int.random(in: 0..<9, using: &random) > 0 { fields.append(("v", value)) }
        let tags = device % 3 == 0 ? [SeriesKey.Tag(name: "channel", value: "\(second % 2)")] : []
        rows.append(TestRow("d\(device)", time, fields, tags: tags))
      }
    }
    return rows
  }

  /// The answer by lists and dictionaries.
  static func truth(
    _ rows: [TestRow], _ query: RollupQuery, zone: TimeZoneRules, group: (String, UnixNanos) -> String?
  ) -> [String: [UnixNanos: [Double]]] {
    var lists: [String: [UnixNanos: [Double]]] = [:]
    for row in rows where row.time >= query.from && row.time < query.to {
      for field in row.fields where field.name == query.field {
        guard let value = QueryFixture.number(field.value), value.isFinite else { continue }
        let bucket = query.step.bucket(of: row.time, zone: zone).start
        guard let name = group(row.device, bucket) else { continue }
        lists[name, default: [:]][bucket, default: []].append(value)
      }
    }
    return lists
  }

  static func check(_ answer: RollupAnswer, _ truth: [String: [UnixNanos: [Double]]], quantiles: [Int] = []) {
    #expect(answer.groups.map(\.name) == truth.keys.sorted())
    for group in answer.groups {
      let lists = truth[group.name] ?? [:]
      #expect(group.cells.map(\.time) == lists.keys.sorted())
      for cell in group.cells {
        let values = (lists[cell.time] ?? []).sorted()
        let sum = values.reduce(0, +)
        #expect(cell.bucket.count == Int64(values.count))
        #expect(abs(cell.bucket.sum - sum) < 1e-9 * max(1, values.reduce(0) { $0 + abs($1) }))
        #expect(cell.bucket.min == values.first && cell.bucket.max == values.last)
        let wanted = quantiles.map { values[max(0, (values.count * $0 + 999) / 1_000 - 1)] }
        #expect(cell.quantiles == wanted)
      }
    }
  }

  /// Rows dealt to parts by the hour, some of them late into the wrong one, and to memory.
  static func dealt(_ rows: [TestRow], seed: UInt64) -> (view: LagoonView, reader: FakeParts) {
    var random = SeededRandom(seed)
    var parts: [Int: [TestRow]] = [:]
    var unsealed: [[TestRow]] = [[], []]
    for row in rows {
      let hour = Int((row.time - start) / Nanos.perHour)
      if hour >= 4 || Int.random(in: 0..<10, using: &random) == 0 {
        unsealed[Int.random(in: 0...1, using: &random)].append(row)
      } else {
        parts[Int.random(in: 0..<12, using: &random) == 0 ? hour + 1 : hour, default: []].append(row)
      }
    }
    return QueryFixture.view(
      parts: parts.values.map { $0 }, unsealed: unsealed.map { $0.shuffled(using: &random) },
      table: .readings("weather"))
  }

  @Test(arguments: ["1m", "5m", "10m", "1h", "3h", "1d"])
  func groupsAreWhatListsGive(step: String) throws {
    let rows = Self.rows(devices: 9, hours: 6, seed: 5)
    let (view, _) = Self.dealt(rows, seed: 6)
    let directory = FakeDirectory.fleet(9)
    let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
    let ranges: [(UnixNanos, UnixNanos)] = [
      (Self.start - Nanos.perHour, Self.start + Nanos.perDay),
      (Self.start + Nanos.perHour, Self.start + 3 * Nanos.perHour),
      (Self.start + 1_234 * Nanos.perMillisecond, Self.start + 2 * Nanos.perHour + 77 * Nanos.perSecond),
      (Self.start + 40 * Nanos.perMinute, Self.start + 5 * Nanos.perHour + 5 * Nanos.perMinute),
    ]
    for (from, to) in ranges {
      for groupBy in GroupBy.allCases {
        let query = RollupQuery(
          measurement: "weather", field: "v", step: try #require(Step(step)), from: from, to: to, groupBy: groupBy)
        let answer = try query.run(on: view, directory: directory, zone: zone)
        let truth = Self.truth(rows, query, zone: zone) { id, _ in
          let facts = directory.device(id)
          return switch groupBy {
          case .none: ""
          case .device: id
          case .area: facts?.area ?? ""
          case .deviceClass: facts?.deviceClass ?? ""
          case .domain: facts?.domain ?? ""
          case .agency: facts?.agency ?? ""
          case .contract: facts?.contract ?? ""
          }
        }
        Self.check(answer, truth)
        #expect(answer.readingsRead >= 0)
      }
    }
  }

  @Test(arguments: ["1m", "5m", "30m"])
  func quantilesAreNearestRank(step: String) throws {
    let rows = Self.rows(devices: 5, hours: 5, seed: 8)
    let (view, _) = Self.dealt(rows, seed: 9)
    let query = RollupQuery(
      measurement: "weather", field: "v", step: try #require(Step(step)), from: Self.start,
      to: Self.start + 5 * Nanos.perHour,
      aggregates: [.quantile(thousandths: 500), .count, .sum, .quantile(thousandths: 950)], groupBy: .device)
    let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    Self.check(answer, Self.truth(rows, query, zone: .utc) { id, _ in id }, quantiles: [500, 950])
  }

  @Test func filtersAskTheRegistryOfTheBucketsTime() throws {
    let rows = Self.rows(devices: 14, hours: 5, seed: 11)
    let merger = Self.start + 2 * Nanos.perHour + 10 * Nanos.perMinute
    let directory = FakeDirectory.fleet(14, merger: merger)
    let (view, _) = Self.dealt(rows, seed: 12)
    var filters = [
      DeviceFilter(device: "d3"), DeviceFilter(device: "d6"), DeviceFilter(deviceClass: "camera"),
      DeviceFilter(area: "52"), DeviceFilter(area: "21550"), DeviceFilter(domain: "environment"),
    ]
    filters.append(DeviceFilter(deviceClass: "sensor", area: "52", agency: "a0"))
    filters.append(DeviceFilter(device: "d6", deviceClass: "sensor"))
    for filter in filters {
      for step in ["5m", "1h"] {
        let query = RollupQuery(
          measurement: "weather", field: "v", step: try #require(Step(step)), from: Self.start,
          to: Self.start + 5 * Nanos.perHour, filter: filter, groupBy: .deviceClass)
        let answer = try query.run(on: view, directory: directory, zone: .utc)
        let truth = Self.truth(rows, query, zone: .utc) { id, bucket in
          let facts = directory.device(id)
          if let device = filter.device, device != id { return nil }
          if let area = filter.area {
            guard let facts, directory.isArea(facts.area, within: area, at: bucket) else { return nil }
          }
          if let wanted = filter.deviceClass, wanted != facts?.deviceClass { return nil }
          if let wanted = filter.domain, wanted != facts?.domain { return nil }
          if let wanted = filter.agency, wanted != facts?.agency { return nil }
          return facts?.deviceClass ?? ""
        }
        Self.check(answer, truth)
      }
    }
  }

  @Test func firstAndLastFollowTimeNotArrival() throws {
    let minute = Nanos.perMinute
    let rows = [3, 0, 4, 1].map { TestRow("d\($0)", Self.start + Int64($0) * minute, [("v", .integer(Int64($0)))]) }
    let (view, _) = QueryFixture.view(parts: [Array(rows[0...1])], unsealed: [Array(rows[2...])], table: .readings("m"))
    let query = RollupQuery(
      measurement: "m", field: "v", step: try #require(Step("5m")), from: Self.start, to: Self.start + 5 * minute,
      aggregates: [.first, .last])
    let bucket = try #require(
      try query.run(on: view, directory: EmptyDirectory(), zone: .utc).groups.first?.cells.first?.bucket)
    #expect(bucket.first == 0 && bucket.last == 4 && bucket.lastTime == Self.start + 4 * minute && bucket.count == 4)
  }

  @Test func whatIsNotThereIsNamed() throws {
    let (view, _) = QueryFixture.view(
      parts: [[TestRow("d", 0, [("v", .integer(1))])]],
      unsealed: [[TestRow("d", Nanos.perSecond, [("w", .integer(1))])]],
      table: .readings("m"))
    var query = RollupQuery(measurement: "m", field: "x", step: try #require(Step("1m")), from: 0, to: 1)
    #expect(throws: QueryError.unknownField(measurement: "m", field: "x")) {
      try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    }
    query.field = "w"
    #expect(try query.run(on: view, directory: EmptyDirectory(), zone: .utc).groups.isEmpty)
    query.to = Nanos.perDay * 366 * 200
    #expect(throws: QueryError.self) { try query.run(on: view, directory: EmptyDirectory(), zone: .utc) }
    query.measurement = "n"
    #expect(throws: QueryError.unknownMeasurement("n")) {
      try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    }
  }
}
