import Intake
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Testing

@testable import Pipeline

/// The workers beside the way of a datagram: what compacts, what the node tells itself, and why a pipeline does not start.
@Suite struct WorkerTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  // MARK: compaction

  @Test func whatIsTooOldGoesAndAFaultIsToldUntilARoundIsWhole() throws {
    try machine.run {
      let bench = try PipelineBench()
      try bench.queue(["rain"])
      _ = bench.commit()
      try bench.seal()
      let compactor = try Compactor(
        bench.catalogue, CompactionSettings(level: 1),
        retention: RetentionPolicy(readingsDays: 3, eventsDays: 3, rollups5mDays: 3, rollups1hDays: 3))
      // Half a day at a time: a jump of the clock would be doubted.
      for _ in 0..<7 {
        compactor.turn()
        #expect(compactor.lastError == nil && bench.sealedRows(of: "rain") == 1)
        machine.advance(nanos: Nanos.perDay / 2)
      }
      FaultInjection.with([.init(.open, .error(ErrorNumber.noSpace), path: "tables/")]) { compactor.turn() }
      let fault = try #require(compactor.lastError)
      #expect(fault.contains("No space left") && bench.sealedRows(of: "rain") == 1)
      machine.advance(nanos: Nanos.perHour)
      compactor.turn()
      #expect(compactor.lastError == nil && bench.sealedRows(of: "rain") == 0)
    }
  }

  /// Its first round comes after a while; who is told to stop begins none.
  @Test func aCompactorEndsWhenItIsTold() throws {
    try machine.run {
      let bench = try PipelineBench()
      let compactor = try Compactor(bench.catalogue, CompactionSettings(level: 1), retention: nil)
      let thread = try SystemThread.start(name: compactor.name) { compactor.run() }
      Clock.sleep(nanos: 3 * Nanos.perMinute)
      #expect(machine.aliveThreads == ["compact"] && compactor.lastError == nil)
      let began = Clock.monotonicNanos()
      compactor.stop()
      thread.join()
      #expect(Clock.monotonicNanos() - began < Nanos.perSecond && machine.aliveThreads.isEmpty)
      // Told before it began it returns at once.
      compactor.run()
    }
  }

  // MARK: what the node tells itself

  /// A lane of its own, and nobody who commits.
  private func events() throws -> InternalEvents {
    let lane = try InternalLane(
      listener: 0, accountCount: 1, segment: 1, registry: .empty, quota: TableQuota(), seed: 1)
    return InternalEvents(lane: lane, node: "n")
  }

  private func reading(_ number: Int) -> InternalReading {
    InternalReading(
      measurement: "m", device: "d\(number)", time: 1_795_186_800 * Nanos.perSecond,
      fields: [InternalRow.Field("v", .integer(1))])
  }

  @Test func nothingToTellIsStored() throws {
    try machine.run {
      let events = try events()
      let began = Clock.monotonicNanos()
      #expect(events.tell([InternalEvent]()) == .stored && events.store([InternalReading]()) == .stored)
      #expect(Clock.monotonicNanos() == began, "nobody waits for nothing")
    }
  }

  /// A journal that does nothing is waited for, but not for ever, and what came after is not tried.
  @Test func whoGetsNoAnswerIsToldThatItFailed() throws {
    try machine.run {
      let events = try events()
      let began = Clock.monotonicNanos()
      let many = (0..<2 * Limits.internalRows + 1).map { reading($0) }
      #expect(events.store(many) == .failed)
      let waited = Clock.monotonicNanos() - began
      #expect(waited >= Nanos.perSecond && waited <= 31 * Nanos.perSecond, "one batch was waited for, and no second")
    }
  }

  /// In as many batches as it takes; one that can never be stored ends it.
  @Test func manyAreToldInSeveralBatches() throws {
    try machine.run {
      let scratch = try Pipeline(
        PipelineSettings(
          node: "n", data: "/p",
          listeners: [ListenerSettings(name: "line", .line)],
          retention: RetentionPolicy(readingsDays: 400, eventsDays: 400, rollups5mDays: 800, rollups1hDays: 800)),
        registry: .empty)
      final class Turns: @unchecked Sendable {
        // Sound: one thread uses it.
        var own: InternalLane.State
        var work: Committer.Work
        let pipeline: Pipeline
        init(_ pipeline: Pipeline) {
          self.pipeline = pipeline
          own = pipeline.events.lane.begin()
          work = pipeline.committers[1].begin()
        }
        func turn() -> Bool {
          pipeline.events.lane.turn(&own)
          let isWorking = pipeline.committers[1].turn(&work)
          pipeline.events.lane.turn(&own)
          return isWorking
        }
      }
      let turns = Turns(scratch)
      scratch.events.lane.runInTurns { turns.turn() }
      let count = 2 * Limits.internalRows + 1
      #expect(scratch.events.store((0..<count).map { reading($0) }) == .stored)
      #expect(scratch.ledger.snapshot().total.stored == UInt64(count))
      var wrong = reading(count)
      wrong.measurement = "a\u{1}b"
      #expect(scratch.events.store([wrong]) == .refused && scratch.events.store(reading(count + 1)) == .stored)
      #expect(scratch.ledger.snapshot().total.stored == UInt64(count) + 1 && scratch.ledger.snapshot().isBalanced)
      let event = InternalEvent(
        time: 1_795_186_800 * Nanos.perSecond, device: "d", severity: "warning", kind: "k", message: "m",
        attributes: "{}")
      #expect(scratch.events.tell(event) == .stored && scratch.events.tell(event) == .stored)
      #expect(scratch.ledger.snapshot().total.duplicate == 1)
    }
  }

  // MARK: starting

  /// An address that is somebody else's is named, and nothing is left open.
  @Test func aPortInUseIsNamed() throws {
    try machine.run {
      var options = UDPSocketOptions(address: try #require(SocketAddress("127.0.0.1:8089")))
      options.reusePort = false
      let other = try UDPSocket.open(options)
      var listener = ListenerSettings(name: "line", .line)
      listener.address = try #require(SocketAddress("127.0.0.1:8089"))
      let pipeline = try Pipeline(
        PipelineSettings(
          node: "n", data: "/p", listeners: [listener],
          retention: RetentionPolicy(readingsDays: 400, eventsDays: 400, rollups5mDays: 800, rollups1hDays: 800)),
        registry: .empty)
      let error = #expect(throws: PipelineError.self) { try pipeline.open() }
      #expect(error.map { "\($0)".contains("127.0.0.1:8089") } == true, "\(error.map { "\($0)" } ?? "")")
      let port = other.localPort
      #expect(port == 8_089 && pipeline.grants.isEmpty)
    }
  }
}
