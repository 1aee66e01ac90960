import Mutation
import Parquet
import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Several parts made one, span after span of devices.
@Suite struct PartMergeTests {
  private static let name = TableName.readings("m")

  private static func rows(_ devices: [(name: String, count: Int)], from second: Int64) -> TableRows {
    let rows = devices.flatMap { device in
      (0..<device.count).map { number in
        TestRow(
          device.name, (1_795_000_000 + second + Int64(number)) * Nanos.perSecond,
          [("v", .integer(second + Int64(number)))])
      }
    }
    return TableRows(table: name, rows: QueryFixture.source(rows, measurement: "m"))
  }

  private func withParts(
    _ parts: [[(name: String, count: Int)]], _ body: (CatalogueFixture, Catalogue, TableState) throws -> Void
  ) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    for (number, devices) in parts.enumerated() {
      try catalogue.seal([Self.rows(devices, from: Int64(number) * 100)], transactions: [])
    }
    try body(fixture, catalogue, try #require(catalogue.table(Self.name)))
  }

  private static func readers(_ catalogue: Catalogue, _ table: TableState) throws -> [ParquetReader] {
    try table.parts.map {
      try catalogue.stored.files.reader($0.path, of: table.name, precision: table.precision)
    }
  }

  @Test(arguments: [(0, Limits.rowsPerRowGroup), (1, Limits.rowsPerRowGroup), (.max, Limits.rowsPerPage)])
  func aSpanHasNoMoreCellsThanMemoryAndNoFewerRowsThanAPage(columns: Int, rows: Int) {
    #expect(MergeSpans.rows(columnCount: columns) == rows)
  }

  @Test func aSpanOfManyColumnsIsAsManyCells() {
    for columns in 8...200 {
      let rows = MergeSpans.rows(columnCount: columns)
      #expect(rows * columns <= max(MergeSpans.cells, Limits.rowsPerPage * columns))
      #expect(rows <= Limits.rowsPerRowGroup && rows >= Limits.rowsPerPage)
    }
  }

  /// Each device is in one span, in the order of its bytes, and a span is small unless one device is large.
  @Test func spansHoldEachDeviceOnce() throws {
    let parts = [
      [("a", 5), ("b", 1), ("c", 3)], [("", 2), ("b", 4), ("đ", 1)], [("a", 1), ("z", 12)],
    ]
    var counts: [String: Int] = [:]
    for device in parts.joined() { counts[device.0, default: 0] += device.1 }
    let names = counts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    try withParts(parts.map { $0.map { (name: $0.0, count: $0.1) } }) { _, catalogue, table in
      let readers = try Self.readers(catalogue, table)
      let total = counts.values.reduce(0, +)
      for most in 1...total + 1 {
        let spans = try MergeSpans.spans(of: readers, mostRows: most)
        if most >= total {
          #expect(spans == [nil])
          continue
        }
        var devices: [String] = []
        for span in spans {
          let span = try #require(span)
          let own = names.filter { span.contains(Array($0.utf8)[...]) }
          #expect(own.reduce(0) { $0 + (counts[$1] ?? 0) } <= most || own.count == 1)
          #expect(own.first.map { Array($0.utf8) } == span.first && own.last.map { Array($0.utf8) } == span.last)
          devices += own
        }
        #expect(devices == names)
        // No two neighbours would have been one.
        for (span, next) in zip(spans, spans.dropFirst()) {
          let own = names.filter { span?.contains(Array($0.utf8)[...]) ?? false }
          let following = names.first { Array($0.utf8) == next?.first }
          #expect((own + [following ?? ""]).reduce(0) { $0 + (counts[$1] ?? 0) } > most)
        }
      }
      #expect(try MergeSpans.spans(of: [], mostRows: 0) == [nil])
    }
  }

  private static func merge(_ catalogue: Catalogue, _ table: TableState) throws -> PartMerge {
    try PartMerge(catalogue.stored.files, table: table, parts: table.parts, level: 3, profile: .quick)
  }

  private static func allFiles(_ fixture: CatalogueFixture) throws -> [String] {
    try ["m", "rollups_5m", "rollups_1h"].flatMap { folder in
      FileSystem.exists(fixture.data + "/tables/" + folder) ? try fixture.files(folder).map { folder + $0 } : []
    }
  }

  /// What is given up, and what no row was put into, leaves no file.
  @Test func anOutputWithoutRowsIsNone() throws {
    try withParts([[("a", 400)], [("b", 400)]]) { fixture, catalogue, table in
      let before = try Self.allFiles(fixture)
      let merge = try Self.merge(catalogue, table)
      let empty = try MergeOutput(merge, used: [0]).finish()
      #expect(empty.part == nil && empty.rollups.isEmpty && empty.joinedRows == 0)
      let output = try MergeOutput(merge, used: [0])
      var columns = PartColumns([Self.rows([("a", 3_000)], from: 0).rows], schema: table.readingSchema)
      try output.append(&columns, Array(0..<3_000))
      #expect(try Self.allFiles(fixture).count > before.count)
      output.abandon()
      #expect(try Self.allFiles(fixture) == before)
      #expect(try merge.run { true } == nil)
      #expect(try Self.allFiles(fixture) == before)
    }
  }

  @Test func anOutputTellsWhatIsInIt() throws {
    try withParts([[("a", 2)]]) { _, catalogue, table in
      let output = try MergeOutput(Self.merge(catalogue, table), used: [0])
      let rows = Self.rows([("b", 900), ("c", 700)], from: -50).rows
      var columns = PartColumns([rows], schema: table.readingSchema)
      try output.append(&columns, Array(0..<900))
      try output.append(&columns, Array(900..<1_600))
      let result = try output.finish()
      let part = try #require(result.part)
      #expect(part.rowCount == 1_600 && part.firstDevice == "b" && part.lastDevice == "c")
      #expect(part.oldestTime == 1_794_999_950_000 && part.newestTime == 1_795_000_849_000)
      let path = catalogue.stored.files.path(part.path, of: Self.name)
      #expect(try File.readWhole(path).count == part.byteCount)
      // 900 and 700 readings: each bucket of both devices, once.
      for (step, rollup) in result.rollups {
        let name = TableName.rollups(step)
        let reader = try catalogue.stored.files.reader(rollup.path, of: name, precision: .microseconds)
        let counts = try #require(reader.schema.index(of: "count"))
        var total: Int64 = 0
        for group in reader.rowGroups.indices {
          guard case .int64(let values) = try reader.read(column: counts, rowGroup: group).values else { continue }
          total += values.reduce(0, +)
        }
        #expect(total == 1_600 && rollup.source == "m/" + part.path)
      }
      #expect(result.rollups.map(\.step) == [.fiveMinutes, .hour])
    }
  }

  /// The same rows whatever the order of the parts, each once.
  @Test func theOrderOfPartsIsNothingToRows() throws {
    // Rows of `a` from 100 s to 149 s are in two parts, those from 200 s to 209 s too.
    try withParts([[("a", 150)], [("a", 150), ("b", 3)], [("a", 10), ("c", 1)]]) { _, catalogue, table in
      var found: [Set<String>] = []
      for parts in [table.parts, table.parts.reversed(), [table.parts[1], table.parts[2], table.parts[0]]] {
        let merge = try PartMerge(catalogue.stored.files, table: table, parts: parts, level: 3, profile: .quick)
        let result = try #require(try merge.run { false })
        let part = try #require(result.part)
        let source = try catalogue.scan(part, of: table)
        var rows: Set<String> = []
        for chunk in source.chunks {
          for row in 0..<chunk.count {
            rows.insert(
              "\(source.series.device(chunk.series(row))) \(chunk.time(row)) \(chunk.payload(row, column: 0))")
          }
        }
        #expect(rows.count == part.rowCount && part.rowCount == 254 && result.joinedRows == 60)
        found.append(rows)
      }
      #expect(found[0] == found[1] && found[1] == found[2])
    }
  }
}
