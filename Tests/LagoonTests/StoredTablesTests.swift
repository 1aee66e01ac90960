import Mutation
import Parquet
import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// The tables of a data directory, as they are opened, read and committed to.
@Suite struct StoredTablesTests {
  private static let name = TableName.readings("m")

  private func withFixture(_ body: (CatalogueFixture) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    try body(fixture)
  }

  /// Rows at those milliseconds.
  private static func rows(_ millis: [Int64]) -> TableRows {
    TableRows(
      table: name,
      rows: QueryFixture.source(
        millis.map { TestRow("d", $0 * Nanos.perMillisecond, [("v", .integer($0))]) }, measurement: "m"))
  }

  private func values(_ source: RowSource) -> [Int64] {
    source.chunks.flatMap { chunk in (0..<chunk.count).map { chunk.time($0) } }
  }

  /// A question's nanoseconds against the milliseconds of a table: nothing is lost or doubled where ranges meet.
  @Test func rangesOfNanosecondsAreThoseOfRows() throws {
    try withFixture { fixture in
      let catalogue = try fixture.open()
      let times = Array(-4...4) as [Int64]
      try catalogue.seal([Self.rows(times)], transactions: [])
      let table = try #require(catalogue.table(Self.name))
      // Before 1970 is another day, and another part.
      #expect(table.parts.map(\.rowCount).sorted() == [4, 5])
      let bounds: [Int64] =
        [.min, .min + 1, -4_000_000, -3_999_999, -1_000_001, -1_000_000, -1, 0, 1, 999_999, 1_000_000, 4_000_000]
        + [4_000_001, .max - 1, .max]
      for from in bounds {
        for to in bounds {
          let truth = times.filter { $0 * Nanos.perMillisecond >= from && $0 * Nanos.perMillisecond < to }
          let found = try table.parts.flatMap { part in
            values(
              try catalogue.scan(
                ScanRequest(table: Self.name, path: part.path, devices: nil, from: from, to: to, fields: nil)))
          }
          #expect(found.sorted() == truth, "\(from) \(to)")
        }
      }
    }
  }

  @Test func aQuestionOfATableThatIsNotThereNamesIt() throws {
    try withFixture { fixture in
      let catalogue = try fixture.open()
      try catalogue.seal([Self.rows([0])], transactions: [])
      let table = try #require(catalogue.table(Self.name))
      #expect(throws: QueryError.self) {
        try catalogue.scan(
          ScanRequest(table: .readings("none"), path: table.parts[0].path, devices: nil, from: 0, to: 1, fields: nil))
      }
      let error = #expect(throws: QueryError.self) { try catalogue.stored.scan("date=d/gone", of: table) }
      // Without the paths of the machine.
      #expect(error.map { "\($0)".contains("date=d/gone") && !"\($0)".contains(fixture.data) } == true)
    }
  }

  @Test func whoOnlyReadsChangesNothing() throws {
    try withFixture { fixture in
      #expect(throws: LagoonError.self) { _ = try StoredTables(data: fixture.data, node: "n", isReadOnly: true) }
      #expect(try FileSystem.list(fixture.data).isEmpty)
      try fixture.seal(fixture.open(), "m", 0..<3, segment: 1)
      // A part that no version names, as a seal that is under way makes them.
      let stray = fixture.data + "/tables/m/date=2026-11-20/00-n-01-77.parquet"
      try FileSystem.createDirectories(FileSystem.parent(of: stray))
      _ = try File(stray, .createExclusive)
      let before = try FileSystem.list(fixture.data).map(\.name)
      let records = try File.readWhole(fixture.data + "/versions")
      let tables = try StoredTables(data: fixture.data, node: CatalogueFixture.node, isReadOnly: true)
      #expect(tables.table(Self.name)?.parts.count == 1 && FileSystem.exists(stray))
      #expect(try FileSystem.list(fixture.data).map(\.name) == before)
      #expect(try File.readWhole(fixture.data + "/versions") == records)
      // Numbers go on behind it all the same, and who may change it removes it.
      #expect(tables.files.newPath(date: "d", oldestTime: 0, precision: .milliseconds).hasSuffix("-78.parquet"))
      _ = try fixture.open()
      #expect(!FileSystem.exists(stray))
    }
  }

  /// Rows that are in the table already, in other parts: what was made of them again goes.
  @Test func whatIsSupersededLeavesNothing() throws {
    try withFixture { fixture in
      let catalogue = try fixture.open()
      let tables = catalogue.stored
      try fixture.seal(catalogue, "m", 0..<3, segment: 4)
      let files = try fixture.files("m")
      var part = try #require(tables.table(Self.name)?.parts.first)
      let bytes = try File.readWhole(tables.files.path(part.path, of: Self.name))
      part.path = tables.files.newPath(date: part.date, oldestTime: part.oldestTime, precision: .milliseconds)
      try tables.files.store(bytes, at: part.path, of: Self.name)
      let lane = CatalogueFixture.node + "/lane-00"
      for segment in [4, 3] as [UInt64] {
        let change = TableChange(
          added: [part], dataChange: true, transactions: [LaneTransaction(lane: lane, segment: segment)])
        if segment == 3 { try tables.files.store(bytes, at: part.path, of: Self.name) }
        #expect(try !tables.commit(change, to: Self.name))
        #expect(try fixture.files("m") == files)
      }
      // One that fails leaves nothing either.
      try tables.files.store(bytes, at: part.path, of: Self.name)
      var gone = part
      gone.path = "date=d/gone"
      let change = TableChange(added: [part], removed: [gone], dataChange: true)
      #expect(throws: LagoonError.self) { try tables.commit(change, to: Self.name) }
      #expect(try fixture.files("m") == files && tables.table(Self.name)?.version == 0)
    }
  }

  @Test(arguments: [
    (CompatibleTables.configured([]), EncodingProfile.quick), (.configured(["m"]), .compat),
    (.configured(["*"]), .compat), (.configured(["other"]), .quick), (.asTheyAre(), .quick),
    (.asTheyAre(and: ["m"]), .compat), (.asTheyAre(and: ["*"]), .compat),
  ]) func aTableIsWrittenForItsReaders(compatible: CompatibleTables, profile: EncodingProfile) throws {
    try withFixture { fixture in
      let tables = try StoredTables(data: fixture.data, node: "n", compatible: compatible)
      #expect(tables.profile(of: Self.name, .quick) == profile)
    }
  }

  /// What a configuration asked for once stays with who works without it, until a configuration takes it back.
  @Test func aTableRemembersItsReaders() throws {
    try withFixture { fixture in
      let asked = try Catalogue(data: fixture.data, node: "n", compatible: .configured(["m"]))
      try asked.seal([Self.rows([0]), TableRows(table: .readings("o"), rows: Self.rows([0]).rows)], transactions: [])
      let later = try StoredTables(data: fixture.data, node: "n")
      #expect(later.profile(of: Self.name, .thorough) == .compat)
      #expect(later.profile(of: .readings("o"), .thorough) == .thorough)
      // A new table is as all the others are, and those differ.
      #expect(later.profile(of: .readings("new"), .thorough) == .thorough)
      let back = try Catalogue(data: fixture.data, node: "n", compatible: .configured([]))
      try back.seal([Self.rows([1])], transactions: [])
      #expect(try StoredTables(data: fixture.data, node: "n").profile(of: Self.name, .quick) == .quick)
    }
  }

  @Test func aNewTableIsAsAllOthersAre() {
    var table = TableState(name: Self.name, precision: .milliseconds)
    let hour = TableName.rollups(.hour)
    #expect(!CompatibleTables.asTheyAre().holds(hour, among: []))
    #expect(!CompatibleTables.asTheyAre().holds(hour, among: [table]))
    table.isCompatible = true
    #expect(CompatibleTables.asTheyAre().holds(hour, among: [table]))
    table.isCompatible = false
    table.parts = [
      Part(
        path: "a", date: "", rowCount: 1, byteCount: 1, oldestTime: 0, newestTime: 0, firstDevice: "", lastDevice: "",
        source: nil, profile: EncodingProfile.compat.rawValue)
    ]
    // Its property says more than its parts, which are of before.
    #expect(!table.saysCompatible)
    table.isCompatible = nil
    #expect(table.saysCompatible && CompatibleTables.asTheyAre().holds(hour, among: [table]))
    #expect(!CompatibleTables.configured([]).holds(Self.name, among: [table]))
  }
}
