import Access
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Synchronization
import Telemetry
import Testing

@testable import Node
@testable import Protocols

/// Workers that look at a running node and tell what they find: each in turns, or on a thread of a simulated machine.
@Suite struct WatcherTests {
  private final class Nobody: WebhookTransport {
    func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String? { nil }
    func close() {}
  }

  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  private func node(_ registry: DeviceRegistry = .empty) throws -> EngineInTurns {
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = "/data"
    return try EngineInTurns(configuration, registry: registry, transport: Nobody())
  }

  private func events(_ kind: String, _ node: EngineInTurns) throws -> [String] {
    try EventsQuery(kind: kind).run(on: node.engine.view(), directory: EmptyDirectory()).rows
      .map { "\($0.device): \($0.text("message") ?? "")" }.sorted()
  }

  // MARK: silence, doubling, what was refused

  @Test func silenceIsToldOnceAndItsEndOnce() throws {
    try machine.run {
      let devices = [
        Device(id: "a", deviceClass: "sensor", intervalSeconds: 60), Device(id: "b", deviceClass: "sensor"),
      ]
      let node = try node(DeviceRegistry(devices: devices))
      let watch: QualityWatch = node.engine.qualityWatch
      var state = watch.begin()
      node.take("weather,device=a t=1 \(machine.realtimeNanos)")
      node.commit()
      for _ in 0..<3 { watch.turn(&state) }
      #expect(try events("device.silent", node).isEmpty && watch.faults.isEmpty)
      machine.advance(nanos: 181 * Nanos.perSecond)
      for _ in 0..<3 { watch.turn(&state) }
      #expect(try events("device.silent", node).count == 1 && events("device.back", node).isEmpty)
      // Another life of the same node tells nothing twice.
      var second = watch.begin()
      machine.advance(nanos: 200 * Nanos.perSecond)
      watch.turn(&second)
      #expect(try events("device.silent", node).count == 1)
      node.take("weather,device=a t=1 \(machine.realtimeNanos)")
      node.commit()
      watch.turn(&second)
      watch.turn(&second)
      #expect(try events("device.back", node) == ["a: rows come again"])
    }
  }

  /// With every sixth look, and with the last one, what of devices was refused is stored.
  @Test func whatWasRefusedIsStoredNowAndThenAndAtTheEnd() throws {
    try machine.run {
      let node = try node()
      let watch: QualityWatch = node.engine.qualityWatch
      var state = watch.begin()
      func stored() throws -> [String] {
        // Before the first row nobody knows such a measurement.
        if node.engine.view().tables[.readings(QualityQuery.ledgerMeasurement)] == nil { return [] }
        return try ["a", "b"].flatMap { device in
          try ReadingsQuery(device: device, measurement: QualityQuery.ledgerMeasurement).run(on: node.engine.view())
            .rows.map(\.device)
        }
      }
      node.engine.pipeline.deviceFaults.noteMalformed("a")
      node.engine.pipeline.deviceFaults.noteDuplicate("b")
      for _ in 0..<5 { watch.turn(&state) }
      #expect(try stored().isEmpty)
      watch.turn(&state)
      let first = try stored()
      #expect(first == ["a", "b"])
      #expect(try events("device.doubled", node).count == 1)
      // What can never be stored takes nothing with it.
      machine.advance(nanos: Nanos.perSecond)
      node.engine.pipeline.deviceFaults.noteMalformed("a")
      node.engine.pipeline.deviceFaults.noteMalformed("x\u{1}y")
      watch.turn(&state, isLast: true)
      #expect(try stored().count == 3 && watch.faults.isEmpty)
      #expect(node.engine.pipeline.deviceFaults.take().isEmpty)
    }
  }

  /// What the journal does not take is named, and stored with the next look.
  @Test func whatTheJournalDoesNotTakeIsKept() throws {
    try machine.run {
      let node = try node()
      let watch: QualityWatch = node.engine.qualityWatch
      var state = watch.begin()
      node.engine.pipeline.deviceFaults.noteMalformed("a")
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "journal")]) {
        watch.turn(&state, isLast: true)
      }
      #expect(watch.faults == ["cannot store the ledger of 1 devices: the journal did not take it"])
      #expect(node.engine.pipeline.deviceFaults.take()["a"]?.malformed == 1)
    }
  }

  // MARK: proven refusals

  private func refusal(_ engine: UInt8, clock: SNMPEngines.Clock? = nil) -> SNMPTally.ProvenRefusal {
    SNMPTally.ProvenRefusal(
      engine: [0x80, 0, 0, 0, engine], reason: RejectReason.shared[0].reason,
      source: SourceAddress(ipv4: 0x0A00_0007, port: 5), boots: 3, time: 9, clock: clock)
  }

  @Test func anEngineIsToldAtMostOnceAMinute() throws {
    try machine.run {
      let node = try node(
        DeviceRegistry(devices: [
          Device(id: "ups", deviceClass: "sensor", addresses: [SourceAddress(ipv4: 0x0A00_0007, port: 0)])
        ]))
      let tally = SNMPTally()
      let watch = try RefusalWatch(pipeline: node.engine.pipeline, tallies: [tally])
      var state = RefusalWatch.State()
      watch.turn(&state)
      #expect(try events("snmp.refused", node).isEmpty)
      let other = SNMPEngines.Clock(
        boots: 4, time: 1, monotonicNanos: 0, latestTime: 77, source: SourceAddress(ipv4: 0x0A00_0008, port: 0))
      tally.note(refusal(1))
      tally.note(refusal(2, clock: other))
      watch.turn(&state)
      let told = try events("snmp.refused", node)
      #expect(told.count == 2 && told.allSatisfy { $0.hasPrefix("ups: engine 0x800000000") })
      #expect(told[0].hasSuffix("from 10.0.0.7"))
      #expect(told[1].contains("said boots 4 and time 77 from 10.0.0.8; two devices may have one engine id"))
      // A flood of the same within the minute waits, and then is one.
      for _ in 0..<50 {
        tally.note(refusal(1))
        watch.turn(&state)
        machine.advance(nanos: Nanos.perSecond)
      }
      #expect(try events("snmp.refused", node).count == 2)
      machine.advance(nanos: 11 * Nanos.perSecond)
      watch.turn(&state)
      watch.turn(&state)
      #expect(try events("snmp.refused", node).count == 3)
    }
  }

  @Test func aRefusalThatCannotBeStoredIsToldLater() throws {
    try machine.run {
      let node = try node()
      let tally = SNMPTally()
      let watch = try RefusalWatch(pipeline: node.engine.pipeline, tallies: [tally])
      var state = RefusalWatch.State()
      tally.note(refusal(1))
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: "journal")]) { watch.turn(&state) }
      #expect(try events("snmp.refused", node).isEmpty)
      machine.advance(nanos: 30 * Nanos.perSecond)
      watch.turn(&state)
      #expect(try events("snmp.refused", node).count == 1)
    }
  }

  // MARK: on a thread

  /// Of a flood one message in ten seconds; what the outbox did not take is told later, and once.
  @Test func refusalsAreToldToTheSOC() throws {
    try machine.run {
      let node = try node()
      let pipeline = node.engine.pipeline
      let feed = try SOCFeed(SOCSettings(host: "soc.test", port: 6_514), node: "n", data: "/data", transport: FakeSOC())
      let worker = try SOCRefusals(pipeline, feed, listeners: ["line"])
      let thread = try SystemThread.start(name: worker.name) { worker.run() }
      var counts = [LedgerCounts()]
      func shed(_ reason: ShedReason, _ count: UInt64) {
        let before = counts.map(\.shed)
        counts[0].shed[Int(reason.rawValue)] += count
        pipeline.refusals.noteShed(since: before, counts, at: machine.realtimeNanos)
      }
      Clock.sleep(nanos: 5 * Nanos.perSecond)
      #expect(feed.facts.pending == 0)
      for _ in 0..<8 {
        shed(.diskFull, 100)
        Clock.sleep(nanos: Nanos.perSecond)
      }
      #expect(feed.facts.pending == 1)
      FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace), path: DataDirectory("/data").soc)]) {
        shed(.tableLimit, 1)
        Clock.sleep(nanos: 3 * Nanos.perSecond)
        #expect(feed.facts.pending == 1 && !feed.faults.isEmpty)
      }
      Clock.sleep(nanos: 15 * Nanos.perSecond)
      // The flood's rest, and the one that had to wait.
      #expect(feed.facts.pending == 3)
      worker.stop()
      thread.join()
      #expect(machine.aliveThreads.isEmpty)
    }
  }
}
