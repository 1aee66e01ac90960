import Intake
import Lagoon
import Primitives
import Sys
import Testing

@testable import Pipeline
@testable import Protocols

/// Rows become parts table by table; what cannot be sealed waits, and keeps nobody back but the segments that hold it.
@Suite struct SealerTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  @Test func sealedRowsLeaveMemoryAndTheJournal() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain", "rain", "wind"])
      _ = bench.commit()
      #expect(try bench.segments().count == 1)
      try bench.seal()
      #expect(bench.sealedRows(of: "rain") == 2 && bench.sealedRows(of: "wind") == 1)
      #expect(try bench.tables.facts().rowCount == 0 && bench.segments().isEmpty)
      #expect(bench.sealer.facts.seals == 1 && bench.sealer.facts.lastError == nil)
      // Nothing to seal is no seal.
      try bench.seal()
      #expect(bench.sealer.facts.seals == 1 && bench.sealedRows(of: "rain") == 2)
    }
  }

  @Test func aTableThatCannotBeSealedKeepsNoOtherBack() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain", "wind"])
      _ = bench.commit()
      let segment = bench.control.segment
      try FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace), path: "tables/rain")]) { try bench.seal() }
      #expect(bench.sealedRows(of: "wind") == 1 && bench.sealedRows(of: "rain") == 0)
      #expect(try bench.tables.facts().rowCount == 1 && bench.segments() == ["\(segment)"])
      let wrong = try #require(bench.sealer.facts.lastError)
      #expect(wrong.contains("rain") && wrong.contains("No space left") && bench.sealer.facts.failures == 1)
      // It is not tried again at once, and others go on meanwhile.
      try bench.queue(["wind"])
      _ = bench.commit()
      try bench.seal()
      #expect(bench.sealedRows(of: "wind") == 2 && bench.sealedRows(of: "rain") == 0)
      machine.advance(nanos: 5 * Nanos.perSecond)
      try bench.seal()
      #expect(bench.sealedRows(of: "rain") == 1 && bench.sealer.facts.lastError == nil)
      #expect(try bench.segments().isEmpty && bench.tables.facts().rowCount == 0)
    }
  }

  @Test func pausesGrowUpToABound() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      _ = bench.commit()
      try FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace), path: "tables/rain")]) {
        try bench.seal()
        var failures: [UInt64] = []
        for _ in 0..<20 {
          machine.advance(nanos: Nanos.perSecond)
          bench.sealer.turn(reached: bench.control.segment)
          failures.append(bench.sealer.facts.failures)
        }
        // After one second, two, and then every four.
        #expect(failures.last.map { (6...9).contains($0) } == true, "\(failures)")
      }
    }
  }

  @Test func aTableThatHoldsItsShareOfMemoryTakesNoMore() throws {
    try machine.run {
      let bench = try PipelineBench(tableByteLimit: 0)
      try bench.queue(["rain"])
      _ = bench.commit()
      let version = bench.quota.closedVersion
      try FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace), path: "tables/rain")]) { try bench.seal() }
      #expect(bench.quota.closedTables.count == 1 && bench.quota.closedVersion == version + 1)
      machine.advance(nanos: 5 * Nanos.perSecond)
      try bench.seal()
      #expect(bench.quota.closedTables.isEmpty && bench.quota.closedVersion == version + 2)
    }
  }

  @Test func segmentsThatCannotBeRemovedAreNamedAndTriedAgain() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      _ = bench.commit()
      try FaultInjection.with([.init(.unlink, .error(ErrorNumber.inputOutput), path: ".journal")]) { try bench.seal() }
      #expect(bench.sealedRows(of: "rain") == 1)
      #expect(bench.sealer.facts.lastError?.hasPrefix("cannot remove sealed segments of journal") == true)
      try bench.seal()
      #expect(try bench.sealer.facts.lastError == nil && bench.segments().isEmpty)
    }
  }

  /// What recovery could not read stays, however much is sealed.
  @Test func segmentsThatRecoveryCouldNotReadStay() throws {
    try machine.run {
      let lane = PipelineBench.journal + "/lane-00"
      try FileSystem.createDirectories(lane)
      let kept = lane + "/00000000000000000003.journal"
      try File(kept, .createExclusive).write(all: [1, 2, 3])
      var recovered = Recovery.Outcome()
      recovered.generation = 4
      recovered.lanes = [0]
      recovered.kept = [kept]
      let bench = try PipelineBench(recovered: recovered)
      try bench.queue(["rain"])
      _ = bench.commit()
      try bench.seal()
      #expect(try bench.sealedRows(of: "rain") == 1 && bench.segments() == ["3"])
    }
  }

  @Test func theEndSealsWhatIsBeingWrittenToAsWell() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      _ = bench.commit()
      #expect(bench.sealer.sealAtEnd())
      #expect(bench.sealedRows(of: "rain") == 1)
      try bench.queue(["rain"])
      _ = bench.commit()
      let isAll = FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace), path: "tables/rain")]) {
        bench.sealer.sealAtEnd()
      }
      #expect(!isAll && bench.tables.facts().rowCount == 1)
    }
  }

  /// Made-up tables come a few at a time, so that others' rows need not wait for them.
  @Test func newTablesComeAFewAtATime() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue((0..<Limits.newTablesPerSeal + 3).map { "m\($0)" })
      _ = bench.commit()
      try bench.seal()
      // `turn` goes on until nothing is left.
      #expect(bench.catalogue.tables.count == Limits.newTablesPerSeal + 3 && bench.tables.facts().rowCount == 0)
    }
  }
}
