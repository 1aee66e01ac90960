import Parquet
import Primitives
import Rollups
import Telemetry
import Testing

@testable import Lagoon

/// What counters did in the buckets of a part: from its columns, from rows, and from memory alike.
@Suite struct CounterColumnsTests {
  private static let day: Int64 = 20_600

  private static func rows() -> [TestRow] {
    (0..<2_000).map { number in
      let second = Int64(number) * 7
      let value: ReadingValue =
        switch number % 11 {
        case 0: .decimal(mantissa: second * 10 + 5, scale: 1)
        case 1: .double(Double(second) / 3)
        case 2: .string("none")
        default: .integer(second % 5_000)
        }
      return TestRow(
        "d\(number % 3)", day * Nanos.perDay + second * Nanos.perSecond, [("v", value)],
        tags: number % 2 == 0 ? [] : [SeriesKey.Tag(name: "port", value: "\(number % 4)")])
    }
  }

  private static func texts(_ columns: CounterColumns) -> [String] {
    columns.runs.flatMap { run in
      columns.stretches[run.rows].map { stretch in
        // Of a column numbers have its scale, whatever they had.
        "\(run.device) \(run.tags) \(stretch.firstTime) \(stretch.first.value) \(stretch.lastTime)"
          + " \(stretch.last.value) \(stretch.rise(columns.sums).value)"
      }
    }.sorted()
  }

  @Test func aPartsCountersAreThoseOfItsRows() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let name = TableName.readings("m")
    let source = QueryFixture.source(Self.rows(), measurement: "m")
    try catalogue.seal([TableRows(table: name, rows: source)], transactions: [])
    let part = try #require(TableView.views(of: catalogue.tables)[name]?.parts.first)
    for step in StoredStep.allCases {
      var request = BucketRequest(table: name, part: part, field: "v", stepNanos: step.nanos)
      request.bySeries = true
      #expect(catalogue.knownCounters(request) == nil)
      let found = try catalogue.counters(request)
      let scanned = try catalogue.scan(ScanRequest(table: name, path: part.path, fields: ["v"], arrivals: false))
      #expect(Self.texts(found) == Self.texts(CounterColumns(following: scanned, request)))
      #expect(found.runs.count == 9 && !found.stretches.isEmpty && found.byteCount > found.stretches.count * 40)
      #expect(catalogue.knownCounters(request) === found && catalogue.knownBuckets(request) == nil)
      #expect(try catalogue.counters(request) === found)
      request.field = "none"
      #expect(try catalogue.counters(request).stretches.isEmpty)
    }
    let gone = BucketRequest(table: .readings("none"), part: part, field: "v", stepNanos: 1)
    #expect(throws: QueryError.self) { try catalogue.counters(gone) }
  }

  /// A bucket is one stretch while its readings ascend in time; an older one, or one of another bucket, begins a new one.
  @Test func aStretchLiesInOneBucket() {
    var builder = CounterColumnsBuilder(stepNanos: 10)
    var numbers = FieldNumbers(count: 9)
    for row in 0..<9 where row != 4 { numbers.set(row, tag: .integer, payload: Int64(row)) }
    let times: [Int64] = [1, 1, 9, 10, 11, 12, 5, 25, .max]
    builder.begin(device: "a", tags: [])
    builder.add(rows: 0..<4, times: times, unitNanos: 1, values: numbers)
    builder.begin(device: "a", tags: [])
    builder.add(rows: 4..<8, times: times, unitNanos: 1, values: numbers)
    builder.begin(device: "b")
    builder.add(rows: 7..<9, times: times, unitNanos: 1, values: numbers)
    let columns = builder.finish()
    #expect(columns.runs.map(\.device) == ["a", "b"] && columns.runs.map(\.rows) == [0..<4, 4..<6])
    #expect(columns.stretches.map(\.firstTime) == [1, 10, 5, 25, 25, .max])
    #expect(columns.stretches.map(\.lastTime) == [9, 12, 5, 25, 25, .max])
    #expect(columns.stretches.map { $0.rise(columns.sums).mantissa(scale: 0) } == [2, 2, 0, 0, 0, 0])
  }

  @Test func aTagIsWhatARowHas() throws {
    var builder = StringColumnBuilder()
    for text in ["x", "x", "y", "x"] { builder.append(entry: Array(text.utf8).withUnsafeBytes { builder.intern($0) }) }
    let data = ColumnData(values: .string(builder.finish()), isPresent: [true, true, true, false])
    let tag = try #require(TagColumn(name: "port", data))
    #expect(tag.isAlike(0, 1) && !tag.isAlike(1, 2) && !tag.isAlike(0, 3) && tag.isAlike(3, 3))
    #expect((0..<4).map { tag.tag(at: $0)?.value } == ["x", "x", "y", nil])
    #expect(TagColumn(name: "port", ColumnData(values: .int64([1]))).map(\.name) == nil)
  }

  @Test func aReportCountsWhatWasMade() {
    func part(_ bytes: Int) -> Part {
      Part(
        path: "p\(bytes)", date: "2026-11-30", rowCount: 1, byteCount: bytes, oldestTime: 0, newestTime: 0,
        firstDevice: "a", lastDevice: "b", source: nil)
    }
    var report = CompactionReport()
    report.add(PartMerge.Result(part: part(30), joinedRows: 2), of: [part(20), part(25)])
    report.add(PartMerge.Result(part: nil), of: [part(5)])
    #expect(
      report
        == CompactionReport(mergedParts: 3, madeParts: 1, bytesBefore: 50, bytesAfter: 30, joinedRows: 2))
  }
}
