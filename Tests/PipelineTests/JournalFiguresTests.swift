import Intake
import Journal
import Primitives
import Protocols
import Sys
import Testing

@testable import Pipeline

/// What is told of lanes and of the journal is what happened to them.
@Suite struct JournalFiguresTests {
  private static let start: UnixNanos = 1_795_186_800 * Nanos.perSecond
  private let machine = SimulatedMachine(startNanos: start)

  private func bytesOnDisk() throws -> Int {
    try JournalRecovery.segments(directory: PipelineBench.journal).reduce(0) { sum, segment in
      sum + (try FileSystem.status(segment.path)?.byteCount ?? 0)
    }
  }

  @Test func theJournalIsCountedAsItIsOnTheDisk() throws {
    try machine.run {
      let bench = try PipelineBench()
      #expect(bench.holdings.total == (0, 0))
      try bench.queue(["rain"])
      _ = bench.commit()
      _ = bench.clock.advance()
      try bench.queue(["rain", "wind"])
      _ = bench.commit()
      let bytes = try bytesOnDisk()
      #expect(bytes > 0 && bench.holdings.total == (2, bytes))
      // As a start finds it, too.
      #expect(try JournalHoldings(directory: PipelineBench.journal).total == (2, bytes))
      #expect(bench.sealer.facts.last == nil)
      machine.advance(nanos: Nanos.perSecond)
      try bench.seal()
      #expect(try bytesOnDisk() == 0 && bench.holdings.total == (0, 0))
      let sealed = try #require(bench.sealer.facts.last)
      #expect(sealed >= Self.start + Nanos.perSecond && bench.sealer.facts.seals == 1)
      // Where there is no journal there is nothing in it.
      #expect(try JournalHoldings(directory: "/nowhere").total == (0, 0))
    }
  }

  @Test func whatCouldNotBeMadeDurableIsNotCounted() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      let words = FaultInjection.with([.init(.fdatasync, .error(ErrorNumber.inputOutput), times: 1)]) { bench.commit() }
      #expect(words == [false] && bench.holdings.total == (0, 0))
      let failed = bench.committer.commits
      #expect(failed.count == 0 && failed.last == nil && failed.datagrams == 1)
      try bench.queue(["rain"])
      #expect(bench.commit() == [true])
      let commits = bench.committer.commits
      #expect(commits.count == 1 && commits.datagrams == 2 && commits.last.map { $0 >= Self.start } == true)
      #expect(commits.nanos >= commits.lagNanos && commits.lagNanos >= 0)
    }
  }

  @Test func theLagIsThatOfTheLastOrOfTheOneThatLasts() {
    let figures = CommitFigures()
    #expect(figures.facts(atNanos: 5).lagNanos == 0)
    figures.begin(atNanos: 100)
    figures.end(true, datagrams: 3, atNanos: 140, time: 7)
    #expect(figures.facts(atNanos: 1_000).lagNanos == 40)
    figures.begin(atNanos: 1_000)
    #expect(figures.facts(atNanos: 1_010).lagNanos == 40 && figures.facts(atNanos: 1_300).lagNanos == 300)
    // Nothing was to be written: that says nothing of the disk.
    figures.end(false, datagrams: 2, atNanos: 1_400, time: 9)
    let facts = figures.facts(atNanos: 2_000)
    #expect(facts.lagNanos == 40 && facts.last == 7 && facts.count == 1 && facts.nanos == 40 && facts.datagrams == 5)
  }
}
