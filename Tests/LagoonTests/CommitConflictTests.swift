import Foundation
import Parquet
import Primitives
import Synchronization
import Sys
import Testing
import Text

@testable import Lagoon

/// What becomes of a commit when others commit too, or when nobody answers.
struct CommitConflictTests {
  private static let name = TableName.readings("w")

  /// A table in a store in memory, with whom commits to it.
  private struct Lab {
    let store = MemoryStore()
    let book = TableBook(TableBook.State())
    let retired = RetiredParts()
    let committer: TableCommitter

    init() {
      let (store, events) = (store, MemoryStore())
      let data = NSTemporaryDirectory() + "thinai-lab-" + UUID().uuidString
      committer = TableCommitter(
        book: book, records: VersionRecords(data: data), time: BelievedTime(trustedNanos: nil),
        compatible: .configured([]), retired: retired, parts: NoFiles()
      ) { DeltaLog(store: $0 == .events ? events : store, folder: $0.directoryName) }
    }

    @discardableResult
    func commit(
      _ added: [String], removed: [String] = [], segment: UInt64? = nil, schema: TableSchema? = nil
    ) throws -> TableCommitter.Outcome {
      try committer.commit(change(added, removed: removed, segment: segment, schema: schema), to: name)
    }

    func change(
      _ added: [String], removed: [String] = [], segment: UInt64? = nil, schema: TableSchema? = nil
    ) -> TableChange {
      TableChange(
        schema: schema, added: added.map(part), removed: removed.map(part), dataChange: true,
        transactions: segment.map { [LaneTransaction(lane: "n/lane-00", segment: $0)] } ?? [])
    }

    var live: [String] { (book.table(name)?.parts ?? []).map(\.path).sorted() }

    /// The parts as somebody who knows nothing reads them.
    func read() throws -> [String] {
      try #require(try DeltaLog(store: store, folder: "w").load(name)).parts.map(\.path).sorted()
    }

    func foreign(_ version: Int64, _ lines: String) throws {
      #expect(try store.put(Self.bytes(lines), as: LagoonNames.commit(version)) == .done)
    }

    static func bytes(_ lines: String) -> [UInt8] {
      Array((#"{"commitInfo":{"operation":"OPTIMIZE","engineInfo":"delta-rs:1.2"}}"# + "\n" + lines).utf8)
    }
  }

  private struct NoFiles: PartSite {
    func has(_ part: Part, of table: TableName) -> Bool { true }
    func resolveStrangers(of table: inout TableState) {}
    func forget(_ parts: [Part], of table: TableName) {}
  }

  private static func part(_ path: String) -> Part {
    Part(
      path: path, date: "2026-11-20", rowCount: 1, byteCount: 1, oldestTime: 0, newestTime: 0, firstDevice: "d",
      lastDevice: "d", source: nil)
  }

  private static func add(_ path: String) -> String {
    DeltaAction.add(part(path), dataChange: false).json(nowMillis: 1).serialized
  }

  private static func remove(_ path: String) -> String {
    DeltaAction.remove(part(path), dataChange: false).json(nowMillis: 1).serialized
  }

  // MARK: others come first

  @Test func ourAddsStayUponWhateverTheyCommitted() throws {
    let lab = Lab()
    try lab.commit(["a"], segment: 1)
    try lab.foreign(1, Self.remove("a") + "\n" + Self.add("x"))
    try lab.foreign(2, #"{"txn":{"appId":"other","version":7}}"#)
    #expect(try lab.commit(["b"], segment: 2) == .committed)
    #expect(try lab.read() == ["b", "x"] && lab.live == ["b", "x"])
    let table = try #require(lab.book.table(Self.name))
    #expect(table.version == 3 && table.segments == ["n/lane-00": 2, "other": 7])
  }

  @Test func whoIsRacedTriesTheNextVersion() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expect(.raced(Lab.bytes(Self.add("x"))), .raced(Lab.bytes(Self.add("y"))))
    #expect(try lab.commit(["b"]) == .committed)
    #expect(try lab.read() == ["a", "b", "x", "y"])
    #expect(lab.book.table(Self.name)?.version == 3)
  }

  @Test func aTableThatTwoMakeAtOnceIsOne() throws {
    let lab = Lab()
    let other = Lab()
    try other.commit(["x"])
    let bytes = try #require(try other.store.get(LagoonNames.commit(0)))
    lab.store.expect(.raced(bytes))
    #expect(try lab.commit(["b"]) == .committed)
    #expect(try lab.read() == ["b", "x"])
  }

  @Test func whoIsAlwaysRacedGivesUp() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expectAlways(.raced(Lab.bytes(#"{"txn":{"appId":"other","version":7}}"#)))
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(failure?.description.contains("other writers were always first") == true)
    #expect(failure?.mayBeCommitted == false)
    #expect(try lab.read() == ["a"])
  }

  @Test func manyThreadsCommitEachOnce() async throws {
    let lab = Lab()
    try lab.commit(["first"])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { for number in 0..<12 { try lab.commit(["\(thread)-\(number)"]) } }
      }
      try await group.waitForAll()
    }
    #expect(try lab.read().count == 49 && lab.live == lab.read())
    #expect(lab.book.table(Self.name)?.version == 48)
  }

  // MARK: what does not fit any more

  @Test func aPartThatIsGoneNamesWhoTookIt() throws {
    let lab = Lab()
    try lab.commit(["a", "b"])
    try lab.foreign(1, Self.remove("a"))
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["c"], removed: ["a", "b"]) }
    #expect(failure?.isOvertaken == true && failure?.mayBeCommitted == false)
    #expect(failure?.description.contains("part a is no longer in it (version 1 by delta-rs:1.2: OPTIMIZE)") == true)
    // Nothing was committed; made anew from what is there it goes.
    #expect(try lab.read() == ["b"])
    #expect(try lab.commit(["c"], removed: ["b"]) == .committed)
    #expect(try lab.read() == ["c"])
    #expect(lab.retired.takeDue(graceNanos: 0).map(\.path) == ["b"])
  }

  @Test func aColumnOfAnotherTypeIsMadeAnewAndOneOfAnotherMeaningIsNot() throws {
    let lab = Lab()
    var schema = TableSchema()
    _ = schema.column(wireName: "v", role: .field, type: .int64)
    try lab.commit(["a"], schema: schema)
    var table = try #require(lab.book.table(Self.name))
    table.schema = schema.retyped(["v": .double])
    try lab.foreign(1, DeltaAction.metaData(table).json(nowMillis: 1).serialized)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"], schema: schema) }
    #expect(failure?.isOvertaken == true)
    #expect(failure?.description.contains("column v has become double meanwhile (version 1 by delta-rs") == true)
    var other = TableSchema()
    _ = other.column(wireName: "v", role: .tag, type: .string)
    let refusal = #expect(throws: LagoonError.self) { try lab.commit(["b"], schema: other) }
    #expect(refusal?.isOvertaken == false)
    #expect(try lab.read() == ["a"])
  }

  // MARK: nobody answers

  @Test func aCommitThatLandedUnansweredIsThereOnce() throws {
    let lab = Lab()
    try lab.commit(["a"], segment: 1)
    lab.store.expect(.landedUnanswered)
    #expect(try lab.commit(["b"], removed: ["a"], segment: 2) == .committed)
    #expect(try lab.read() == ["b"] && lab.live == ["b"])
    #expect(lab.store.puts == 2 && lab.book.table(Self.name)?.version == 1)
    #expect(lab.retired.takeDue(graceNanos: 0).map(\.path) == ["a"])
  }

  @Test func aCommitThatWasLostIsTriedAgain() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expect(.lostUnanswered)
    #expect(try lab.commit(["b"], segment: 2) == .committed)
    #expect(try lab.read() == ["a", "b"])
    #expect(lab.book.table(Self.name)?.version == 1)
  }

  /// The same change must not land twice though its first attempt appears after it was missed.
  @Test func aCommitThatLandsLateIsThereOnce() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expect(.landsLater)
    #expect(try lab.commit(["b"], segment: 2) == .committed)
    #expect(try lab.read() == ["a", "b"])
    #expect(lab.book.table(Self.name)?.version == 1 && lab.store.puts == 3)
  }

  @Test func whatNobodyKnowsMayBeCommitted() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expectAlways(.lostUnanswered)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(failure?.mayBeCommitted == true && failure?.description.contains("the answer was lost") == true)
    #expect(lab.store.puts == 4)
  }

  @Test func whatCannotBeReadAgainMayBeCommitted() throws {
    let lab = Lab()
    try lab.commit(["a"])
    // The newest version and the one that is not there yet are read before it is tried.
    lab.store.failReads(after: 2)
    lab.store.expect(.landedUnanswered)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"], segment: 2) }
    #expect(failure?.mayBeCommitted == true)
    lab.store.failReads(after: .max)
    // Its rows made parts anew: those are not needed.
    #expect(try lab.commit(["b2"], segment: 2) == .superseded)
    #expect(try lab.read() == ["a", "b"])
  }

  @Test func aStoreThatFailsChangesNothing() throws {
    let lab = Lab()
    try lab.commit(["a"])
    lab.store.expect(.fails)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(failure?.mayBeCommitted == false && failure?.description == "cannot commit memory: it fails")
    #expect(try lab.read() == ["a"] && lab.live == ["a"])
    #expect(try lab.commit(["b"]) == .committed)
  }

  // MARK: what may not be built upon

  @Test func aRuleThatWeCannotKeepIsNamedUntilItIsGone() throws {
    let lab = Lab()
    try lab.commit(["a"])
    var table = try #require(lab.book.table(Self.name))
    let ours = try #require(table.metaData)
    var configuration = try #require(ours["configuration"]).members
    configuration.set("delta.appendOnly", .string("true"))
    var members = ours.members
    members.set("configuration", .object(configuration))
    table.metaData = .object(members)
    try lab.foreign(1, JSONValue.members(("metaData", .object(members))).serialized)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(failure?.description.contains("delta.appendOnly=true (since version 1 by delta-rs:1.2") == true)
    #expect(lab.book.warnings == [failure?.description])
    #expect(lab.live == ["a"])
    // Another table goes on.
    #expect(try lab.committer.commit(lab.change(["e"]), to: .events) == .committed)
    try lab.foreign(2, JSONValue.members(("metaData", ours)).serialized)
    #expect(try lab.commit(["b"]) == .committed)
    #expect(lab.book.warnings.isEmpty)
  }

  @Test func whatIsNoActionNamesItsAuthor() throws {
    let lab = Lab()
    try lab.commit(["a"])
    try lab.foreign(1, #"{"ade":{"path":"x"}}"#)
    let failure = #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(failure?.description.contains("unknown action ade (version 1 by delta-rs:1.2: OPTIMIZE)") == true)
  }

  @Test func aVersionThatIsOtherThanItWasIsNotBuiltUpon() throws {
    let lab = Lab()
    try lab.commit(["a"])
    try lab.store.replace(LagoonNames.commit(0), by: Lab.bytes(Self.add("x")))
    #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    try lab.store.delete(LagoonNames.commit(0))
    #expect(throws: LagoonError.self) { try lab.commit(["b"]) }
    #expect(lab.store.names.isEmpty && lab.live == ["a"])
  }

  // MARK: an operation that is overtaken

  /// A compaction of which another program takes a part away meanwhile is made anew from what is left.
  @Test func aCompactionIsMadeAnewFromWhatIsLeft() throws {
    let fixture = try CatalogueFixture()
    defer { fixture.remove() }
    let catalogue = try fixture.open()
    for segment in 1...3 {
      try fixture.seal(catalogue, "w", segment * 10..<segment * 10 + 10, segment: UInt64(segment))
    }
    let parts = try #require(catalogue.table(Self.name)?.parts)
    let files = try fixture.files("w").count
    let isTaken = Atomic(false)
    let plan = CompactionPlan(nowNanos: 1_796_000_000 * Nanos.perSecond, level: 3, isAtOnce: true)
    let compaction = Compaction(
      tables: catalogue.stored, rollups: catalogue.rollups, settings: CompactionSettings(level: 3))
    let report = try compaction.run(Self.name, plan) {
      // The new part is being written.
      if ((try? fixture.files("w").count) ?? 0) > files, !isTaken.exchange(true, ordering: .relaxed) {
        try? fixture.commit("w", version: 3, Self.remove(parts[0].path))
      }
      return false
    }
    #expect(isTaken.load(ordering: .relaxed) && report.mergedParts == 2 && report.madeParts == 1)
    #expect(catalogue.table(Self.name)?.parts.count == 1)
    // Of what was made in vain nothing is left.
    #expect(try fixture.files("w").count == files + 1)
    #expect(try fixture.values(catalogue, "w") == Array(20..<40))
  }
}
