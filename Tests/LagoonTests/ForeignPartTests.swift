import Mutation
import Parquet
import Primitives
import Sys
import Testing

@testable import Lagoon

/// Parts as their files tell of them: other programs' and, without a log, our own.
@Suite struct ForeignPartTests {
  private static let start = 1_795_186_800 * Nanos.perSecond

  /// A file of device and time alone.
  private func file(
    _ times: [Int64], type: ColumnType = .timestampMillis, metadata: [(String, String)] = []
  ) -> [UInt8] {
    let schema = ParquetSchema(columns: [
      ColumnSchema(name: TableSchema.device, type: .string, isOptional: false),
      ColumnSchema(name: TableSchema.time, type: type, isOptional: false),
      ColumnSchema(name: TableSchema.received, type: .timestampMillis, isOptional: true),
    ])
    var writer = ParquetWriter(schema: schema, zstdLevel: 1, metadata: metadata)
    let devices = times.indices.map { Optional("d\($0 % 2)") }
    writer.append(
      [
        ColumnData(values: .string(StringColumn(devices))), ColumnData(values: .int64(times)),
        ColumnData(values: .int64(times), isPresent: [Bool](repeating: false, count: times.count)),
      ], rowCount: times.count)
    return writer.takeBytes() + writer.finish()
  }

  private func resolved(_ bytes: [UInt8], byteCount: Int? = nil) throws -> Part {
    try SimulatedMachine(startNanos: Self.start).run {
      try FileSystem.createDirectories("/t")
      try File("/t/a.parquet", .createExclusive).write(all: bytes)
      let part = Part(
        path: "a.parquet", date: "", rowCount: 0, byteCount: byteCount ?? bytes.count, oldestTime: .max,
        newestTime: .min, firstDevice: "", lastDevice: "", source: nil, modifiedMillis: 0)
      let table = TableState(name: .readings("rain"), precision: .milliseconds)
      return ForeignPart.resolved(part, directory: "/t", table: table)
    }
  }

  @Test func whatAFileHoldsIsTold() throws {
    let part = try resolved(file([5, -3, 9]))
    #expect(part.unreadable == nil && part.rowCount == 3 && part.oldestTime == -3 && part.newestTime == 9)
    #expect(part.firstDevice == "d0" && part.lastDevice == "d1" && part.isResolved)
    #expect(try resolved(file([])).unreadable == nil)
  }

  @Test func timesThatNanosecondsCannotSayAreRefusedByName() throws {
    for times in [[0, Int64.max], [Int64.min, 0], [32_503_680_000_000]] {
      let part = try resolved(file(times))
      #expect(part.unreadable == "its times are not all between the years 1677 and 2262", "\(times)")
    }
    #expect(try resolved(file([9_223_372_036_854])).unreadable == nil)
  }

  @Test func filesThatAreNotWhatTheLogSaysAreRefusedByName() throws {
    #expect(try resolved(file([1]), byteCount: 7).unreadable?.contains("its catalogue says 7") == true)
    #expect(try resolved([1, 2, 3]).unreadable?.hasPrefix("cannot read parquet file") == true)
    #expect(try resolved(file([1], type: .int64)).unreadable?.contains("it is int64") == true)
    var mutation = Mutation(seed: 3)
    let whole = file([1, 2, 3])
    for _ in 0..<150 {
      let part = try resolved(mutation.damage(whole))
      #expect(part.unreadable != nil || part.rowCount == 3)
    }
  }

  // MARK: our own

  private func withPart(_ body: (_ bytes: [UInt8], _ path: String) throws -> Void) throws {
    try SimulatedMachine(startNanos: Self.start).run {
      try FileSystem.createDirectories("/data")
      let catalogue = try Catalogue(data: "/data", node: "n-01")
      try catalogue.seal(
        [CatalogueFixture.rows("rain", 0..<7)], transactions: [LaneTransaction(lane: "n-01/lane-00", segment: 3)])
      let path = try #require(catalogue.table(.readings("rain"))?.parts.first?.path)
      try body(try File.readWhole("/data/tables/rain/" + path), path)
    }
  }

  @Test func aPartTellsAllThatItsCommitSaid() throws {
    try withPart { _, path in
      let document = try PartDocument(path: path, directory: "/data/tables/rain")
      #expect(document.tableName == "rain" && document.part.rowCount == 7 && document.part.path == path)
      #expect(document.segments == ["n-01/lane-00": 3] && document.precision == .milliseconds && !document.isCompatible)
      #expect(document.columns.map(\.wireName) == ["v"] && document.part.firstDevice == "d")
    }
  }

  @Test func damagedPartsAreNoDocuments() throws {
    try withPart { whole, path in
      var mutation = Mutation(seed: 4)
      let place = "/data/tables/rain/" + path
      for _ in 0..<200 {
        let damaged = mutation.damage(whole)
        if damaged == whole { continue }
        let file = try File(place, .readWrite)
        try file.truncate(to: 0)
        try file.write(all: damaged, at: 0)
        #expect(throws: (any Error).self) { try PartDocument(path: path, directory: "/data/tables/rain") }
        _ = try? PartDescription.lines(path: place)
      }
    }
  }

  /// What a footer of ours says of columns and segments, whatever it is.
  @Test func metadataThatMakesNoSenseIsRefusedOrLeftOut() throws {
    let columns = #"[{"column":"v","name":"v","role":"field"},{"column":"x","name":"x","role":"none"},7,{}]"#
    for (metadata, isDocument) in [
      ([], false), ([("thinai.table", "rain")], false), ([("thinai.table", "rain"), ("thinai.columns", "{")], false),
      ([("thinai.table", "rain"), ("thinai.columns", columns)], true),
      (
        [
          ("thinai.table", "rain"), ("thinai.columns", "[]"),
          ("thinai.segments", #"{"a":-1,"b":"x","c":9223372036854775807}"#),
        ], true
      ),
    ] as [([(String, String)], Bool)] {
      try SimulatedMachine(startNanos: Self.start).run {
        try FileSystem.createDirectories("/t/date=2026-11-20")
        try File("/t/date=2026-11-20/a.parquet", .createExclusive).write(all: file([1], metadata: metadata))
        let document = try? PartDocument(path: "date=2026-11-20/a.parquet", directory: "/t")
        #expect((document != nil) == isDocument)
        if let document { #expect(document.part.date == "2026-11-20" && document.columns.isEmpty) }
      }
    }
  }
}
