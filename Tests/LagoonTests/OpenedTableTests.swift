import Primitives
import Sys
import Testing

@testable import Lagoon

/// A table's folder as a start finds it.
@Suite struct OpenedTableTests {
  private static let name = TableName.readings("m")

  private func withTable(_ body: (CatalogueFixture, _ root: String) throws -> Void) throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    for segment in 1...3 {
      try fixture.seal(catalogue, "m", segment * 10..<segment * 10 + 10, segment: UInt64(segment))
    }
    try body(fixture, fixture.data + "/tables")
  }

  private static func known(_ fixture: CatalogueFixture) -> VersionRecords.Content {
    VersionRecords(data: fixture.data).content
  }

  @Test func aPartThatIsNotWhatTheLogSaysIsNamed() throws {
    try withTable { fixture, root in
      let known = Self.known(fixture)
      let whole = OpenedTable(root: root, folder: "m", known: known)
      let parts = try #require(whole.table?.parts)
      #expect(whole.failure == nil && whole.notes.isEmpty && whole.isProved(known))
      #expect(parts.allSatisfy { whole.missing($0) == nil } && whole.largestSequence >= 3)
      try FileSystem.unlink(root + "/m/" + parts[0].path)
      try fixture.spoil(root + "/m/" + parts[1].path, to: 0)
      try fixture.spoil(root + "/m/" + parts[2].path, to: parts[2].byteCount + 1)
      let damaged = OpenedTable(root: root, folder: "m", known: known)
      #expect(damaged.failure == nil && damaged.notes.count == 3)
      #expect(damaged.missing(parts[0])?.contains("is missing, with 10 rows") == true)
      #expect(damaged.missing(parts[1])?.contains("it has 0 bytes") == true)
      #expect(damaged.missing(parts[2])?.contains("it has \(parts[2].byteCount + 1) bytes") == true)
    }
  }

  @Test func aTableIsProvedByTheNewestVersionThatIsKnown() throws {
    try withTable { fixture, root in
      var known = Self.known(fixture)
      let own = try #require(known.tables["m"])
      #expect(own.version == 2)
      // Older ones are those of a crash between a commit and its record.
      for version in 0...1 as ClosedRange<Int64> {
        let commit = Fingerprint(try fixture.log("m").bytes(version))
        known.tables["m"] = VersionRecords.Known(version: version, commit: commit)
        #expect(OpenedTable(root: root, folder: "m", known: known).failure == nil)
        known.tables["m"] = VersionRecords.Known(version: version, commit: own.commit)
        #expect(OpenedTable(root: root, folder: "m", known: known).failure?.contains("another commit") == true)
      }
      known.tables["m"] = VersionRecords.Known(version: 5, commit: own.commit)
      let cut = OpenedTable(root: root, folder: "m", known: known)
      #expect(cut.failure?.contains("versions 3 to 5 of its Delta log are missing") == true)
      #expect(!cut.isProved(known) && cut.table == nil)
      // Of one that nobody knows nothing is proved, and nothing is wrong.
      known.tables["m"] = nil
      let unknown = OpenedTable(root: root, folder: "m", known: known)
      #expect(unknown.failure == nil && unknown.table != nil && !unknown.isProved(known))
    }
  }

  @Test func tablesThatAreKnownAndGoneAreAmongAll() throws {
    try withTable { fixture, root in
      var known = Self.known(fixture)
      known.tables["gone"] = known.tables["m"]
      try FileSystem.createDirectories(root + "/empty")
      let all = try OpenedTable.all(root: root, known: known)
      #expect(Set(all.map(\.folder)) == ["m", "empty", "gone"] && all.count == 3)
      #expect(all.first { $0.folder == "gone" }?.failure != nil)
      let empty = all.first { $0.folder == "empty" }
      #expect(empty?.failure == nil && empty?.table == nil)
      #expect(throws: LagoonError.self) { try OpenedTable.all(root: root + "/none", known: known) }
    }
  }

  /// Files of our own node alone are leftovers, and only where the log is proved.
  @Test func onlyLeftoversOfOurOwnGo() throws {
    try withTable { fixture, root in
      let strays = ["00-n-01-90.parquet", "00-other-91.parquet", "part-0.parquet"].map { "date=2026-11-20/" + $0 }
      try FileSystem.createDirectories(root + "/m/date=2026-11-20")
      for stray in strays { _ = try File(root + "/m/" + stray, .createExclusive) }
      let known = Self.known(fixture)
      let opened = OpenedTable(root: root, folder: "m", known: known)
      #expect(opened.orphans(node: CatalogueFixture.node) == [strays[0]] && opened.largestSequence == 91)
      // Not proved: they are set aside by name, and stay at the next start though it is proved by then.
      let records = VersionRecords(data: fixture.data)
      var unproved = known
      unproved.tables["m"] = nil
      let notes = opened.tidy(node: CatalogueFixture.node, known: unproved, records: records)
      #expect(notes == [OpenedTable.keptNote(1, Self.name)])
      #expect(strays.allSatisfy { FileSystem.exists(root + "/m/" + $0) })
      #expect(opened.tidy(node: CatalogueFixture.node, known: Self.known(fixture), records: records) == notes)
      #expect(FileSystem.exists(root + "/m/" + strays[0]))
      #expect(opened.tidy(node: CatalogueFixture.node, known: known, records: records).isEmpty)
      #expect(strays.map { FileSystem.exists(root + "/m/" + $0) } == [false, true, true])
      #expect(try fixture.values(fixture.open(), "m") == Array(10..<40))
    }
  }

  /// What a start knows of tables that it could not open is not forgotten.
  @Test func recordsOfOtherTablesStay() throws {
    try withTable { fixture, root in
      let known = Self.known(fixture).tables
      let table = try #require(OpenedTable(root: root, folder: "m", known: VersionRecords.Content()).table)
      let other = VersionRecords.Known(version: 40, commit: Fingerprint([1]))
      let own = try #require(known["m"])
      let records = OpenedTable.records(of: [table], known: ["other": other, "m": other])
      #expect(records == ["other": other, "m": own])
      // A checkpoint alone does not tell a commit.
      var unknown = table
      unknown.newestCommit = nil
      #expect(OpenedTable.records(of: [unknown], known: ["m": other]) == ["m": other])
    }
  }
}
