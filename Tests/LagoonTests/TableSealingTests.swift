import Primitives
import Synchronization
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// Seals, and what is done to tables beside them, when some of it fails.
@Suite struct TableSealingTests {
  private func withCatalogue(_ body: (CatalogueFixture, Catalogue, TableSealing) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    try body(fixture, catalogue, TableSealing(tables: catalogue.stored, rollups: catalogue.rollups))
  }

  private static func lane(_ number: Int, _ segment: UInt64) -> LaneTransaction {
    LaneTransaction(lane: "n-01/lane-0\(number)", segment: segment)
  }

  @Test func aTableWithoutRowsIsNone() throws {
    try withCatalogue { fixture, catalogue, sealing in
      try sealing.seal([CatalogueFixture.rows("m", 0..<0)], transactions: [Self.lane(0, 1)])
      try sealing.seal([], transactions: [Self.lane(0, 1)])
      #expect(catalogue.table(.readings("m")) == nil && !FileSystem.exists(fixture.data + "/tables/m"))
    }
  }

  /// Rows of a transaction are in a table once, whichever of its lanes the table knows.
  @Test func aTransactionIsTakenOnce() throws {
    try withCatalogue { fixture, catalogue, sealing in
      let rows = [CatalogueFixture.rows("m", 0..<5)]
      try sealing.seal(rows, transactions: [Self.lane(0, 4), Self.lane(1, 7)])
      let files = try fixture.files("m")
      for transactions in [
        [Self.lane(0, 4)], [Self.lane(0, 3)], [Self.lane(1, 7), Self.lane(0, 5)], [Self.lane(1, 1)],
      ] {
        try sealing.seal(rows, transactions: transactions)
      }
      #expect(try fixture.values(catalogue, "m") == Array(0..<5) && fixture.files("m") == files)
      #expect(catalogue.table(.readings("m"))?.segments == ["n-01/lane-00": 4, "n-01/lane-01": 7])
      try sealing.seal([CatalogueFixture.rows("m", 5..<6)], transactions: [Self.lane(0, 5), Self.lane(2, 1)])
      #expect(try fixture.values(catalogue, "m") == Array(0..<6))
      #expect(catalogue.table(.readings("m"))?.segments["n-01/lane-01"] == 7)
    }
  }

  /// Of several tables those go through that can, and the same call again brings the rest.
  @Test func whatFailsIsNamedAndTheRestIsSealed() throws {
    try withCatalogue { fixture, catalogue, sealing in
      for table in ["a", "b", "c"] { try fixture.seal(catalogue, table, 0..<3, segment: 1) }
      let path = fixture.log("b").path(0)
      let whole = try File.readWhole(path)
      try fixture.spoil(path, to: 9)
      let files = try fixture.files("b")
      let rows = ["a", "b", "c"].map { CatalogueFixture.rows($0, 3..<6) }
      for round in 0..<2 {
        let error = #expect(throws: SealError.self) { try sealing.seal(rows, transactions: [Self.lane(0, 2)]) }
        #expect(error?.sealed == (round == 0 ? [.readings("a"), .readings("c")] : []))
        #expect(error?.failures.map(\.table) == [.readings("b")])
        #expect(try fixture.files("b") == files)
      }
      try File(path, .readWrite).write(all: whole)
      try sealing.seal(rows, transactions: [Self.lane(0, 2)])
      for table in ["a", "b", "c"] { #expect(try fixture.values(catalogue, table) == Array(0..<6)) }
    }
  }

  @Test func aFullDiskLeavesNothingOfASeal() throws {
    try withCatalogue { fixture, catalogue, sealing in
      try fixture.seal(catalogue, "m", 0..<3, segment: 1)
      let files = try fixture.files("m")
      for (call, place) in [
        (SystemCall.write, "date="), (.fdatasync, "date="), (.fsync, "date="), (.write, "_delta_log"),
      ] {
        FaultInjection.with([.init(call, .error(ErrorNumber.noSpace), path: fixture.data + "/tables/m/" + place)]) {
          let error = #expect(throws: SealError.self) {
            try sealing.seal([CatalogueFixture.rows("m", 3..<6)], transactions: [Self.lane(0, 2)])
          }
          #expect(error?.isOutOfSpace == true && error?.sealed == [])
        }
        #expect(try fixture.files("m") == files, "\(call) \(place)")
      }
      try sealing.seal([CatalogueFixture.rows("m", 3..<6)], transactions: [Self.lane(0, 2)])
      #expect(try fixture.values(catalogue, "m") == Array(0..<6))
    }
  }

  /// Rows of many devices over two days, some with tags; `text` of one device alone needs a column of its own.
  private static func manyRows(_ range: Range<Int>, text: Bool) -> TableRows {
    let rows = range.map { number in
      let device = number * 7 % 23
      let value: ReadingValue =
        text && device == 22
        ? .string("off")
        : device == 3
          ? .decimal(mantissa: Int64(number * 10 + 5), scale: 1)
          : .integer(Int64(number))
      return TestRow(
        "d\(device)", 1_795_000_000 * Nanos.perSecond + Int64(number) * 60 * Nanos.perSecond,
        [("v", value)] + (device == 5 ? [("w", .double(Double(number) / 7))] : []),
        tags: device % 2 == 0 ? [SeriesKey.Tag(name: "port", value: "\(number % 3)")] : [])
    }
    return TableRows(table: .readings("m"), rows: QueryFixture.source(rows, measurement: "m"))
  }

  private static func stored(_ catalogue: Catalogue) throws -> Set<String> {
    guard let state = catalogue.table(.readings("m")) else { return [] }
    var found: Set<String> = []
    for part in state.parts {
      let source = try catalogue.scan(part, of: state)
      for chunk in source.chunks {
        for row in 0..<chunk.count {
          let key = source.series[chunk.series(row)]
          let values = source.fields.indices.filter { chunk.hasColumn($0) && chunk.tag(row, column: $0) != .null }.map {
            let tag = chunk.tag(row, column: $0)
            let payload = chunk.payload(row, column: $0)
            return "\(source.fields[$0].name)=\(tag.rawValue) \(tag == .string ? chunk.string(payload) : "\(payload)")"
          }
          let text = "\(key.device) \(key.tags.map(\.value)) \(chunk.time(row)) \(values.sorted())"
          #expect(found.insert(text).inserted, "twice: \(text)")
        }
      }
    }
    return found
  }

  /// However many threads seal a table, it has the same rows, a device's in one part a day; whatever columns they need.
  @Test(arguments: [false, true]) func aLargeTableIsSealedByMany(text: Bool) throws {
    var truth: Set<String> = []
    for threads in 1...5 {
      try withCatalogue { fixture, catalogue, sealing in
        var sealing = sealing
        sealing.leastRows = 100
        try sealing.seal([Self.manyRows(0..<900, text: false)], transactions: [Self.lane(0, 1)], threads: threads)
        try sealing.seal([Self.manyRows(900..<2_000, text: text)], transactions: [Self.lane(0, 2)], threads: threads)
        let found = try Self.stored(catalogue)
        if threads == 1 { truth = found }
        #expect(found == truth && found.count == 2_000)
        // 15 hours of one day and 18 of three; with values of another kind the first time all is done by one.
        let parts = try #require(catalogue.table(.readings("m"))).parts
        #expect(Set(parts.map(\.path)) == Set(try fixture.files("m")))
        if threads == 1 { #expect(parts.count == 3) } else if !text { #expect(parts.count > 3) }
        for (one, other) in zip(parts, parts.dropFirst())
        where one.date == other.date && one.newestTime >= other.oldestTime {
          #expect(one.lastDevice < other.firstDevice || other.lastDevice < one.firstDevice)
        }
      }
    }
  }

  // MARK: maintenance

  private static let late: UnixNanos = 1_795_300_000 * Nanos.perSecond

  private static func turn(
    _ catalogue: Catalogue, shouldStop: @Sendable () -> Bool = { false }
  ) throws(LagoonError) {
    let maintenance = Maintenance(catalogue.stored, catalogue.rollups)
    try maintenance.turn(
      nowNanos: late, monotonicNanos: Clock.monotonicNanos(), CompactionSettings(level: 3), retention: nil,
      graceNanos: 0, shouldStop: shouldStop)
  }

  /// A table that is damaged keeps none of the others from being compacted.
  @Test func aTableThatFailsIsAlone() throws {
    try withCatalogue { fixture, catalogue, _ in
      for table in ["a", "b", "c"] {
        for segment in 1...3 {
          try fixture.seal(catalogue, table, segment * 10..<segment * 10 + 10, segment: UInt64(segment))
        }
      }
      try fixture.spoil(fixture.log("b").path(2), to: 0)
      let before = try fixture.files("b")
      #expect(throws: LagoonError.self) { try Self.turn(catalogue) }
      for table in ["a", "b", "c"] {
        #expect(catalogue.table(.readings(table))?.parts.count == (table == "b" ? 3 : 1))
        #expect(try fixture.values(catalogue, table) == Array(10..<40))
      }
      #expect(try fixture.files("b") == before)
    }
  }

  @Test func whoIsToldToStopChangesNothing() throws {
    try withCatalogue { fixture, catalogue, _ in
      for segment in 1...3 {
        try fixture.seal(catalogue, "m", segment * 10..<segment * 10 + 10, segment: UInt64(segment))
      }
      let before = try fixture.files("m")
      // At once, and somewhere on the way.
      for calls in 0..<6 {
        let left = Atomic(calls)
        try Self.turn(catalogue) { left.subtract(1, ordering: .relaxed).newValue < 0 }
        #expect(try fixture.values(catalogue, "m") == Array(10..<40))
        if catalogue.table(.readings("m"))?.version == 2 { #expect(try fixture.files("m") == before) }
        if calls == 0 { #expect(catalogue.table(.readings("m"))?.version == 2) }
      }
      try Self.turn(catalogue)
      #expect(try catalogue.table(.readings("m"))?.parts.count == 1 && fixture.files("m").count == 1)
    }
  }

  // MARK: types

  private static func sealDecimals(_ fixture: CatalogueFixture, _ catalogue: Catalogue) throws {
    try fixture.seal(catalogue, "m", 0..<100, segment: 1)
    let rows = (0..<100).map { number in
      TestRow(
        "d", (1_795_000_100 + Int64(number)) * Nanos.perSecond,
        [("v", .decimal(mantissa: Int64(number) * 10 + 5, scale: 1))])
    }
    try catalogue.seal(
      [TableRows(table: .readings("m"), rows: QueryFixture.source(rows, measurement: "m"))],
      transactions: [lane(0, 2)])
  }

  private static func numbers(_ catalogue: Catalogue) throws -> [Double] {
    guard let table = catalogue.table(.readings("m")) else { return [] }
    return try table.parts.flatMap { part in
      try catalogue.scan(part, of: table).chunks.flatMap { chunk in
        (0..<chunk.count).compactMap { chunk.double($0, column: 0) }
      }
    }.sorted()
  }

  /// A change of types that is stopped leaves everything as it was; done, it is done once.
  @Test func typesChangeAsAWholeOrNotAtAll() throws {
    try withCatalogue { fixture, catalogue, _ in
      try Self.sealDecimals(fixture, catalogue)
      let name = TableName.readings("m")
      let before = (try Self.numbers(catalogue), try fixture.files("m"))
      #expect(before.0.count == 200)
      let evolution = TypeEvolution(catalogue.stored, catalogue.rollups)
      for calls in 0..<2 {
        var left = calls
        try evolution.run(name) {
          left -= 1
          return left < 0
        }
        #expect(try fixture.files("m") == before.1)
        #expect(catalogue.table(name)?.version == 1 && evolution.last == nil)
      }
      var said: [String] = []
      try evolution.run(name, say: { said.append($0) }) { false }
      #expect(said.count == 1 && evolution.last == said.first && said[0].contains("v from long to decimal(18,1)"))
      #expect(try Self.numbers(catalogue) == before.0 && catalogue.table(name)?.version == 2)
      // They count as what they were: sealed, and not compacted.
      #expect(catalogue.table(name)?.parts.allSatisfy { $0.level == nil } == true)
      try evolution.run(name, say: { said.append($0) }) { false }
      #expect(said.count == 1 && catalogue.table(name)?.version == 2)
      try evolution.run(.rollups(.fiveMinutes)) { false }
      try evolution.run(.readings("none")) { false }
      #expect(try Self.numbers(fixture.open()) == before.0)
    }
  }

  /// One that failed is not tried again at once, and leaves no part behind.
  @Test func aChangeThatFailsWaits() throws {
    try withCatalogue { fixture, catalogue, _ in
      try Self.sealDecimals(fixture, catalogue)
      let name = TableName.readings("m")
      let files = try fixture.files("m")
      let path = fixture.log("m").path(1)
      let whole = try File.readWhole(path)
      try fixture.spoil(path, to: 0)
      let evolution = TypeEvolution(catalogue.stored, catalogue.rollups)
      let error = #expect(throws: LagoonError.self) { try evolution.run(name) { false } }
      #expect(error?.description.contains("cannot change columns of table m") == true)
      #expect(try fixture.files("m") == files)
      try File(path, .readWrite).write(all: whole)
      try evolution.run(name) { false }
      #expect(catalogue.table(name)?.version == 1 && evolution.last == nil)
      // Another start knows nothing of it.
      try TypeEvolution(catalogue.stored, catalogue.rollups).run(name) { false }
      #expect(catalogue.table(name)?.version == 2)
      #expect(try Self.numbers(catalogue).count == 200)
    }
  }
}
