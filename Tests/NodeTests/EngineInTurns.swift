import Intake
import Lagoon
import Primitives
import Protocols
import Registry
import Sys
import Telemetry

@testable import Node
@testable import Pipeline

/// A node in one thread, each part of it in turn: no sockets, no threads.
final class EngineInTurns {
  let engine: Engine
  private var lane: LanePipeline
  private var alerts: AlertWatch.State
  private let desk: Desk

  /// What a call of `tell` needs while it waits: the node's own lane, and the committers.
  private final class Desk: @unchecked Sendable {
    // Sound: one thread uses it.
    let pipeline: Pipeline
    var own: InternalLane.State
    /// The one lane's, and the internal one's.
    var work: Committer.Work
    var ownWork: Committer.Work

    init(_ pipeline: Pipeline) {
      self.pipeline = pipeline
      own = pipeline.events.lane.begin()
      work = pipeline.committers[0].begin()
      ownWork = pipeline.committers[1].begin()
    }

    func turn() -> Bool {
      pipeline.events.lane.turn(&own)
      let isWorking = pipeline.committers[1].turn(&ownWork)
      pipeline.events.lane.turn(&own)
      return isWorking
    }
  }

  init(_ configuration: Configuration, registry: DeviceRegistry, transport: any WebhookTransport) throws {
    engine = try Engine(configuration, registry: registry, transport: transport)
    let seat = engine.pipeline.seats[0]
    lane = LanePipeline(
      listeners: seat.settings.listeners, bounds: seat.settings.bounds,
      admission: Admission(registry: registry, knownOnly: false), seed: 1)
    let desk = Desk(engine.pipeline)
    self.desk = desk
    engine.pipeline.events.lane.runInTurns { desk.turn() }
    alerts = engine.alertWatch.begin()
    begin()
  }

  private func begin() {
    let seat = engine.pipeline.seats[0]
    if let batch = seat.exchange.empty.pop() { lane.begin(batch, segment: seat.control.segment) }
  }

  func take(_ line: String) {
    let source = SourceAddress(high: 0, low: 0xFFFF_7F00_0001, port: 40_000)
    _ = lane.take(
      Array(line.utf8).span.bytes,
      LanePipeline.Arrival(
        listener: 0, source: source, destination: source, nanos: Clock.realtimeNanos(),
        monotonicNanos: Clock.monotonicNanos()))
  }

  func commit() {
    let seat = engine.pipeline.seats[0]
    guard let batch = lane.takeBatch() else { return }
    _ = seat.exchange.full.push(batch)
    _ = engine.pipeline.committers[0].turn(&desk.work)
    while let word = seat.exchange.words.pop() { lane.noteCommit(word.sequence, isCommitted: word.isCommitted) }
    begin()
  }

  func watch() { engine.alertWatch.turn(&alerts) }

  /// Sends what is due; how long there is nothing more to send.
  func deliver() { for sender in engine.receivers.senders { while sender.turn() == 0 {} } }

  func seal() {
    commit()
    let next = engine.pipeline.clock.advance()
    // An empty batch of the new segment tells each committer that its lane has moved on.
    _ = lane.takeBatch().map { lane.begin($0, segment: next) }
    commit()
    while desk.turn() {}
    precondition(engine.pipeline.committers.allSatisfy { $0.reachedSegment == next }, "a lane has not moved on")
    engine.pipeline.sealer.turn(reached: next)
  }
}
