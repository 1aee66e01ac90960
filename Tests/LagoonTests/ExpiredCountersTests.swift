import Mutation
import Parquet
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// What counters rose by is kept in the stored buckets: it is answered when the readings have expired, as it was before.
@Suite struct ExpiredCountersTests {
  private static let name = TableName.readings("m")
  private static let settings = CompactionSettings(level: 3)
  private static let policy = RetentionPolicy(readingsDays: 2, eventsDays: 5, rollups5mDays: 50, rollups1hDays: 60)
  private static let end = 3 * Nanos.perHour

  /// Two counters with resets, one of them with places, and a gauge, every five seconds; the last rows are of the fourth
  /// day.
  private static func rows(seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for device in ["a", "b"] {
      for port in ["1", "2"] {
        var count: Int64 = .random(in: 0...1_000, using: &random)
        var second: Int64 = 0
        while second < 3 * 3_600 {
          second += .random(in: 1...9, using: &random)
          let isReset = Int.random(in: 0..<400, using: &random) == 0
          count = isReset ? .random(in: 0...9, using: &random) : count + .random(in: 0...90, using: &random)
          rows.append(
            TestRow(
              device, second * Nanos.perSecond,
              [
                ("count", .integer(count)), ("litres", .decimal(mantissa: count, scale: 1)),
                ("level", .integer(.random(in: -50...50, using: &random))),
              ], tags: [SeriesKey.Tag(name: "port", value: port)]))
        }
        for late in 0..<40 as Range<Int64> {
          rows.append(
            TestRow(
              device, 3 * Nanos.perDay + late * Nanos.perSecond,
              [("count", .integer(count + late)), ("litres", .decimal(mantissa: count, scale: 1))],
              tags: [SeriesKey.Tag(name: "port", value: port)]))
        }
      }
    }
    return rows
  }

  /// Seals those rows as parts that hold every `parts`th minute each.
  private static func seal(_ rows: [TestRow], in catalogue: Catalogue, parts: Int64) throws {
    for part in 0..<parts {
      let own = rows.filter { $0.time / Nanos.perMinute % parts == part }
      try catalogue.seal(
        [TableRows(table: name, rows: QueryFixture.source(own, measurement: "m"))], transactions: [])
    }
    if parts > 1 { return }
    // The hours' buckets are made by compaction.
    let old = catalogue.table(name)?.parts.filter { $0.oldestTime < end / Nanos.perMillisecond } ?? []
    _ = try catalogue.merge(old, of: name, settings)
  }

  private static func answer(
    _ catalogue: Catalogue, field: String, step: String, from: UnixNanos = 0, to: UnixNanos = end
  ) throws -> [String] {
    let query = RollupQuery(
      measurement: "m", field: field, step: try #require(Step(step)), from: from, to: to,
      aggregates: [.count, .increase, .rate], groupBy: .device)
    let answer = try query.run(on: catalogue.storedView(), directory: EmptyDirectory(), zone: .utc)
    return answer.groups.flatMap { group in
      group.cells.map { "\(group.name) \($0.time / Nanos.perSecond) \($0.bucket.count) \($0.increase)" }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>) func anIncreaseOutlivesItsReadings(seed: UInt64) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try Self.seal(Self.rows(seed: seed), in: catalogue, parts: 1)
    let questions = ["count", "litres"].flatMap { field in ["5m", "15m", "1h", "3h"].map { (field, $0) } }
    let before = try questions.map { try Self.answer(catalogue, field: $0.0, step: $0.1) }
    let inner = try Self.answer(catalogue, field: "count", step: "5m", from: Nanos.perHour, to: 2 * Nanos.perHour)
    let live = try Self.answer(
      catalogue, field: "count", step: "1h", from: 3 * Nanos.perDay, to: 3 * Nanos.perDay + Nanos.perHour)
    #expect(before.allSatisfy { $0.count >= 2 && !$0.contains { $0.hasSuffix("nan") } } && inner.count == 24)
    // What stored buckets say is what the readings say.
    let part = try #require(TableView.views(of: catalogue.tables)[Self.name]?.parts.first { $0.oldest < Self.end })
    #expect(part.rollups.count == 2)
    let expiry = Expiry(catalogue.stored, catalogue.rollups)
    try expiry.run(Self.name, policy: Self.policy, nowNanos: 4 * Nanos.perDay, Self.settings)
    let again = try fixture.open()
    #expect(again.storedView().standaloneRollups.count == 2)
    for (question, wanted) in zip(questions, before) {
      #expect(try Self.answer(again, field: question.0, step: question.1) == wanted, "\(question)")
    }
    #expect(
      try Self.answer(again, field: "count", step: "5m", from: Nanos.perHour, to: 2 * Nanos.perHour) == inner)
    // The seam over three days.
    #expect(
      try Self.answer(
        again, field: "count", step: "1h", from: 3 * Nanos.perDay, to: 3 * Nanos.perDay + Nanos.perHour) == live)
  }

  /// The first question asks the stored buckets too, and says what readings say.
  @Test func storedBucketsSayWhatReadingsSay() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try Self.seal(Self.rows(seed: 9), in: catalogue, parts: 1)
    let part = try #require(TableView.views(of: catalogue.tables)[Self.name]?.parts.first { $0.oldest < Self.end })
    var bare = part
    bare.rollups = [:]
    for (field, isKept) in [("count", true), ("litres", true), ("level", false)] {
      for step in StoredStep.allCases {
        var request = BucketRequest(table: Self.name, part: part, field: field, stepNanos: step.nanos)
        request.bySeries = true
        let path = try #require(part.rollups[step])
        let scan = StoredBucketScan(
          reader: try catalogue.stored.files.reader(path, of: .rollups(step), precision: .microseconds),
          measurement: "m", field: field, stepNanos: step.nanos, needs: .all, wantsSketches: false)
        let stored = try scan.counters(isAlone: false)
        #expect((stored != nil) == isKept)
        request.part = bare
        let counted = try catalogue.counters(request)
        guard let stored else {
          let alone = try #require(try scan.counters(isAlone: true))
          #expect(alone.stretches.contains(where: \.isUnknown) && alone.stretches.allSatisfy(\.isAlone))
          continue
        }
        #expect(stored.runs.map(\.rows) == counted.runs.map(\.rows) && stored.runs.count == 4)
        #expect(
          zip(stored.stretches, counted.stretches).allSatisfy { one, other in
            one.rise(stored.sums) == other.rise(counted.sums) && one.first.value == other.first.value
              && one.firstTime == other.firstTime && one.last.value == other.last.value
              && one.lastTime == other.lastTime
              && one.isSingle == other.isSingle && !one.isUnknown && !one.isAlone
          })
      }
    }
  }

  /// Of what falls often nobody knows it any more, nor of buckets whose readings lay among others: that is said.
  @Test func whatIsNotKnownIsNotMadeUp() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try Self.seal(Self.rows(seed: 5), in: catalogue, parts: 2)
    let before = try Self.answer(catalogue, field: "count", step: "1h")
    #expect(before.count == 6 && !before.contains { $0.hasSuffix("nan") })
    let expiry = Expiry(catalogue.stored, catalogue.rollups)
    try expiry.run(Self.name, policy: Self.policy, nowNanos: 4 * Nanos.perDay, Self.settings)
    for field in ["count", "level"] {
      let after = try Self.answer(catalogue, field: field, step: "1h")
      #expect(after.count == 6 && after.allSatisfy { $0.hasSuffix("nan") }, "\(field) \(after)")
    }
  }

  /// Parts of before there was such a column stay, and are read beside new ones.
  @Test func tablesOfBeforeKeepTheirParts() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try Self.seal(Self.rows(seed: 6), in: catalogue, parts: 1)
    let table = try #require(catalogue.table(.rollups(.hour)))
    #expect(table.schema.columns.last?.name == RollupColumns.resets)
    #expect(RollupColumns.required.count == RollupColumns.schema.columns.count - 1)
    // A table that lacks the column alone is no table of another form.
    var former = TableState(name: .rollups(.hour), precision: .microseconds)
    former.schema = TableSchema(columns: Array(RollupColumns.required))
    let next = TableChange(
      schema: RollupColumns.schema, precision: .microseconds, added: [], removed: [], dataChange: true)
    guard
      case .next(let joined, _) = try next.rebased(
        on: former, .rollups(.hour), isCompatible: false, nowMillis: 0)
    else {
      Issue.record("it was taken for done")
      return
    }
    #expect(joined.schema == RollupColumns.schema)
  }

  // MARK: rows

  private static func numbers(_ values: [Int64], isPresent: [Bool]? = nil) -> ColumnData {
    ColumnData(values: .int64(values), isPresent: isPresent)
  }

  /// What a rollup part's rows say, however strange.
  @Test func rowsOfARollupPartAreReadAsTheyStand() throws {
    let doubles = (0..<5).map { ColumnData(values: .double([0, 0, 0, Double($0) + 0.5])) }
    let rows = try StoredBuckets(
      counts: Self.numbers([1, 3, 0, 2]),
      scales: Self.numbers([0, 1, 0, 0], isPresent: [true, true, true, false]),
      whole: [[7, 60, 0, 0], [7, 10, 0, 0], [7, 30, 0, 0], [0, 5, 0, 0], [0, 15, 0, 0]].map { Self.numbers($0) },
      exact: doubles, firstTimes: Self.numbers([1, 2, 3, 4]), lastTimes: Self.numbers([1, 5, 3, 6]))
    #expect(rows.isSingle(0) && !rows.isSingle(1) && rows.isDecimal(1) && !rows.isDecimal(3))
    let edges = try #require(rows.edges(1))
    #expect(edges.first == CounterReading(time: 2_000, payload: 10, tag: .decimal(scale: 1)) && edges.scale == 1)
    #expect(edges.last == CounterReading(time: 5_000, payload: 30, tag: .decimal(scale: 1)))
    #expect(rows.edges(0)?.first.tag == .integer && rows.edges(2) == nil && rows.edges(3) == nil)
    let bucket = try #require(rows.bucket(1))
    #expect(bucket.min == 0.5 && bucket.max == 4.5 && bucket.sum == 6 && rows.bucket(2) == nil)
    #expect(rows.bucket(3)?.first == 1.5 && rows.bucket(3)?.last == 2.5)
    #expect(throws: LagoonError.self) {
      try StoredBuckets(
        counts: doubles[0], scales: Self.numbers([]), whole: [], exact: [], firstTimes: Self.numbers([]),
        lastTimes: Self.numbers([]))
    }
    let tags = ["", #"{"port":"1"}"#, #"{"port":"1"}"#]
    var series = try StoredSeries(ColumnData(values: .string(StringColumn(tags))))
    #expect(series.moves(to: 0) && series.tags.isEmpty && series.moves(to: 1) && !series.moves(to: 2))
    #expect(series.tags == [SeriesKey.Tag(name: "port", value: "1")])
    #expect(throws: LagoonError.self) { try StoredSeries(Self.numbers([])) }
  }
}
