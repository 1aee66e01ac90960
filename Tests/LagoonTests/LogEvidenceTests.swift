import Mutation
import Primitives
import Sys
import Testing
import Text

@testable import Lagoon

/// What a log that cannot be read as a whole still tells.
@Suite struct LogEvidenceTests {
  private static let name = TableName.readings("m")

  /// A log of versions as they are given, each a list of lines; nil for a version that is damaged.
  private static func log(_ versions: [[String]?], checkpoint: Int? = nil) throws -> DeltaLog {
    let store = MemoryStore()
    for (version, lines) in versions.enumerated() {
      let text = lines.map { $0.joined(separator: "\n") } ?? #"{"add":{"path":"x"#
      _ = try store.put(Array(text.utf8), as: LagoonNames.commit(Int64(version)))
    }
    let log = DeltaLog(store: store, folder: "m")
    if let checkpoint {
      var table = LogEvidence(log, name).table
      table.version = Int64(checkpoint)
      try log.writeCheckpoint(table)
    }
    return log
  }

  private static func add(_ path: String) -> String {
    DeltaAction.add(
      Part(
        path: path, date: "", rowCount: 1, byteCount: 1, oldestTime: 0, newestTime: 0, firstDevice: "", lastDevice: "",
        source: nil), dataChange: true
    ).json(nowMillis: 1).serialized
  }

  private static func remove(_ path: String) -> String {
    #"{"remove":{"path":"\#(DeltaPath.encode(path))","dataChange":true}}"#
  }

  private static func paths(_ evidence: LogEvidence) -> [String] { evidence.table.parts.map(\.path).sorted() }

  @Test func nothingTellsNothing() throws {
    let evidence = LogEvidence(try Self.log([]), Self.name)
    #expect(evidence.versions == 0 && evidence.removed.isEmpty && Self.paths(evidence).isEmpty)
    let damaged = LogEvidence(try Self.log([nil, nil, []]), Self.name)
    #expect(damaged.versions == 0 && damaged.removed.isEmpty && Self.paths(damaged).isEmpty)
  }

  @Test func commitsCountOverGaps() throws {
    let log = try Self.log([[Self.add("a"), Self.add("b b")], nil, [Self.remove("b b"), Self.add("c")]])
    let evidence = LogEvidence(log, Self.name)
    #expect(evidence.versions == 2 && Self.paths(evidence) == ["a", "c"] && evidence.removed == ["b b"])
  }

  /// One bad line, and nothing of its commit is believed to be live; what it took out is told all the same.
  @Test func aCommitCountsAsAWholeOrNotAtAll() throws {
    let log = try Self.log([[Self.add("a")], [Self.add("b"), Self.remove("a"), #"{"odd":{}}"#], [Self.add("c")]])
    let evidence = LogEvidence(log, Self.name)
    #expect(evidence.versions == 2 && Self.paths(evidence) == ["a", "c"] && evidence.removed == ["a"])
  }

  @Test func aPartThatCameBackIsNotRemoved() throws {
    let log = try Self.log([
      [Self.add("a")], [Self.remove("a")], [Self.add("a")], [Self.remove("b")], [Self.add("b"), Self.remove("b")],
    ])
    let evidence = LogEvidence(log, Self.name)
    #expect(Self.paths(evidence) == ["a"] && evidence.removed == ["b"])
  }

  /// A checkpoint stands for the versions up to it: they are not applied a second time.
  @Test func aCheckpointMakesUpForWhatIsDamaged() throws {
    let store = MemoryStore()
    let whole = try Self.log([[Self.add("a")], [Self.add("b")], [Self.remove("a")]], checkpoint: 2)
    for name in try whole.store.list() {
      let bytes = try #require(try whole.store.get(name))
      // The commits before it are lost but for the first one.
      if name == LagoonNames.commit(1) { continue }
      _ = try store.put(name == LagoonNames.commit(2) ? [] : bytes, as: name)
    }
    _ = try store.put(Array(Self.add("c").utf8), as: LagoonNames.commit(3))
    let evidence = LogEvidence(DeltaLog(store: store, folder: "m"), Self.name)
    #expect(Self.paths(evidence) == ["b", "c"] && evidence.versions == 1)
    // Damaged too, it is none.
    try store.replace(LagoonNames.checkpoint(2), by: [1, 2, 3])
    let less = LogEvidence(DeltaLog(store: store, folder: "m"), Self.name)
    #expect(Self.paths(less) == ["a", "c"] && less.versions == 2)
  }

  /// Whatever is lost of it, it never tells of a part that no commit added.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func whatIsLostMakesNoParts(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var live: Set<String> = []
    var everAdded: Set<String> = []
    var versions: [[String]?] = []
    for number in 0..<30 {
      var lines = [Self.add("p\(number)")]
      if Bool.random(using: &random), let gone = live.sorted().randomElement(using: &random) {
        lines.append(Self.remove(gone))
        live.remove(gone)
      }
      live.insert("p\(number)")
      let isLost = Int.random(in: 0..<4, using: &random) == 0
      if !isLost { everAdded.insert("p\(number)") }
      versions.append(isLost ? nil : lines)
    }
    let evidence = LogEvidence(try Self.log(versions), Self.name)
    #expect(evidence.versions == versions.count { $0 != nil })
    #expect(Set(Self.paths(evidence)).isSubset(of: everAdded))
    #expect(Set(Self.paths(evidence)).isSuperset(of: live.intersection(everAdded)))
    #expect(Set(Self.paths(evidence)).isDisjoint(with: evidence.removed))
  }

  /// A compaction of which the commit is lost, and what was made of its part since: rows of the parts that were compacted
  /// are in two parts that the log still names.
  @Test func aRepairOverAGapDoublesNothing() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    for segment in 1...3 {
      try fixture.seal(catalogue, "m", segment * 10..<segment * 10 + 10, segment: UInt64(segment))
    }
    let parts = try #require(catalogue.table(Self.name)?.parts)
    let settings = CompactionSettings(level: 3)
    let made = try #require(try catalogue.merge([parts[0], parts[1]], of: Self.name, settings)?.part)
    _ = try catalogue.merge([made, parts[2]], of: Self.name, settings)
    try fixture.spoil(fixture.log("m").path(3), to: 0)
    try LagoonRepair.run(data: fixture.data) { _ in }
    let again = try fixture.open()
    #expect(again.failures.isEmpty)
    #expect(try fixture.values(again, "m") == Array(10..<40))
  }
}
