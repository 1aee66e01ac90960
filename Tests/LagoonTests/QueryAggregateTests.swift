import Lagoon
import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

/// Aggregates that no bucket holds: counters, devices, sketches; and groups by level and by the registry of the time.
@Suite struct QueryAggregateTests {
  static let start = QueryRollupTests.start

  /// Counters that rise and are reset, sent in any order, no two readings at one instant.
  static func counters(devices: Int, seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for device in 0..<devices {
      var value: Int64 = .random(in: 0...1_000, using: &random)
      var second = 0
      while second < 5 * 3_600 {
        second += .random(in: 1...240, using: &random)
        value =
          Int.random(in: 0..<60, using: &random) == 0
          ? .random(in: 0...9, using: &random) : value + .random(in: 0...90, using: &random)
        rows.append(TestRow("d\(device)", start + Int64(second) * Nanos.perSecond, [("v", .integer(value))]))
      }
    }
    return rows.shuffled(using: &random)
  }

  @Test(arguments: ["5m", "1h", "1d"])
  func countersRiseFromReadingToReading(step: String) throws {
    let rows = Self.counters(devices: 5, seed: 3)
    let (view, _) = QueryRollupTests.dealt(rows, seed: 4)
    let query = RollupQuery(
      measurement: "weather", field: "v", step: try #require(Step(step)), from: Self.start + 2 * Nanos.perHour,
      to: Self.start + 4 * Nanos.perHour, aggregates: [.increase, .rate, .count], groupBy: .device)
    let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    var wanted: [String: [UnixNanos: Double]] = [:]
    for (device, rows) in Dictionary(grouping: rows, by: \.device) {
      var last: Double?
      for row in rows.sorted(by: { ($0.time, Self.number($0)) < ($1.time, Self.number($1)) }) {
        let value = Self.number(row)
        defer { last = value }
        guard let last, row.time >= query.from, row.time < query.to else { continue }
        let bucket = query.step.bucket(of: row.time, zone: .utc).start
        wanted[device, default: [:]][bucket, default: 0] += value >= last ? value - last : value
      }
    }
    #expect(answer.groups.count == 5)
    for group in answer.groups {
      for cell in group.cells {
        let increase = wanted[group.name]?[cell.time] ?? 0
        #expect(cell.increase == increase)
        var quantile = 0
        // Of the bucket, as much as was asked for.
        let seconds = Double(min(cell.end, query.to) - max(cell.time, query.from)) / 1e9
        #expect(cell.value(of: .rate, quantile: &quantile) == .double(increase * 1e9 / (seconds * 1e9)))
      }
    }
  }

  static func number(_ row: TestRow) -> Double { QueryFixture.number(row.fields[0].value) ?? .nan }

  @Test func devicesAreCountedOnce() throws {
    let rows = QueryRollupTests.rows(devices: 13, hours: 5, seed: 21)
    let (view, _) = QueryRollupTests.dealt(rows, seed: 22)
    for step in ["1m", "5m", "1h"] {
      let query = RollupQuery(
        measurement: "weather", field: "v", step: try #require(Step(step)), from: Self.start,
        to: Self.start + 5 * Nanos.perHour, aggregates: [.distinct, .average], groupBy: .area)
      let directory = FakeDirectory.fleet(13)
      let answer = try query.run(on: view, directory: directory, zone: .utc)
      var devices: [String: [UnixNanos: Set<String>]] = [:]
      for row in rows where row.time < query.to {
        guard let value = row.fields.first(where: { $0.name == "v" }).flatMap({ QueryFixture.number($0.value) }),
          value.isFinite
        else { continue }
        let bucket = query.step.bucket(of: row.time, zone: .utc).start
        devices[directory.device(row.device)?.area ?? "", default: [:]][bucket, default: []].insert(row.device)
      }
      for group in answer.groups {
        for cell in group.cells { #expect(cell.distinct == Int64(devices[group.name]?[cell.time]?.count ?? 0)) }
      }
    }
  }

  @Test(arguments: ["1h", "1d"])
  func quantilesOfHoursAreWithinOnePercent(step: String) throws {
    let rows = QueryRollupTests.rows(devices: 6, hours: 6, seed: 31)
    let (view, _) = QueryRollupTests.dealt(rows, seed: 32)
    let query = RollupQuery(
      measurement: "weather", field: "v", step: try #require(Step(step)), from: Self.start,
      to: Self.start + Nanos.perDay, aggregates: [.quantile(thousandths: 500), .quantile(thousandths: 999)],
      groupBy: .device)
    let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    let truth = QueryRollupTests.truth(rows, query, zone: .utc) { id, _ in id }
    #expect(answer.groups.count == 6)
    for group in answer.groups {
      for cell in group.cells {
        let values = (truth[group.name]?[cell.time] ?? []).sorted()
        for (found, thousandths) in zip(cell.quantiles, [500, 999]) {
          let wanted = try #require(Aggregate.nearestRank(thousandths: thousandths, of: values))
          #expect(abs(found - wanted) <= 0.010_001 * abs(wanted))
        }
      }
    }
  }

  @Test func levelsGatherAreasAsTheTreeStoodThen() throws {
    let rows = QueryRollupTests.rows(devices: 12, hours: 4, seed: 41)
    let (view, _) = QueryRollupTests.dealt(rows, seed: 42)
    let merger = Self.start + 2 * Nanos.perHour
    let directory = FakeDirectory.fleet(12, merger: merger)
    let query = RollupQuery(
      measurement: "weather", field: "v", step: try #require(Step("1h")), from: Self.start,
      to: Self.start + 5 * Nanos.perHour, groupBy: .area, level: 1)
    let answer = try query.run(on: view, directory: directory, zone: .utc)
    let truth = QueryRollupTests.truth(rows, query, zone: .utc) { id, bucket in
      guard let area = directory.device(id)?.area else { return "" }
      return area == "21550" || (area == "21553" && bucket >= merger) ? "52" : area
    }
    QueryRollupTests.check(answer, truth)
    #expect(answer.groups.map(\.name).contains("52"))
  }

  @Test func aBucketIsCompleteOnceTheWatermarkIsBehindIt() throws {
    let rows = [0, 30, 59, 61].map { TestRow("d", Self.start + Int64($0) * Nanos.perMinute, [("v", .integer(1))]) }
    let (view, _) = QueryFixture.view(parts: [rows], table: .readings("m"))
    let query = RollupQuery(
      measurement: "m", field: "v", step: try #require(Step("1h")), from: Self.start,
      to: Self.start + 3 * Nanos.perHour)
    let cells = try query.run(on: view, directory: EmptyDirectory(), zone: .utc).groups[0].cells
    #expect(cells.map(\.isComplete) == [true, false])
  }
}
