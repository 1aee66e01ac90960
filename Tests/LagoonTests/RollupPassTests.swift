import Mutation
import Primitives
import Registry
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// A question of buckets on its way through sources, and what no bucket holds.
@Suite struct RollupPassTests {
  private static let utc = TimeZoneRules.fixed(offsetSeconds: 0)

  private static func query(_ aggregates: [Aggregate], step: String = "1h", hours: Int64 = 4) throws -> RollupQuery {
    RollupQuery(
      measurement: "m", field: "v", step: try #require(Step(step)), from: -2 * Nanos.perHour,
      to: (hours - 2) * Nanos.perHour, aggregates: aggregates, groupBy: .device)
  }

  private static func pass(_ query: RollupQuery, probe: QuestionProbe = .never) throws -> RollupPass {
    let grid = try #require(BucketGrid(step: query.step, zone: utc, from: query.from, to: query.to, limit: 100_000))
    let grouping = DeviceGrouping(
      filter: query.filter, within: .everything, groupBy: query.groupBy, directory: FakeDirectory.fleet(3),
      from: query.from, to: query.to)
    return RollupPass(query: query, grid: grid, grouping: grouping, probe: probe)
  }

  // MARK: quantiles, sketches, devices

  @Test(
    arguments: [
      ([.sum], false, false, false), ([.distinct], false, false, true),
      ([.quantile(thousandths: 500)], false, true, false),
    ] as [([Aggregate], Bool, Bool, Bool)])
  func onlyWhatIsAskedForIsGathered(aggregates: [Aggregate], values: Bool, sketches: Bool, devices: Bool) throws {
    let extras = RollupExtras(try Self.query(aggregates))
    #expect(extras.wantsValues == values && extras.wantsSketches == sketches && extras.wantsDevices == devices)
    #expect(extras.isEmpty == (aggregates == [.sum]))
    // Below an hour quantiles are those of the readings, be it the step or the range.
    let fine = RollupExtras(try Self.query([.quantile(thousandths: 1)], step: "5m"))
    var short = try Self.query([.quantile(thousandths: 1)])
    short.to = short.from + Nanos.perHour - 1
    #expect(fine.wantsValues && !fine.wantsSketches && RollupExtras(short).wantsValues)
    short.to += 1
    #expect(RollupExtras(short).wantsSketches)
  }

  /// Values come place by place in any order; quantiles are those of sorted lists.
  @Test(arguments: 1...4 as ClosedRange<UInt64>) func quantilesAreThoseOfSortedLists(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var extras = RollupExtras(try Self.query([.quantile(thousandths: 500)], step: "1m"))
    var lists = [[Double]](repeating: [], count: 9)
    for _ in 0..<400 {
      let place = Int.random(in: 0..<8, using: &random)
      let value = Double.random(in: -9...9, using: &random).rounded()
      extras.add(value, to: place)
      lists[place].append(value)
    }
    let ordered = try extras.ordered(placeCount: 9, probe: .never)
    for (place, list) in lists.enumerated() {
      let sorted = list.sorted()
      for thousandths in [1, 250, 500, 999] {
        let found = extras.quantile(thousandths: thousandths, at: place, bucket: Bucket(), ordered: ordered)
        let truth = sorted.isEmpty ? .nan : sorted[max(0, (sorted.count * thousandths + 999) / 1_000 - 1)]
        #expect(found == truth || (found.isNaN && truth.isNaN))
      }
    }
    #expect(ordered.byteCount >= 400 * 8 && extras.byteCount >= 400 * 12 && !extras.isTooLarge)
    let none = RollupExtras(try Self.query([.quantile(thousandths: 500)], step: "1m"))
    #expect(try none.ordered(placeCount: 0, probe: .never).byteCount <= 4)
  }

  /// Sketches of parts of the readings are that of all of them, and tell if some are missing.
  @Test func sketchesOfPartsAreThatOfTheWhole() throws {
    let query = try Self.query([.quantile(thousandths: 500)])
    var whole = RollupExtras(query)
    var merged = RollupExtras(query)
    var bucket = Bucket()
    for value in 1...1_000 {
      whole.add(Double(value), to: 5)
      bucket.add(Double(value), at: 0)
    }
    for part in 0..<10 {
      var sketch = QuantileSketch()
      for value in part * 100 + 1...part * 100 + 100 { sketch.add(Double(value)) }
      merged.merge(sketch, into: 5)
      #expect(merged.isPartial(at: 5, count: 1_000) == (part < 9))
    }
    let ordered = try whole.ordered(placeCount: 6, probe: .never)
    for thousandths in [1, 10, 500, 900, 999] {
      let found = whole.quantile(thousandths: thousandths, at: 5, bucket: bucket, ordered: ordered)
      #expect(found == merged.quantile(thousandths: thousandths, at: 5, bucket: bucket, ordered: ordered))
      #expect(abs(found - Double(thousandths)) <= 0.02 * Double(thousandths))
    }
    // A place that nothing was put to, and one beyond all.
    for place in [0, 99] {
      #expect(whole.quantile(thousandths: 500, at: place, bucket: bucket, ordered: ordered).isNaN)
      #expect(whole.isPartial(at: place, count: 1) && !whole.isPartial(at: place, count: 0))
    }
  }

  @Test func devicesAreCountedByPlace() throws {
    var extras = RollupExtras(try Self.query([.distinct]))
    for device in 0..<300 {
      for place in [0, 7] where device % (place + 1) == 0 {
        for _ in 0..<2 { extras.add(device: SeriesDevices.hash("d\(device)"), to: place) }
      }
    }
    #expect([0, 1, 7, 8, 10_000].map { extras.distinct(at: $0) } == [300, 0, 38, 0, 0])
  }

  // MARK: readings

  private static func rows(seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    return (0..<800).map { number in
      let value: ReadingValue =
        switch number % 7 {
        case 0: .string("1")
        case 1: .double(.nan)
        case 2: .double(Double.random(in: -1...1, using: &random))
        case 3: .integer(.random(in: -99...99, using: &random))
        default: .decimal(mantissa: .random(in: -999...999, using: &random), scale: number % 3)
        }
      return TestRow(
        "d\(number % 3)", .random(in: -10_000...10_000, using: &random) * Nanos.perSecond,
        number % 11 == 0 ? [("w", .integer(1))] : [("v", value)])
    }
  }

  /// Rows in any order and dealt to sources, from before 1970 on, at the very ends of the range: against lists.
  @Test(arguments: ["1m", "1h", "1d"], [false, true])
  func readingsAreAddedToTheirBuckets(step: String, hasExtras: Bool) throws {
    let query = try Self.query(hasExtras ? [.sum, .distinct, .first, .minimum] : [.sum, .minimum], step: step)
    var pass = try Self.pass(query)
    var rows = Self.rows(seed: hasExtras ? 1 : 2)
    for time in [query.from - Nanos.perMillisecond, query.from, query.to - Nanos.perMillisecond, query.to] {
      rows.append(TestRow("d1", time, [("v", .integer(50))]))
    }
    for start in stride(from: 0, to: rows.count, by: 300) {
      try pass.addReadings(
        QueryFixture.source(Array(rows[start..<min(start + 300, rows.count)]), measurement: "m"))
    }
    let read = pass.readingsRead
    let answer = try pass.answer(increases: nil, completeUntil: 0)
    let truth = QueryRollupTests.truth(rows, query, zone: Self.utc) { device, _ in device }
    QueryRollupTests.check(answer, truth)
    #expect(read == truth.values.joined().reduce(0) { $0 + $1.value.count } && read > 0)
    for cell in answer.groups.flatMap(\.cells) {
      #expect(cell.distinct == (hasExtras ? 1 : 0) && cell.isComplete == (cell.end <= 0))
    }
  }

  /// Buckets of parts, of finer steps and cut by the range, add up to the same as the readings.
  @Test func bucketsOfPartsAreThoseOfReadings() throws {
    let query = try Self.query([.sum, .minimum, .first, .last], step: "2h", hours: 6)
    let rows = Self.rows(seed: 9)
    let source = QueryFixture.source(rows, measurement: "m")
    var read = try Self.pass(query)
    try read.addReadings(source)
    var merged = try Self.pass(query)
    let part = QueryPart(path: "p", rowCount: 0, oldest: 0, newest: 0)
    var request = BucketRequest(table: .readings("m"), part: part, field: "v", stepNanos: StoredStep.fiveMinutes.nanos)
    request.bySeries = true
    merged.add(BucketColumns(summingUp: source, request), from: query.from, to: query.to, devices: nil)
    #expect(merged.storedBucketsRead > 0 && merged.gone.isEmpty)
    let (one, other) = (
      try read.answer(increases: nil, completeUntil: 0), try merged.answer(increases: nil, completeUntil: 0)
    )
    #expect(one.groups.map(\.name) == other.groups.map(\.name) && one.groups.count == 3)
    for (a, b) in zip(one.groups.flatMap(\.cells), other.groups.flatMap(\.cells)) {
      #expect(a.time == b.time && a.bucket.count == b.bucket.count && abs(a.bucket.sum - b.bucket.sum) < 1e-9)
      #expect((a.bucket.min, a.bucket.max) == (b.bucket.min, b.bucket.max))
      #expect((a.bucket.first, a.bucket.last) == (b.bucket.first, b.bucket.last))
    }
    // Of devices that are not asked for nothing comes, whichever way they are looked for.
    for devices in [["d1"], ["none"], ["d0", "d1", "d2", "none"]] as [Set<String>] {
      var some = try Self.pass(query)
      some.add(
        BucketColumns(summingUp: source, request), from: query.from, to: query.to, devices: devices, isGone: true)
      #expect(some.gone.isEmpty == (devices == ["none"]))
      let names = try some.answer(increases: nil, completeUntil: 0).groups.map(\.name)
      #expect(names == devices.subtracting(["none"]).sorted())
    }
  }

  @Test func anAnswerThatIsTooLargeOrUnwantedEnds() throws {
    let source = QueryFixture.source(Self.rows(seed: 1), measurement: "m")
    var gone = try Self.pass(Self.query([.sum]), probe: QuestionProbe { true })
    #expect(throws: QueryError.self) { try gone.addReadings(source) }
    var full = try Self.pass(
      Self.query([.sum], step: "1m"), probe: QuestionProbe({ false }, hasRoom: { $0 < 1_000 }))
    #expect(throws: QueryError.self) { try full.addReadings(source) }
    var other = try Self.query([.sum])
    other.field = "none"
    var nothing = try Self.pass(other)
    try nothing.addReadings(source)
    #expect(nothing.readingsRead == 0 && nothing.cells.count == 0)
  }
}
