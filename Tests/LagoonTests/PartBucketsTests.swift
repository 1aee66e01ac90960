import Mutation
import Parquet
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// The buckets of a part say the same wherever they come from: its readings, its rollup part, or memory.
@Suite struct PartBucketsTests {
  private static let name = TableName.readings("m")
  private static let settings = CompactionSettings(level: 3)
  private static let day: Int64 = 20_600

  /// Some hours of two devices, a reading each four seconds, of fields that are alike and some that are not.
  private static func rows(seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for second in stride(from: 0, to: 3 * 3_600, by: 4) {
      for device in ["a", "đ"] {
        var fields: [(String, ReadingValue)] = [
          ("counter", .integer(Int64(second))),
          ("level", .decimal(mantissa: .random(in: -9_999...9_999, using: &random), scale: 2)),
        ]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: fields.append(("odd", .double(.random(in: -1...1, using: &random))))
        case 1: fields.append(("odd", .decimal(mantissa: .random(in: -9...9, using: &random), scale: 9)))
        case 2: fields.append(("odd", .string("none")))
        default: fields.append(("odd", .double(-0.0)))
        }
        if second % 600 == 0 { fields.append(("wide", .integer(.random(in: .min ... .max, using: &random)))) }
        let tags = device == "a" ? [] : [SeriesKey.Tag(name: "port", value: "\(second / 4 % 2)")]
        rows.append(TestRow(device, day * Nanos.perDay + Int64(second) * Nanos.perSecond, fields, tags: tags))
      }
    }
    return rows
  }

  private func withPart(
    seed: UInt64, _ body: (CatalogueFixture, Catalogue, QueryPart) throws -> Void
  ) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let source = QueryFixture.source(Self.rows(seed: seed), measurement: "m")
    try catalogue.seal([TableRows(table: Self.name, rows: source)], transactions: [])
    try catalogue.rebuildRollups(Self.settings) { _ in }
    let part = try #require(TableView.views(of: catalogue.tables)[Self.name]?.parts.first)
    #expect(Set(part.rollups.keys) == Set(StoredStep.allCases))
    try body(fixture, catalogue, part)
  }

  private static func request(
    _ part: QueryPart, _ field: String, _ step: StoredStep, _ needs: BucketNeeds, bySeries: Bool, sketches: Bool = false
  ) -> BucketRequest {
    var request = BucketRequest(table: name, part: part, field: field, stepNanos: step.nanos, sketches: sketches)
    request.needs = needs
    request.bySeries = bySeries
    return request
  }

  /// What buckets say, by device, series and number, with rows of one bucket added up.
  private static func content(_ columns: BucketColumns, _ needs: BucketNeeds) -> [String: Bucket] {
    var found: [String: Bucket] = [:]
    for run in columns.runs {
      for row in run.rows {
        var bucket = Bucket()
        bucket.count = Int64(columns.counts[row])
        if needs.contains(.sum) { bucket.total = columns.sums[row] }
        if needs.contains(.extremes) { (bucket.min, bucket.max) = (columns.minima[row], columns.maxima[row]) }
        if needs.contains(.first) { (bucket.first, bucket.firstTime) = (columns.firsts[row], columns.firstTimes[row]) }
        if needs.contains(.last) { (bucket.last, bucket.lastTime) = (columns.lasts[row], columns.lastTimes[row]) }
        found["\(run.device) \(run.tags) \(columns.numbers[row])", default: Bucket()].merge(bucket)
      }
    }
    return found
  }

  private static func scan(_ catalogue: Catalogue, _ request: BucketRequest) throws -> BucketColumns {
    let table = try #require(catalogue.table(name))
    let reader = try catalogue.stored.files.reader(request.part.path, of: name, precision: table.precision)
    return try BucketScan(
      reader: reader, schema: table.schema, precision: table.precision, field: request.field,
      stepNanos: request.stepNanos, wantsSketches: request.sketches, needs: request.needs, bySeries: request.bySeries
    ).run()
  }

  private static func stored(
    _ catalogue: Catalogue, _ request: BucketRequest, _ step: StoredStep
  ) throws -> BucketColumns {
    let path = try #require(request.part.rollups[step])
    let reader = try catalogue.stored.files.reader(path, of: .rollups(step), precision: .microseconds)
    return try #require(
      try StoredBucketScan(
        reader: reader, measurement: "m", field: request.field, stepNanos: step.nanos, needs: request.needs,
        wantsSketches: request.sketches, bySeries: request.bySeries
      ).run())
  }

  private static func isSame(_ one: Bucket, _ other: Bucket) -> Bool {
    let sums = (one.total.value, other.total.value)
    return one.count == other.count && (one.min, one.max) == (other.min, other.max)
      && (one.first, one.firstTime, one.last, one.lastTime) == (
        other.first, other.firstTime, other.last, other.lastTime
      )
      && (sums.0 == sums.1 || abs(sums.0 - sums.1) <= 1e-12 * max(abs(sums.0), 1))
  }

  @Test(arguments: [1, 2] as [UInt64], StoredStep.allCases) func storedBucketsAreThoseOfTheReadings(
    seed: UInt64, step: StoredStep
  ) throws {
    try withPart(seed: seed) { _, catalogue, part in
      let needs: BucketNeeds = [.sum, .extremes, .first, .last]
      for field in ["counter", "level", "odd", "none"] {
        for bySeries in [false, true] {
          let request = Self.request(part, field, step, needs, bySeries: bySeries)
          let truth = Self.content(try Self.scan(catalogue, request), needs)
          let found = Self.content(try Self.stored(catalogue, request, step), needs)
          #expect(found.keys.sorted() == truth.keys.sorted())
          #expect(truth.isEmpty == (field == "none"))
          for (name, bucket) in truth {
            #expect(found[name].map { Self.isSame($0, bucket) } == true, "\(field) \(name)")
          }
          // And by the door that chooses between them, the second time from memory.
          for _ in 0..<2 {
            let chosen = Self.content(try catalogue.buckets(request), needs)
            #expect(chosen.keys.sorted() == truth.keys.sorted())
            for (name, bucket) in chosen { #expect(truth[name].map { Self.isSame($0, bucket) } == true) }
          }
        }
      }
    }
  }

  /// Against lists of the rows themselves.
  @Test func bucketsAreThoseOfTheRows() throws {
    try withPart(seed: 3) { _, catalogue, part in
      let rows = Self.rows(seed: 3)
      let columns = try Self.scan(catalogue, Self.request(part, "level", .hour, .all, bySeries: false))
      let found = Self.content(columns, .all)
      #expect(found.count == 6)
      for device in ["a", "đ"] {
        for hour in 0..<3 as Range<Int64> {
          let number = Self.day * 24 + hour
          let values = rows.filter { $0.device == device && flooredDivision($0.time, by: Nanos.perHour) == number }
            .compactMap { row in row.fields.first { $0.name == "level" }.flatMap { QueryFixture.number($0.value) } }
          let bucket = try #require(found["\(device) [] \(number)"])
          #expect(bucket.count == 900 && values.count == 900)
          #expect(bucket.min == values.min() && bucket.max == values.max())
          #expect(abs(bucket.total.value - values.reduce(0, +)) < 1e-9)
          // Two series of one device may share instants: then either is the first.
          if device == "a" { #expect(bucket.first == values.first && bucket.last == values.last) }
        }
      }
    }
  }

  /// Sketches are kept by the hour, and say what those of the readings say.
  @Test func sketchesAreThoseOfTheReadings() throws {
    try withPart(seed: 4) { _, catalogue, part in
      let request = Self.request(part, "level", .hour, [], bySeries: false, sketches: true)
      let (stored, scanned) = (try Self.stored(catalogue, request, .hour), try Self.scan(catalogue, request))
      #expect(stored.hasSketches && scanned.hasSketches)
      func merged(_ columns: BucketColumns) -> [String: QuantileSketch] {
        var found: [String: QuantileSketch] = [:]
        for run in columns.runs {
          for row in run.rows {
            found["\(run.device) \(columns.numbers[row])", default: QuantileSketch()].merge(columns.sketches[row])
          }
        }
        return found
      }
      #expect(merged(stored) == merged(scanned) && merged(stored).count == 6)
      // None are kept by five minutes: they are made of the readings then.
      let fine = Self.request(part, "level", .fiveMinutes, [], bySeries: false, sketches: true)
      let path = try #require(part.rollups[.fiveMinutes])
      let reader = try catalogue.stored.files.reader(path, of: .rollups(.fiveMinutes), precision: .microseconds)
      let none = try StoredBucketScan(
        reader: reader, measurement: "m", field: "level", stepNanos: fine.stepNanos, needs: [], wantsSketches: true
      ).run()
      #expect(none == nil)
      #expect(try catalogue.buckets(fine).hasSketches)
    }
  }

  /// Numbers of more digits than a double holds are told, and are none where the readings have none.
  @Test func wideNumbersAreTold() throws {
    try withPart(seed: 5) { _, catalogue, part in
      for (field, isWide) in [("wide", true), ("counter", false), ("odd", false)] {
        for needs in [BucketNeeds.sum, .all] {
          let request = Self.request(part, field, .hour, needs, bySeries: false)
          let columns = try catalogue.buckets(request)
          #expect(columns.isWide == isWide, "\(field)")
        }
      }
    }
  }

  @Test func bucketsThatMemoryHasDoForLessThanTheyHold() throws {
    try withPart(seed: 6) { _, catalogue, part in
      let cache = BucketCache()
      let buckets = PartBuckets(catalogue.stored, cache)
      let whole = Self.request(part, "level", .hour, .all, bySeries: true)
      let some = Self.request(part, "level", .hour, .sum, bySeries: false)
      #expect(buckets.known(whole) == nil && buckets.known(some) == nil)
      let made = try buckets.buckets(some)
      #expect(buckets.known(some) === made && buckets.known(whole) == nil)
      let more = try buckets.buckets(whole)
      #expect(buckets.known(whole) === more)
      #expect(buckets.known(Self.request(part, "level", .hour, .first, bySeries: false)) === more)
      #expect(buckets.known(Self.request(part, "odd", .hour, .sum, bySeries: false)) == nil)
      cache.forget(parts: [Substring("m/" + part.path)])
      #expect(buckets.known(whole) == nil && buckets.known(some) == nil)
    }
  }

  /// A rollup part that is damaged or gone is made up for by the readings.
  @Test func aRollupPartThatIsDamagedIsDoneWithout() throws {
    try withPart(seed: 7) { fixture, catalogue, part in
      let path = try #require(part.rollups[.hour])
      try fixture.spoil(fixture.data + "/tables/rollups_1h/" + path, to: 30)
      let again = try fixture.open()
      let request = Self.request(part, "level", .hour, .sum, bySeries: false)
      let truth = Self.content(try Self.scan(catalogue, request), .sum)
      let found = Self.content(try again.buckets(request), .sum)
      let (counts, wanted) = (found.mapValues(\.count), truth.mapValues(\.count))
      #expect(counts == wanted)
      // Of readings that are gone it is all there was: that is said.
      var standalone = request
      standalone.rollupStep = .hour
      standalone.part.path = path
      #expect(throws: QueryError.self) { try again.buckets(standalone) }
      var missing = request
      missing.part = QueryPart(path: "date=d/none", rowCount: 1, oldest: 0, newest: 0)
      #expect(throws: QueryError.self) { try again.buckets(missing) }
      missing.table = .readings("none")
      #expect(throws: QueryError.self) { try again.buckets(missing) }
    }
  }

  // MARK: rollup parts under construction

  private static func columns(_ count: Int, _ secondsApart: Int64) -> PartColumns {
    let rows = (0..<count).map {
      TestRow("d", Int64($0) * secondsApart * Nanos.perSecond, [("v", .integer(Int64($0)))])
    }
    return PartColumns([QueryFixture.source(rows, measurement: "m")], schema: TableSchema())
  }

  private static func summedUp(_ rows: inout RollupRows, _ columns: PartColumns, slices: Int) {
    var columns = columns
    let count = columns.order.places.count
    let size = (count + slices - 1) / slices
    for start in stride(from: 0, to: count, by: max(1, size)) {
      let slice = (start..<min(start + size, count)).map { UInt32($0) }
      var rollups = [rows]
      _ = columns.columns(
        of: slice, times: columns.times(of: slice), targets: columns.order.targets(of: slice), rollups: &rollups)
      rows = rollups[0]
    }
    rows.finish(columns)
  }

  /// Row groups cut buckets in pieces that add up to the same.
  @Test(arguments: [1, 2, 7]) func piecesOfBucketsAddUp(slices: Int) {
    var rows = RollupRows(measurement: "m", step: .fiveMinutes, precision: .milliseconds, leastReadings: 30)
    Self.summedUp(&rows, Self.columns(900, 1), slices: slices)
    var counts: [Int64: Int64] = [:]
    for row in rows.rows { counts[row.micros, default: 0] += row.bucket.count }
    #expect(counts == [0: 300, 300_000_000: 300, 600_000_000: 300])
    #expect(rows.count == (slices == 1 ? 3 : slices == 2 ? 4 : 9) && !rows.isTooSparse)
    #expect(rows.oldest == 0 && rows.newest == 600_000_000 && rows.firstDevice == "d" && rows.fieldNames == ["v"])
    rows.forgetRows()
    #expect(rows.count == 0 && !rows.isTooSparse && rows.oldest == 0 && rows.firstDevice == "")
  }

  @Test(arguments: [(300, false), (299, true), (30, true)])
  func bucketsOfFewReadingsAreNotWorthTheirBytes(count: Int, isTooSparse: Bool) {
    // Thirty readings a bucket are just enough.
    var rows = RollupRows(measurement: "m", step: .fiveMinutes, precision: .milliseconds, leastReadings: 30)
    Self.summedUp(&rows, Self.columns(count, count == 300 ? 10 : 11), slices: 1)
    #expect(rows.isTooSparse == isTooSparse)
    let none = RollupRows(measurement: "m", step: .hour, precision: .milliseconds, leastReadings: 0)
    #expect(none.isTooSparse && none.count == 0 && none.newest == 0)
  }

  @Test func aRollupPartWithoutBucketsIsNone() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    func writer(_ path: String) -> RollupWriter {
      RollupWriter(
        RollupRows(measurement: "m", step: .hour, precision: .milliseconds, leastReadings: 30), step: .hour,
        directory: fixture.data + "/tables/rollups_1h", partPath: path, date: "1970-01-01", source: "m/p",
        outlivesSource: false, level: 3, profile: .quick)
    }
    #expect(try writer("date=1970-01-01/a.parquet").finish() == nil)
    let sparse = writer("date=1970-01-01/b.parquet")
    Self.summedUp(&sparse.rows, Self.columns(20, 1), slices: 1)
    #expect(try sparse.finish() == nil)
    let whole = writer("date=1970-01-01/c.parquet")
    let columns = Self.columns(7_200, 1)
    Self.summedUp(&whole.rows, columns, slices: 1)
    try whole.take(columns)
    let part = try #require(try whole.finish())
    #expect(part.rowCount == 2 && part.source == "m/p" && part.oldestTime == 0 && part.newestTime == 3_600_000_000)
    #expect(try fixture.files("rollups_1h") == [part.path])
    let given = writer("date=1970-01-01/d.parquet")
    Self.summedUp(&given.rows, columns, slices: 1)
    given.abandon()
    #expect(try fixture.files("rollups_1h") == [part.path])
  }

  /// Each bucket stands in whole numbers or in doubles, never in both, and comes back to the last bit.
  @Test func numbersOfBucketsStandInOneForm() {
    let values: [[Double]] = [
      [1, 2.5, -3], [0.1, 0.2], [1e-9, 5], [1e-10], [.pi, 1], [-0.0], [0], [9e15, 1], [1e300],
      [4_503_599_627_370_497.5],
    ]
    let rows = values.enumerated().map { number, values in
      var bucket = Bucket()
      for (index, value) in values.enumerated() {
        let tagged = DecimalNumber.tagged(value)
        bucket.add(tag: tagged.tag, payload: tagged.payload, at: Int64(index) * Nanos.perMicrosecond)
      }
      return RollupRows.Row(
        device: "d", tags: "", field: number % 2, micros: Int64(number), bucket: bucket, sketch: nil)
    }.sorted { $0.field < $1.field }
    let columns = RollupColumns(rows, measurement: "m", fields: ["a", "b"]).columns
    let schema = PartSchema.parquet(
      RollupColumns.schema, used: Array(RollupColumns.schema.columns.indices), precision: .microseconds)
    func column(_ name: String) -> ColumnData { columns[schema.index(of: name) ?? 0] }
    #expect(columns.count == schema.columns.count && columns.allSatisfy { $0.count == rows.count })
    for (row, one) in rows.enumerated() {
      let isWhole = column("scale").isPresent(at: row)
      for name in RollupColumns.whole { #expect(column(name).isPresent(at: row) == isWhole) }
      for name in RollupColumns.exact { #expect(column(name).isPresent(at: row) == !isWhole) }
      guard case .int64(let scales) = column("scale").values, case .int64(let firsts) = column("first").values,
        case .double(let exact) = column("exact_first").values
      else {
        Issue.record("other types")
        continue
      }
      let first =
        isWhole ? DecimalNumber.double(mantissa: firsts[row], scale: Int(scales[row])) : exact[row]
      #expect(first.bitPattern == one.bucket.first.bitPattern)
    }
    #expect(RollupColumns([], measurement: "m", fields: []).columns.allSatisfy { $0.count == 0 })
  }
}
