import Primitives
import Sys
import Telemetry
import Testing

@testable import Lagoon

/// A log that is not what it was known to be is named, left as it is, and brought back.
struct CatalogueProofTests {
  private static let damages: [String: @Sendable (CatalogueFixture) throws -> Void] = [
    "removed": { try FileSystem.removeTree($0.log("rain").directory) },
    "emptied": { fixture in
      for entry in try FileSystem.list(fixture.log("rain").directory) {
        try FileSystem.unlink(fixture.log("rain").directory + "/" + entry.name)
      }
    },
    "a file": { fixture in
      try FileSystem.removeTree(fixture.log("rain").directory)
      _ = try File(fixture.log("rain").directory, .createExclusive)
    },
    "newest cut": { try $0.spoil($0.log("rain").path(2), to: 90) },
    "newest empty": { try $0.spoil($0.log("rain").path(2), to: 0) },
    "newest removed": { try FileSystem.unlink($0.log("rain").path(2)) },
    "middle empty": { try $0.spoil($0.log("rain").path(1), to: 0) },
    "first missing": { try FileSystem.unlink($0.log("rain").path(0)) },
    "table removed": { try FileSystem.removeTree($0.data + "/tables/rain") },
    "last line lost": { fixture in
      let bytes = try fixture.log("rain").bytes(2)
      let end = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0
      try fixture.spoil(fixture.log("rain").path(2), to: end + 1)
    },
  ]

  private func made() throws -> CatalogueFixture {
    let fixture = try CatalogueFixture()
    let catalogue = try fixture.open()
    for segment in 1...3 {
      let first = segment * 10
      try fixture.seal(catalogue, "rain", first..<first + 10, segment: UInt64(segment))
      try fixture.seal(catalogue, "air", first..<first + 10, segment: UInt64(segment))
    }
    return fixture
  }

  @Test(arguments: damages.keys.sorted()) func whatCannotBeProvedIsNamedAndStays(_ name: String) throws {
    let fixture = try made()
    defer { fixture.remove() }
    let before = try fixture.files("rain")
    let damage = try #require(Self.damages[name])
    try damage(fixture)
    let catalogue = try fixture.open()
    #expect(catalogue.failures[.readings("rain")]?.contains("table rain") == true)
    #expect(try fixture.values(catalogue, "air") == Array(10..<40))
    #expect(throws: SealError.self) { try fixture.seal(catalogue, "rain", 50..<60, segment: 4) }
    try fixture.seal(catalogue, "air", 50..<60, segment: 4)
    if name != "table removed" { #expect(try fixture.files("rain") == before) }
    #expect(try LagoonVerification.problems(data: fixture.data) { _ in }.contains { $0.contains("table rain") })
    // And again at the next start.
    #expect(try fixture.open().failures[.readings("rain")] != nil)
  }

  @Test(arguments: damages.keys.sorted()) func aRepairBringsAllRowsBackOnce(_ name: String) throws {
    let fixture = try made()
    defer { fixture.remove() }
    let damage = try #require(Self.damages[name])
    try damage(fixture)
    var told: [String] = []
    try LagoonRepair.run(data: fixture.data) { told.append($0) }
    #expect(told.contains { $0.contains("table rain") })
    #expect(try LagoonVerification.problems(data: fixture.data) { _ in }.isEmpty)
    let catalogue = try fixture.open()
    #expect(catalogue.failures.isEmpty)
    #expect(try fixture.values(catalogue, "rain") == (name == "table removed" ? [] : Array(10..<40)))
    // The journal's segments are known to be in it.
    #expect(catalogue.table(.readings("rain"))?.newestSegment(node: CatalogueFixture.node) ?? 3 == 3)
    try fixture.seal(catalogue, "rain", 50..<60, segment: 4)
  }

  /// A compacted part and what it was made of: each row once.
  @Test func aRepairDoublesNothingThatWasCompacted() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let table = try #require(catalogue.table(.readings("rain")))
    _ = try catalogue.merge(table.parts, of: table.name, CompactionSettings(level: 3))
    #expect(try fixture.files("rain").count == 4)
    try FileSystem.removeTree(fixture.log("rain").directory)
    try LagoonRepair.run(data: fixture.data) { _ in }
    #expect(try fixture.values(fixture.open(), "rain") == Array(10..<40))
  }

  @Test func aPartThatCannotBeReadLeavesByNameInARepair() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let path = fixture.data + "/tables/rain/" + (try fixture.files("rain"))[1]
    try fixture.spoil(path, to: 100)
    #expect(try fixture.open().warnings.contains { $0.contains("table rain") && $0.contains("damaged") })
    try LagoonRepair.run(data: fixture.data) { _ in }
    #expect(try LagoonVerification.problems(data: fixture.data) { _ in }.isEmpty)
    #expect(try fixture.values(fixture.open(), "rain").count == 20)
    #expect(try FileSystem.list(fixture.data + "/tables/rain/_set_aside").count == 1)
  }

  @Test func aLogThatChangesUnderARunningCatalogueTakesNothing() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    let path = fixture.log("rain").path(2)
    let whole = try File.readWhole(path)
    try fixture.spoil(path, to: 0)
    #expect(throws: SealError.self) { try fixture.seal(catalogue, "rain", 50..<60, segment: 4) }
    #expect(catalogue.warnings.contains { $0.contains("table rain") })
    // What memory knows is answered still.
    #expect(try fixture.values(catalogue, "rain") == Array(10..<40))
    try fixture.seal(catalogue, "air", 50..<60, segment: 4)
    // Put right, it goes on without a start.
    try File(path, .readWrite).write(all: whole)
    try fixture.seal(catalogue, "rain", 50..<60, segment: 4)
    #expect(catalogue.warnings.isEmpty)
    #expect(try fixture.values(fixture.open(), "rain") == Array(10..<40) + Array(50..<60))
  }

  /// Without records nobody can say that a log is whole: then what it does not name stays, and is named.
  @Test func withoutRecordsNoPartIsTakenForALeftover() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let before = try fixture.files("rain")
    try FileSystem.unlink(fixture.data + "/versions")
    try FileSystem.unlink(fixture.log("rain").path(2))
    for _ in 0..<2 {
      let catalogue = try fixture.open()
      #expect(try fixture.files("rain") == before)
      #expect(catalogue.warnings.contains { $0.contains("set aside") && $0.contains("table rain") })
    }
    try LagoonRepair.run(data: fixture.data) { _ in }
    #expect(try fixture.values(fixture.open(), "rain") == Array(10..<40))
  }

  /// A record that is damaged proves nothing: a log that is missing too is no reason to remove parts.
  @Test func damagedRecordsProveNothing() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let before = try fixture.files("rain")
    let path = fixture.data + "/versions"
    let lines = try File.readWhole(path)
    try FileSystem.unlink(path)
    try File(path, .createExclusive).write(all: lines.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "x") : $0 })
    try FileSystem.removeTree(fixture.log("rain").directory)
    let catalogue = try fixture.open()
    #expect(try fixture.files("rain") == before)
    #expect(catalogue.failures[.readings("rain")] != nil)
    #expect(catalogue.warnings.contains { $0.contains("versions is damaged") })
    #expect(try fixture.values(catalogue, "air") == Array(10..<40))
  }

  @Test func whatAnInterruptedSealLeftIsRemovedWhereTheLogIsWhole() throws {
    let fixture = try made()
    defer { fixture.remove() }
    let part = try #require(try fixture.files("rain").last)
    let folder = String(part.prefix { $0 != "/" })
    let stray = fixture.data + "/tables/rain/" + folder + "/07-n-01-99.parquet"
    _ = try File(stray, .createExclusive)
    let catalogue = try fixture.open()
    #expect(!FileSystem.exists(stray) && catalogue.warnings.isEmpty)
    #expect(try fixture.files("rain").count == 3)
  }

  /// Two folders of names that are cut at the same place are two tables, before and after a start.
  @Test func longNamesKeepTheirIdentity() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let head = String(repeating: "Chất lượng không khí ", count: 8)
    let names = [head + "A", head + "B", String(repeating: "x", count: 201)]
    var catalogue = try fixture.open()
    for segment in 1...2 {
      for (number, name) in names.enumerated() {
        let first = number * 100 + segment * 10
        try fixture.seal(catalogue, name, first..<first + 10, segment: UInt64(segment))
      }
      catalogue = try fixture.open()
      #expect(catalogue.warnings.isEmpty)
      #expect(Set(catalogue.tables.map(\.name.displayName)).isSuperset(of: names))
    }
    #expect(try fixture.values(catalogue, names[1]) == Array(110..<130))
    #expect(try LagoonVerification.problems(data: fixture.data) { _ in }.isEmpty)
    // A log that is lost leaves the name in the parts.
    let folder = TableName.readings(names[0]).directoryName
    try FileSystem.removeTree(fixture.log(folder).directory)
    #expect(try fixture.open().failures[.readings(names[0])] != nil)
    try LagoonRepair.run(data: fixture.data) { _ in }
    #expect(try fixture.values(fixture.open(), names[0]) == Array(10..<30))
  }
}
