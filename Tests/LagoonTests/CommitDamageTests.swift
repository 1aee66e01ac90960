import Mutation
import Parquet
import Primitives
import Sys
import Telemetry
import Testing
import Text

@testable import Lagoon

/// Delta logs, checkpoints and records of versions that make no sense behind their checksums: a table that cannot be read
/// is named, and all others are there.
@Suite struct CommitDamageTests {
  private static let node = "n-01"

  private func machine() -> SimulatedMachine { SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond) }

  /// A data directory with two tables of two commits each.
  private func prepare() throws {
    try FileSystem.createDirectories("/data")
    let catalogue = try Catalogue(data: "/data", node: Self.node)
    for (segment, values) in [(1, 0..<5), (2, 5..<9)] as [(UInt64, Range<Int>)] {
      for table in ["rain", "wind"] {
        try catalogue.seal(
          [CatalogueFixture.rows(table, values)],
          transactions: [LaneTransaction(lane: Self.node + "/lane-00", segment: segment)])
      }
    }
  }

  private func put(_ octets: [UInt8], _ path: String) throws {
    let file = try File(path, .readWrite)
    try file.truncate(to: 0)
    try file.write(all: octets, at: 0)
  }

  /// Opens what is there and asks for all of it.
  private func look(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let catalogue = try Catalogue(data: "/data", node: Self.node)
    let wind = catalogue.table(.readings("wind"))
    #expect(wind?.parts.reduce(0) { $0 + $1.rowCount } == 9, sourceLocation: sourceLocation)
    let isThere = catalogue.table(.readings("rain")) != nil
    #expect(isThere || catalogue.failures.keys.count == 1, sourceLocation: sourceLocation)
    for failure in catalogue.failures.values {
      #expect(failure.hasPrefix("cannot read table "), "\(failure)", sourceLocation: sourceLocation)
    }
    _ = (catalogue.warnings, catalogue.newestSegment(node: Self.node))
    let view = catalogue.storedView()
    for measurement in ["rain", "wind"] {
      guard view.tables[.readings(measurement)] != nil else { continue }
      _ = try? ReadingsQuery(device: "d", measurement: measurement, limit: 100).run(on: view)
    }
    _ = try? TableDescription.lines(path: "/data/tables/rain")
    try? catalogue.maintain(
      nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(), CompactionSettings(level: 1),
      retention: RetentionPolicy(readingsDays: 400, eventsDays: 400, rollups5mDays: 800, rollups1hDays: 3_650))
    _ = try? catalogue.seal(
      [CatalogueFixture.rows("rain", 20..<22)],
      transactions: [LaneTransaction(lane: Self.node + "/lane-00", segment: 9)])
  }

  /// Commits of another program have no checksum of ours; ours are given a right one.
  @Test(arguments: [true, false])
  func damagedCommitsCostTheirTableAlone(isOurs: Bool) throws {
    var mutation = Mutation(seed: isOurs ? 1 : 2)
    for round in 0..<60 {
      try machine().run {
        try prepare()
        let path = DeltaLog(tableDirectory: "/data/tables/rain").path(Int64(round % 2))
        let lines = try File.readWhole(path).split(separator: 0x0A)
        let rest = mutation.damage(Array(lines.dropFirst().joined(separator: [0x0A])) + [0x0A])
        let head = DeltaAction.commitInfo(operation: "WRITE", check: Fingerprint(rest), nowMillis: 1).serialized
        try put((isOurs ? Array(head.utf8) + [0x0A] : []) + rest, path)
        // Nothing elsewhere tells which commit it was.
        try FileSystem.unlink("/data/versions")
        try look()
      }
    }
  }

  private static let extremes: [String] = [
    "-1", "0", "9223372036854775807", "-9223372036854775808", "1795186800000000", "1795186800000000000", "null", "\"\"",
    "1e308", "true", "{}", "[]",
  ]

  /// Each number of a commit by each that overflows something, or by what is no number.
  @Test func numbersThatCannotBeAreSurvived() throws {
    for name in ["size", "modificationTime", "version", "lastUpdated", "createdTime", "minReaderVersion"] {
      for value in Self.extremes {
        try machine().run {
          try prepare()
          let path = DeltaLog(tableDirectory: "/data/tables/rain").path(1)
          let first = DeltaLog(tableDirectory: "/data/tables/rain").path(0)
          for path in [first, path] {
            var text = String(decoding: try File.readWhole(path), as: UTF8.self)
            var lines = text.split(separator: "\n").dropFirst().map(String.init)
            for index in lines.indices {
              guard let found = lines[index].firstRange(of: "\"\(name)\":") else { continue }
              let end = lines[index][found.upperBound...].firstIndex { $0 == "," || $0 == "}" } ?? lines[index].endIndex
              lines[index].replaceSubrange(found.upperBound..<end, with: value)
            }
            text = lines.joined(separator: "\n") + "\n"
            try put(Array(text.utf8), path)
          }
          try FileSystem.unlink("/data/versions")
          try look()
        }
      }
    }
  }

  @Test func damagedRecordsOfVersionsAreSurvived() throws {
    var mutation = Mutation(seed: 3)
    for _ in 0..<100 {
      try machine().run {
        try prepare()
        var lines = try File.readWhole("/data/versions").split(separator: 0x0A).map { Array($0) }
        let hit = Int.random(in: lines.indices, using: &mutation.random)
        guard let space = lines[hit].lastIndex(of: 0x20) else { return }
        // With its right fingerprint.
        let text = mutation.damage(Array(lines[hit][..<space]))
        lines[hit] = text + [0x20] + Array(Fingerprint(text).text.utf8)
        try put(Array(lines.joined(separator: [0x0A])) + [0x0A], "/data/versions")
        let catalogue = try Catalogue(data: "/data", node: Self.node)
        #expect(catalogue.tables.count + catalogue.failures.count >= 2)
      }
    }
  }

  @Test func timesOfRecordsThatNobodyCanSayAreNotBelieved() throws {
    for millis in [Int64.min, -1, Int64.max, Int64.max / 1_000_000 + 1, Int64.max / 1_000_000] {
      try machine().run {
        try prepare()
        let text = "t \(millis)"
        try put(Array("\(text) \(Fingerprint(text.utf8).text)\n".utf8), "/data/versions")
        let records = VersionRecords(data: "/data")
        #expect(records.content.trustedMillis == (millis == Int64.max / 1_000_000 ? millis : nil))
        _ = try Catalogue(data: "/data", node: Self.node)
      }
    }
  }

  /// Checkpoints of ours with sound checksums whose columns do not fit together.
  @Test func checkpointsWhoseColumnsDisagreeAreSurvived() throws {
    var mutation = Mutation(seed: 4)
    for _ in 0..<60 {
      try machine().run {
        try prepare()
        let log = DeltaLog(tableDirectory: "/data/tables/rain")
        let table = try #require(try log.load(.readings("rain")))
        try log.writeCheckpoint(table)
        let checkpoint = log.directory + "/" + LagoonNames.checkpoint(table.version)
        let whole = try NestedFile.read(
          try File.readWhole(checkpoint), CheckpointSchema.elements)
        var columns = whole.columns
        let column = Int.random(in: columns.indices, using: &mutation.random)
        Self.damage(&columns[column], &mutation.random)
        let bytes = NestedFile.bytes(CheckpointSchema.elements, columns, rowCount: whole.rowCount)
        try put(bytes, checkpoint)
        try FileSystem.unlink("/data/versions")
        // The commits tell all, unless they are gone.
        if Bool.random(using: &mutation.random) { try FileSystem.unlink(log.path(0)) }
        try look()
      }
    }
  }

  /// Changes values and levels, and leaves as many rows as there were.
  private static func damage(_ column: inout NestedColumn, _ random: inout SeededRandom) {
    for index in column.entries.indices where Int.random(in: 0..<3, using: &random) == 0 {
      let definition = Int.random(in: 0...column.highestDefinition, using: &random)
      column.entries[index].definition = definition
      let isThere = definition == column.highestDefinition
      switch column.kind {
      case .string:
        column.entries[index].value = isThere ? .string(["", "{", "date=x", "-1"].randomElement(using: &random)!) : nil
      default:
        column.entries[index].value = isThere ? .integer([0, 1, -1, .max, .min].randomElement(using: &random)!) : nil
      }
    }
    if column.highestRepetition > 0, Bool.random(using: &random) {
      column.entries.append(.init(definition: 0, repetition: 1))
    }
  }

  /// Names of commits and checkpoints are digits alone.
  @Test func filesOfOtherNamesAreNoVersions() throws {
    for name in [
      "-0000000000000000001.json", "+0000000000000000001.json", "09223372036854775807.json",
      "99999999999999999999.json", "0000000000000000000x.json", "00000000000000000002.json.tmp",
    ] {
      try machine().run {
        try prepare()
        try put(Array("{}\n".utf8), "/data/tables/rain/_delta_log/" + name)
        try look()
      }
    }
  }
}
