import Lagoon
import Primitives
import Rollups
import Telemetry
import Testing

/// What is asked of series, and not of devices: the order of arrival, counters that speak seldom, tags, all digits.
@Suite struct QuerySeriesTests {
  static let start = QueryRollupTests.start
  static let hour = Nanos.perHour

  private static func cells(
    _ view: LagoonView, _ aggregates: [Aggregate], from: UnixNanos = start, to: UnixNanos = start + 24 * hour,
    step: String = "1h", filter: DeviceFilter = DeviceFilter(), tag: String? = nil
  ) throws -> [String: [RollupAnswer.Cell]] {
    let query = RollupQuery(
      measurement: "m", field: "v", step: try #require(Step(step)), from: from, to: to, aggregates: aggregates,
      filter: filter, groupTag: tag)
    let answer = try query.run(on: view, directory: EmptyDirectory(), zone: .utc)
    return Dictionary(uniqueKeysWithValues: answer.groups.map { ($0.name, $0.cells) })
  }

  private static func row(_ device: String, _ seconds: Int64, _ value: Int64, port: String? = nil) -> TestRow {
    TestRow(
      device, start + seconds * Nanos.perSecond, [("v", .integer(value))],
      tags: port.map { [SeriesKey.Tag(name: "port", value: $0)] } ?? [])
  }

  @Test func ofOneInstantTheFirstToComeIsFirst() throws {
    // Neither the least nor the largest, in a part, in two parts, in memory, and in both.
    let values: [Int64] = [5, 9, 1, 4]
    let rows = values.map { Self.row("d", 7, $0) }
    for (parts, unsealed) in [([rows], []), ([], [rows]), ([Array(rows[..<2])], [Array(rows[2...])])] {
      let (view, _) = QueryFixture.view(parts: parts, unsealed: unsealed, table: .readings("m"))
      for step in ["1m", "5m", "1h"] {
        let cell = try #require(try Self.cells(view, [.first, .last], step: step)[""]?.first)
        #expect(cell.bucket.first == 5 && cell.bucket.last == 4)
      }
    }
  }

  @Test func partsAreAskedInTheOrderOfTheirArrival() throws {
    var (view, _) = QueryFixture.view(
      parts: [[Self.row("d", 7, 3)], [Self.row("d", 7, 8)], [Self.row("d", 7, 6)]], table: .readings("m"))
    for (index, millis) in [30, 10, 20].enumerated() {
      view.tables[.readings("m")]?.parts[index].writtenMillis = Int64(millis)
    }
    let cell = try #require(try Self.cells(view, [.first, .last])[""]?.first)
    #expect(cell.bucket.first == 8 && cell.bucket.last == 3)
  }

  @Test func ofSeveralSeriesOneIsFirstWhereverTheyLie() throws {
    let rows = (0..<6).map { Self.row("d\($0)", 7, Int64($0)) }
    var found: Set<[Double]> = []
    for split in 0...6 {
      let (view, _) = QueryFixture.view(
        parts: [Array(rows[..<split]).reversed()], unsealed: [Array(rows[split...])], table: .readings("m"))
      let cell = try #require(try Self.cells(view, [.first, .last])[""]?.first)
      found.insert([cell.bucket.first, cell.bucket.last])
    }
    #expect(found.count == 1)
  }

  @Test func aCounterThatSpeaksSeldomRises() throws {
    let rows = (0..<12).map { Self.row("d", Int64($0) * 10_800, Int64($0) * 5) }
    let (view, _) = QueryFixture.view(
      parts: [Array(rows[..<4]), Array(rows[4..<9])], unsealed: [Array(rows[9...])], table: .readings("m"))
    let whole = try #require(try Self.cells(view, [.increase], to: Self.start + 48 * Self.hour)[""])
    #expect(whole.map(\.increase) == [0] + [Double](repeating: 5, count: 11))
    for cell in whole {
      let alone = try #require(try Self.cells(view, [.increase], from: cell.time, to: cell.end)[""])
      #expect(alone.map(\.increase) == [cell.increase])
    }
  }

  @Test func portsAreCountersOfTheirOwn() throws {
    let rows = (0..<60).flatMap { step in
      ["1", "2", "3"].map { Self.row("sw", Int64(step) * 10, Int64(step) * 1_000 * (Int64($0) ?? 0), port: $0) }
    }
    for unsealed in [true, false] {
      let (view, _) = QueryFixture.view(
        parts: unsealed ? [] : [rows], unsealed: unsealed ? [rows] : [], table: .readings("m"))
      let byPort = try Self.cells(view, [.increase, .last, .count], tag: "port")
      #expect(byPort.mapValues { $0.map(\.increase) } == ["1": [59_000], "2": [118_000], "3": [177_000]])
      #expect(byPort.mapValues { $0.map(\.bucket.last) } == ["1": [59_000], "2": [118_000], "3": [177_000]])
      let filter = DeviceFilter(tags: [SeriesKey.Tag(name: "port", value: "2")])
      let second = try #require(try Self.cells(view, [.count, .maximum], filter: filter)[""])
      #expect(second.map(\.bucket.count) == [60] && second.map(\.bucket.max) == [118_000])
      #expect(try Self.cells(view, [.increase])[""]?.map(\.increase) == [354_000])
      #expect(throws: QueryError.unknownTag(measurement: "m", tag: "prot")) {
        try Self.cells(view, [.count], tag: "prot")
      }
    }
  }

  @Test func numbersKeepTheirDigits() throws {
    let base: Int64 = 1 << 53
    let rows = [Self.row("d", 1, base + 1), Self.row("d", 2, base + 3), Self.row("d", 3, 7)]
    for unsealed in [true, false] {
      let (view, _) = QueryFixture.view(
        parts: unsealed ? [] : [rows], unsealed: unsealed ? [rows] : [], table: .readings("m"))
      let asked: [Aggregate] = [.minimum, .maximum, .first, .last, .sum, .increase]
      let cell = try #require(try Self.cells(view, asked)[""]?.first)
      var quantile = 0
      let values = asked.map { cell.value(of: $0, quantile: &quantile) }
      #expect(
        values == [
          .double(7), .digits(mantissa: Int128(base + 3), scale: 0), .digits(mantissa: Int128(base + 1), scale: 0),
          .double(7), .digits(mantissa: Int128(base) * 2 + 11, scale: 0), .double(9),
        ])
    }
  }

  @Test func aRateIsOfTheTimeThatWent() throws {
    let rows = (0..<120).map { Self.row("d", Int64($0) * 10, Int64($0) * 10) }
    let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m"))
    // The watermark stands at 1,190 s.
    let cell = try #require(try Self.cells(view, [.rate])[""]?.first)
    var quantile = 0
    #expect(cell.value(of: .rate, quantile: &quantile) == .double(1))
    let later = try #require(try Self.cells(view, [.rate], from: Self.start + 600 * Nanos.perSecond)[""]?.first)
    #expect(later.value(of: .rate, quantile: &quantile) == .double(600.0 / 590))
  }

  @Test func theNewestRowOfEachSeries() throws {
    let rows = [
      Self.row("sw", 1, 10, port: "1"), Self.row("sw", 2, 20, port: "2"), Self.row("sw", 3, 30),
      Self.row("sw", 5, 11, port: "1"), Self.row("a", 1, 1, port: "1"),
    ]
    for split in 0...5 {
      let (view, _) = QueryFixture.view(
        parts: split == 0 ? [] : [Array(rows[..<split])], unsealed: [Array(rows[split...])], table: .readings("m"))
      var found: [[Int64]] = []
      var cursor: LatestQuery.Place?
      repeat {
        let query = LatestQuery(measurement: "m", limit: 2, cursor: cursor)
        let page = try query.run(on: view, directory: EmptyDirectory(), cache: NewestRowsCache())
        found += page.rows.map { row in
          row.fields.compactMap { if case .integer(let value) = $0.value { value } else { nil } }
        }
        cursor = page.next
      } while cursor != nil
      #expect(found == [[1], [30], [11], [20]])
    }
  }
}
