import Intake
import Lagoon
import Primitives
import Protocols
import Synchronization
import Sys
import Telemetry
import Testing

@testable import Pipeline

/// What is acknowledged is durable, what is not is shed by its reason, and the account balances either way.
@Suite struct CommitterTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  private func shed(_ bench: PipelineBench, _ reason: ShedReason) -> UInt64 {
    bench.counts.shed[Int(reason.rawValue)]
  }

  @Test func batchesOfOneSegmentAreMadeDurableTogether() throws {
    try machine.run {
      let bench = try PipelineBench()
      for _ in 0..<3 { try bench.queue(["rain", "wind"]) }
      let group = FaultInjection.add([.init(.fdatasync, .error(ErrorNumber.inputOutput), after: .max)])
      #expect(bench.commit() == [true, true, true])
      #expect(FaultInjection.hits(group) >= 1)
      FaultInjection.remove(group)
      #expect(bench.counts.stored == 6 && bench.counts.isBalanced && bench.tables.facts().rowCount == 6)
      #expect(try bench.segments() == ["\(bench.clock.segment)"])
      // Every batch came back, and nothing is left to do.
      #expect(bench.exchange.empty.count == Limits.batchesInFlight && bench.commit().isEmpty)
      #expect(!bench.committer.isWorking && bench.committer.lastFailure == nil)
    }
  }

  @Test(arguments: [
    (FaultInjection.Rule(.fdatasync, .error(ErrorNumber.inputOutput), times: 1), ShedReason.journalFailed),
    (.init(.fdatasync, .error(ErrorNumber.noSpace), times: 1), .diskFull),
    (.init(.write, .error(ErrorNumber.noSpace), times: 1, path: "lane-00"), .diskFull),
    (.init(.open, .error(ErrorNumber.notPermitted), times: 1, path: "lane-00"), .journalFailed),
  ])
  func whatCannotBeCommittedIsShedAndTheLanesTurn(rule: FaultInjection.Rule, reason: ShedReason) throws {
    try machine.run {
      let bench = try PipelineBench()
      let segment = bench.control.segment
      try bench.queue(["rain", "wind"])
      let words = FaultInjection.with([rule]) { bench.commit() }
      #expect(words == [false] && bench.control.segment == segment + 1)
      #expect(shed(bench, reason) == 2 && bench.counts.stored == 0 && bench.counts.isBalanced)
      #expect(bench.tables.facts().rowCount == 0 && bench.committer.lastFailure != nil)
      // Batches for the segment that failed refer to what was lost with it.
      try bench.queue(["rain"], segment: segment)
      try bench.queue(["rain"])
      #expect(bench.commit() == [false, true])
      #expect(bench.counts.stored == 1 && bench.counts.isBalanced && bench.committer.lastFailure == nil)
      #expect(bench.committer.reachedSegment == segment + 1)
    }
  }

  @Test func eachSegmentOfAQueueIsCommittedForItself() throws {
    try machine.run {
      let bench = try PipelineBench()
      let first = bench.control.segment
      try bench.queue(["rain"])
      _ = bench.clock.advance()
      try bench.queue(["rain"])
      try bench.queue(["rain"])
      #expect(bench.commit() == [true, true, true])
      #expect(try bench.segments() == ["\(first)", "\(first + 1)"])
      #expect(bench.tables.generations == [first, first + 1] && bench.committer.reachedSegment == first + 1)
    }
  }

  @Test func emptyBatchesWriteNothingAndSayNothingOfTheDisk() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      let words = FaultInjection.with([.init(.fdatasync, .error(ErrorNumber.noSpace), times: 1)]) { bench.commit() }
      #expect(words == [false])
      let empty = try #require(bench.exchange.empty.pop())
      empty.reset()
      empty.segment = bench.control.segment
      _ = bench.exchange.full.push(empty)
      #expect(bench.commit() == [true])
      #expect(bench.committer.lastFailure?.isOutOfSpace == true && bench.committer.reachedSegment == empty.segment)
      #expect(try bench.segments().isEmpty)
    }
  }

  @Test func lanesAreToldWhenMemoryIsFull() throws {
    try machine.run {
      let bench = try PipelineBench(unsealedByteLimit: 1)
      #expect(!bench.quota.isFull)
      try bench.queue(["rain"])
      _ = bench.commit()
      #expect(bench.quota.isFull)
    }
  }

  @Test func aRecoveryTellsHowFarItHasCome() throws {
    try machine.run {
      let bench = try PipelineBench()
      for _ in 0..<3 {
        try bench.queue(["rain"])
        _ = bench.clock.advance()
      }
      #expect(bench.commit() == [true, true, true])
      let again = try PipelineBench()
      let told = Mutex<[RecoveryProgress]>([])
      var recovery = Recovery(
        journalDirectory: PipelineBench.journal, node: "n", tables: again.tables, newestSealed: 0,
        tell: { progress in told.withLock { $0.append(progress) } }, tellIntervalNanos: 0)
      #expect(try recovery.run().summary.rows == 3)
      let steps = told.withLock { $0 }
      #expect(steps.map(\.segmentsRead) == [0, 1, 2] && steps.map(\.rows) == [0, 1, 2])
      #expect(steps.allSatisfy { $0.segmentCount == 3 && $0.byteCount > $0.bytesRead })
      let last = try #require(steps.last)
      #expect(last.bytesRead > 0 && "\(last)" == "recovering the journal: 2 of 3 segments, 0 of 0 MiB, 2 rows")
      // Seldom asked for, seldom told.
      told.withLock { $0 = [] }
      recovery.tellIntervalNanos = .max
      _ = try recovery.run()
      #expect(told.withLock { $0.isEmpty })
    }
  }

  /// Killed at any call: what was acknowledged is read again, and nothing twice.
  @Test func acknowledgedRowsOutliveTheProcess() throws {
    var random = SystemRandomNumberGenerator()
    for calls in stride(from: 0, to: 60, by: 3) {
      let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
      try machine.run {
        let bench = try PipelineBench()
        machine.disk.kill(afterCalls: calls)
        var acknowledged = 0
        for _ in 0..<4 {
          try bench.queue(["rain"])
          if bench.commit() == [true], !machine.disk.isKilled { acknowledged += 1 }
        }
        machine.disk.restart(after: .process, using: &random)
        let again = try PipelineBench()
        let outcome = try Recovery(
          journalDirectory: PipelineBench.journal, node: "n", tables: again.tables, newestSealed: 0
        ).run()
        #expect((acknowledged...4).contains(Int(outcome.summary.rows)) && outcome.summary.duplicates == 0)
      }
    }
  }
}
