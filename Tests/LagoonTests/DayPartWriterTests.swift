import Mutation
import Parquet
import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Rows as parts of UTC days.
@Suite struct DayPartWriterTests {
  private static let day = Nanos.perDay / Nanos.perMillisecond

  private func withWriter(
    precision: TimePrecision = .milliseconds, _ body: (CatalogueFixture, DayPartWriter) throws -> Void
  ) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let files = PartFiles(data: fixture.data, node: CatalogueFixture.node, largestSequence: 0) { _, _ in }
    let writer = DayPartWriter(
      files: files, table: TableState(name: .readings("m"), precision: precision), level: 3, profile: .quick,
      metadata: [], emptyRollups: [])
    try body(fixture, writer)
  }

  private static func source(_ rows: [(device: String, millis: Int64)]) -> RowSource {
    QueryFixture.source(
      rows.enumerated().map { number, row in
        TestRow(row.device, row.millis * Nanos.perMillisecond, [("v", .integer(Int64(number)))])
      }, measurement: "m")
  }

  /// Devices, times and values of a part's file.
  private static func content(_ part: Part, _ writer: DayPartWriter, _ schema: TableSchema) throws -> [String] {
    let reader = try writer.files.reader(part.path, of: writer.table.name, precision: writer.table.precision)
    let source = try PartScan(reader: reader, schema: schema, precision: writer.table.precision).run()
    return source.chunks.flatMap { chunk in
      (0..<chunk.count).map { row in
        "\(source.series.device(chunk.series(row))) \(chunk.time(row)) \(chunk.payload(row, column: 0))"
      }
    }
  }

  /// A scan for the newest rows leaves out only what has a newer row of its series.
  @Test(arguments: 1...8 as ClosedRange<UInt64>) func theNewestRowsAreThoseOfAll(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let rows = (0..<300).map { number in
      let port = Int.random(in: 0...2, using: &random)
      return TestRow(
        "d\(Int.random(in: 0...(seed < 5 ? 3 : 60), using: &random))",
        Int64.random(in: 0..<(seed % 2 == 0 ? 5 : 5_000), using: &random) * Nanos.perSecond,
        [(Bool.random(using: &random) ? "v" : "w", .integer(Int64(number)))],
        tags: port == 0 ? [] : [SeriesKey.Tag(name: port == 1 ? "port" : "slot", value: "\(number % 2)")])
    }
    try withWriter { _, writer in
      var columns = PartColumns([QueryFixture.source(rows, measurement: "m")], schema: TableSchema())
      let part = try #require(try writer.write(&columns).first).part
      let reader = try writer.files.reader(part.path, of: writer.table.name, precision: writer.table.precision)
      for devices in [nil, ["d1", "d2"]] as [Set<String>?] {
        var scan = PartScan(
          reader: reader, schema: columns.schema, precision: writer.table.precision, devices: devices,
          times: seed % 3 == 0 ? 0..<2_500_000 : nil)
        let all = try scan.run()
        scan.newestOnly = true
        let newest = try scan.run()
        #expect(Self.texts(SeriesNewest(newest)) == Self.texts(SeriesNewest(all)))
        // One row a series, or those of one instant.
        #expect(Self.texts(SeriesNewest(all)).count == newest.rowCount)
      }
    }
  }

  private static func texts(_ newest: SeriesNewest) -> [String] {
    newest.rows.values.joined().map { row in
      let key = row.source.series[row.chunk.series(row.row)]
      let values = row.source.fields.indices.filter { row.chunk.tag(row.row, column: $0) != .null }.map { column in
        "\(row.source.fields[column].name) \(row.chunk.tag(row.row, column: column).rawValue)"
          + " \(row.chunk.payload(row.row, column: column))"
      }
      return "\(key.device) \(key.tags) \(row.time) \(values.sorted())"
    }.sorted()
  }

  /// Days before and after 1970, and the very ends of one.
  @Test(arguments: [1, 2] as [UInt64]) func eachDayIsAPart(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var rows: [(device: String, millis: Int64)] = []
    for day in [-20_000, -1, 0, 1, 20_500] as [Int64] {
      for millis in [0, 1, Self.day - 1, .random(in: 2..<Self.day, using: &random)] {
        for device in ["", "a", "b"] where Int.random(in: 0..<3, using: &random) > 0 {
          rows.append((device, day * Self.day + millis))
        }
      }
    }
    rows.shuffle(using: &random)
    try withWriter { fixture, writer in
      var columns = PartColumns([Self.source(rows)], schema: TableSchema())
      let written = try writer.write(&columns)
      let truth = Dictionary(grouping: rows.indices) { flooredDivision(rows[$0].millis, by: Self.day) }
      #expect(written.map(\.part.date) == truth.keys.sorted().map { CalendarDate(daysSinceEpoch: Int($0)).description })
      for (one, day) in zip(written, truth.keys.sorted()) {
        let own = (truth[day] ?? []).sorted {
          (rows[$0].device, rows[$0].millis) < (rows[$1].device, rows[$1].millis)
        }
        let times = own.map { rows[$0].millis }
        #expect(one.part.rowCount == own.count && one.rollups.isEmpty)
        #expect(one.part.oldestTime == times.min() && one.part.newestTime == times.max())
        #expect(one.part.firstDevice == own.first.map { rows[$0].device })
        #expect(one.part.lastDevice == own.last.map { rows[$0].device })
        let found = try Self.content(one.part, writer, columns.schema)
        #expect(found == own.map { "\(rows[$0].device) \(rows[$0].millis) \($0)" })
        let path = writer.files.path(one.part.path, of: writer.table.name)
        #expect(try File.readWhole(path).count == one.part.byteCount)
      }
      #expect(try fixture.files("m").count == written.count)
    }
  }

  @Test func noRowsAreNoPart() throws {
    try withWriter { _, writer in
      var columns = PartColumns([Self.source([])], schema: TableSchema())
      let written = try writer.write(&columns)
      #expect(written.isEmpty)
    }
  }

  /// Of days that only partly went through nothing is left: they are made again as a whole.
  @Test func aFailureLeavesNothing() throws {
    try withWriter { fixture, writer in
      let rows = [0, 1, 2].map { (device: "d", millis: $0 * Self.day) }
      var columns = PartColumns([Self.source(rows)], schema: TableSchema())
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "date=1970-01-03")]) {
        let error = #expect(throws: LagoonError.self) { _ = try writer.write(&columns) }
        #expect(error?.isOutOfSpace == true)
      }
      #expect(try fixture.files("m").isEmpty)
      let written = try writer.write(&columns)
      #expect(written.map(\.part.rowCount) == [1, 1, 1])
    }
  }

  /// A part has the columns that its own rows need, not those of another day.
  @Test func aPartHasTheColumnsOfItsOwnRows() throws {
    try withWriter { _, writer in
      let rows = [
        TestRow("d", 0, [("a", .integer(1))]), TestRow("d", Nanos.perDay, [("b", .string(""))]),
        TestRow("e", 2 * Nanos.perDay, [], tags: [SeriesKey.Tag(name: "port", value: "1")]),
      ]
      var columns = PartColumns([QueryFixture.source(rows, measurement: "m")], schema: TableSchema())
      let names = try writer.write(&columns).map { written in
        try writer.files.reader(written.part.path, of: writer.table.name, precision: .milliseconds)
          .schema.columns.dropFirst(TableSchema.fixedCount).map(\.name)
      }
      #expect(names == [["a"], ["b"], ["port"]])
    }
  }
}
