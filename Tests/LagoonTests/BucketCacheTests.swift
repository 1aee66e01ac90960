import Mutation
import Parquet
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// Buckets of parts: how they are made, named and kept.
@Suite struct BucketCacheTests {
  /// Buckets of one device: as many as that, of one reading each.
  private static func columns(_ count: Int) -> BucketColumns {
    var builder = BucketColumnsBuilder(stepNanos: 1, needs: [], wantsSketches: true)
    builder.begin(device: "d")
    var bucket = Bucket()
    bucket.add(1, at: 0)
    let sketch = QuantileSketch()
    for number in 0..<count { builder.add(bucket, number: Int64(number), sketch: sketch) }
    return builder.finish()
  }

  @Test func whatIsKeptIsFoundUntilItsPartIsGone() {
    let cache = BucketCache()
    let keys = ["m/a\u{0}v\u{0}1", "m/a\u{0}w\u{0}1", "m/ab\u{0}v\u{0}1", "n/a\u{0}v\u{0}1", "m/a"]
    for (number, key) in keys.enumerated() { cache.keep(Self.columns(number), as: key) }
    // What is there stays: parts never change.
    cache.keep(Self.columns(99), as: keys[1])
    #expect(keys.map { cache.known($0)?.numbers.count } == [0, 1, 2, 3, 4])
    #expect(cache.known("m/a\u{0}v") == nil)
    cache.forget(parts: [])
    cache.forget(parts: ["m/a", "none"])
    #expect(keys.map { cache.known($0)?.numbers.count } == [nil, nil, 2, 3, nil])
  }

  /// What is asked for again and again is not driven out by what comes; what nobody asks for makes room.
  @Test func roomIsMadeByWhatNobodyAsksFor() {
    let cache = BucketCache()
    let columns = Self.columns(100_000)
    let most = Limits.bucketCacheBytes / columns.byteCount
    #expect(most > 2)
    for number in 0...most { cache.keep(columns, as: "m/\(number)") }
    #expect((0...most).map { cache.known("m/\($0)") != nil } == (0...most).map { $0 < most })
    // Room that is given back is room.
    cache.forget(parts: ["m/1"])
    cache.keep(columns, as: "m/new")
    #expect(cache.known("m/new") != nil)
    for _ in 0..<5_000 { _ = cache.known("m/0") }
    cache.keep(columns, as: "m/late")
    #expect(cache.known("m/late") != nil && cache.known("m/0") != nil)
    #expect(cache.known("m/2") == nil && cache.known("m/new") == nil)
  }

  @Test func eachRequestHasItsOwnKey() {
    let part = QueryPart(path: "date=d/p", rowCount: 1, oldest: 0, newest: 0)
    var requests: [BucketRequest] = []
    for table in [TableName.readings("m"), .readings("m2"), .events] {
      for field in ["", "v", "v1"] {
        for step in [1, 10, 300_000_000_000] as [Int64] {
          for sketches in [false, true] {
            for rollup in [nil, StoredStep.hour, .fiveMinutes] {
              var request = BucketRequest(
                table: table, part: part, field: field, stepNanos: step, sketches: sketches, rollupStep: rollup)
              requests.append(request)
              request.bySeries = true
              requests.append(request)
              request.needs = [.sum]
              requests.append(request)
              request.summed = .rows
              requests.append(request)
              request.summed = .outside(least: -1, largest: 1)
              requests.append(request)
              request.summed = .outside(least: -1, largest: 11)
              requests.append(request)
            }
          }
        }
      }
    }
    #expect(Set(requests.map(\.key)).count == requests.count)
    // By what stands before the first zero it is known of which part they are.
    for request in requests {
      let folder = (request.rollupStep.map { TableName.rollups($0) } ?? request.table).directoryName
      #expect(request.key.split(separator: "\u{0}", omittingEmptySubsequences: false).first == "\(folder)/date=d/p")
    }
  }

  @Test(
    arguments: [
      ([], []), ([.count, .increase, .rate, .distinct], []), ([.sum], .sum), ([.average, .count], .sum),
      ([.standardDeviation], .spread), ([.minimum], .extremes), ([.maximum, .sum], [.extremes, .sum]),
      ([.first], .first), ([.last], .last), ([.quantile(thousandths: 500)], .extremes),
      ([.sum, .standardDeviation, .minimum, .first, .last], .all),
    ] as [([Aggregate], BucketNeeds)]) func onlyWhatIsAskedForIsAddedUp(aggregates: [Aggregate], needs: BucketNeeds)
  {
    #expect(BucketNeeds(aggregates) == needs && BucketNeeds(aggregates.reversed()) == needs)
    #expect(BucketNeeds(aggregates).wantsOwners == (aggregates.contains(.first) || aggregates.contains(.last)))
  }

  // MARK: sums

  /// Whatever scales come, and whether 64 bits hold them, each sum comes back.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func sumsComeBack(seed: UInt64) {
    var random = SeededRandom(seed)
    var sums = BucketSums()
    var truth: [ExactSum] = []
    for _ in 0..<60 {
      var sum = ExactSum()
      switch Int.random(in: 0..<(seed < 10 ? 3 : 6), using: &random) {
      case 0: break
      case 1: sum.add(mantissa: .random(in: -1_000...1_000, using: &random), scale: .random(in: 0...3, using: &random))
      case 2: sum.add(mantissa: .random(in: -9...9, using: &random), scale: 9)
      case 3: for _ in 0..<3 { sum.add(mantissa: [.max, .min].randomElement(using: &random) ?? 0, scale: 0) }
      case 4: sum.add(mantissa: .max, scale: 9)
      default: sum.add(1e-300)
      }
      sums.append(sum)
      truth.append(sum)
      // Of one scale for all, or all as they are.
      #expect(sums.scaled.isEmpty != sums.exact.isEmpty)
    }
    #expect(truth.indices.map { sums[$0] } == truth)
    #expect(max(sums.scaled.count, sums.exact.count) == truth.count)
  }

  // MARK: making buckets

  /// Count, sum, least and largest of nothing.
  private static let empty: [Double] = [0, 0, .infinity, -.infinity]

  /// Rows in any order, against lists: times before 1970, gaps, values that are none, and several series.
  @Test(arguments: [1, 2, 3] as [UInt64], [false, true]) func bucketsOfRowsAreThoseOfLists(seed: UInt64, bySeries: Bool)
  {
    var random = SeededRandom(seed)
    var rows: [TestRow] = []
    for _ in 0..<200 {
      let value: ReadingValue =
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .string("1")
        case 1: .boolean(true)
        case 2: .double(.infinity)
        case 3: .double(Double(Int.random(in: -3...3, using: &random)) / 2)
        default: .decimal(mantissa: .random(in: -30...30, using: &random), scale: 1)
        }
      rows.append(
        TestRow(
          ["a", "b"].randomElement(using: &random) ?? "", .random(in: -20...20, using: &random) * Nanos.perSecond,
          Bool.random(using: &random) ? [("v", value)] : [("w", .integer(1))],
          tags: Bool.random(using: &random) ? [] : [SeriesKey.Tag(name: "port", value: "1")]))
    }
    let part = QueryPart(path: "p", rowCount: rows.count, oldest: 0, newest: 0)
    var request = BucketRequest(
      table: .readings("m"), part: part, field: "v", stepNanos: 7 * Nanos.perSecond, sketches: true)
    request.bySeries = bySeries
    let columns = BucketColumns(summingUp: QueryFixture.source(rows, measurement: "m"), request)
    #expect(columns.hasSketches && !columns.isWide)
    var found: [String: [Double]] = [:]
    for device in ["a", "b", "none"] {
      for run in columns.runs(of: device) {
        #expect(run.device == device)
        for row in run.rows {
          let name = "\(device) \(bySeries ? run.tags.count : 0) \(columns.numbers[row])"
          let known = found[name] ?? Self.empty
          found[name] = [
            known[0] + Double(columns.counts[row]), known[1] + columns.sums[row].value,
            min(known[2], columns.minima[row]), max(known[3], columns.maxima[row]),
          ]
          #expect(columns.sketches[row].count == Int64(columns.counts[row]))
          #expect(columns.firstTimes[row] <= columns.lastTimes[row])
        }
      }
    }
    var truth: [String: [Double]] = [:]
    for row in rows {
      guard let value = row.fields.first(where: { $0.name == "v" }).flatMap({ QueryFixture.number($0.value) }),
        value.isFinite
      else { continue }
      let number = flooredDivision(row.time, by: 7 * Nanos.perSecond)
      let name = "\(row.device) \(bySeries ? row.tags.count : 0) \(number)"
      let known = truth[name] ?? Self.empty
      truth[name] = [known[0] + 1, known[1] + value, min(known[2], value), max(known[3], value)]
    }
    #expect(found.keys.sorted() == truth.keys.sorted())
    for (name, values) in truth {
      #expect(found[name].map { [$0[0], $0[2], $0[3]] } == [values[0], values[2], values[3]])
      #expect(abs((found[name]?[1] ?? 0) - values[1]) < 1e-9)
    }
  }

  @Test func nothingIsNoBucket() {
    let columns = Self.columns(0)
    #expect(columns.runs.count == 1 && columns.runs(of: "d").allSatisfy(\.rows.isEmpty))
    #expect(columns.runs(of: "").isEmpty && columns.runs(of: "e").isEmpty && columns.hasSketches)
    var builder = BucketColumnsBuilder(stepNanos: 1, needs: .all, wantsSketches: false)
    #expect(BucketColumns(builder).runs.isEmpty && BucketColumns(builder).runs(of: "d").isEmpty)
    builder.begin(device: "d")
    builder.add(Bucket(), number: 7)
    builder.begin(device: "d")
    #expect(builder.numbers.isEmpty && builder.runs.count == 1)
    builder.begin(device: "d", tags: [SeriesKey.Tag(name: "a", value: "1")])
    builder.begin(device: "d", tags: [SeriesKey.Tag(name: "a", value: "1")])
    builder.begin(device: "d", tags: [SeriesKey.Tag(name: "a", value: "2")])
    #expect(builder.runs.count == 3)
  }

  /// Devices that do not stand in order are found as well.
  @Test(arguments: [["a", "b", "đ"], ["b", "a", "b"], ["", "a", "a", "b"]]) func devicesAreFoundInAnyOrder(
    devices: [String]
  ) {
    var builder = BucketColumnsBuilder(stepNanos: 1, needs: .all, wantsSketches: false)
    for (number, device) in devices.enumerated() {
      builder.begin(device: device, tags: [SeriesKey.Tag(name: "n", value: "\(number)")])
      var bucket = Bucket()
      bucket.add(1, at: 0)
      builder.add(bucket, number: Int64(number))
    }
    let columns = BucketColumns(builder)
    for device in ["", "a", "aa", "b", "đ", "z"] {
      let found = columns.runs(of: device).flatMap { $0.rows.map { Int(columns.numbers[$0]) } }
      #expect(found == devices.indices.filter { devices[$0] == device })
    }
    #expect(BucketColumns(columns, isWide: true).isWide && !columns.isWide)
  }

  // MARK: numbers of fields

  @Test func aSiblingTakesThePlaceOfWhatIsNear() {
    var numbers = FieldNumbers(count: 5)
    numbers.take(
      ColumnData(values: .int64([10, 25, 0, 7, -3]), isPresent: [true, true, false, true, true]), role: .field,
      type: .decimal(scale: 1))
    #expect(numbers.scales == [1, 1, -1, 1, 1] && numbers.mantissas[1] == 25 && numbers.doubles[2].isNaN)
    numbers.take(
      ColumnData(values: .double([0, 1e300, 0, 0, 0]), isPresent: [false, true, false, false, false]), role: .exact,
      type: .double)
    #expect(numbers.doubles[1] == 1e300 && numbers.scales[1] == -1 && numbers.doubles[0] == 1)
    let texts = StringColumn([nil, nil, "9007199254740993", "no number", nil])
    let present = ColumnData(values: .string(texts), isPresent: [false, false, true, true, false])
    // Texts of the field are no numbers, whatever they look like.
    numbers.take(present, role: .string, type: .string)
    #expect(numbers.doubles[2].isNaN)
    numbers.take(present, role: .text, type: .string)
    #expect(numbers.mantissas[2] == 9_007_199_254_740_993 && numbers.scales[2] == 0 && numbers.doubles[3] == 0.7)
    numbers.take(ColumnData(values: .boolean([true, true, true, true, true])), role: .boolean, type: .boolean)
    #expect(numbers.doubles[4] == -0.3)
    // More places than are summed up exactly: doubles.
    var fine = FieldNumbers(count: 2)
    fine.take(ColumnData(values: .int64([5, .max])), role: .field, type: .decimal(scale: 12))
    #expect(fine.scales == [-1, -1] && fine.doubles[0] == 5e-12)
  }

  @Test func onlyWhatLiesOutsideIsKept() {
    var numbers = FieldNumbers(count: 4)
    numbers.take(ColumnData(values: .int64([-1, 0, 1, 2])), role: .field, type: .int64)
    numbers.keep(.values)
    #expect(numbers.doubles == [-1, 0, 1, 2])
    numbers.keep(.outside(least: 0, largest: 1))
    #expect(numbers.doubles.map(\.isNaN) == [false, true, true, false])
    numbers.countRows()
    #expect(numbers.doubles == [1, 1, 1, 1] && numbers.scales == [0, 0, 0, 0])
    let told = ColumnData(values: .int64([0, 0, 0, 0]), isPresent: [false, true, false, true])
    numbers.countRows(exceptOf: told)
    #expect(numbers.doubles.map(\.isNaN) == [false, true, false, true])
  }
}
