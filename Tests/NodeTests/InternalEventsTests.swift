import Intake
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Telemetry
import Testing

@testable import Node

/// What the node tells itself takes the way of all rows.
@Suite struct InternalEventsTests {
  private func engine(_ scratch: ScratchDirectory) throws -> Engine {
    var configuration = Configuration()
    configuration.data = scratch.path
    configuration.node = "test-01"
    let address = try #require(SocketAddress("127.0.0.1:0"))
    configuration.listeners = [ListenerSettings(name: "line", telemetryProtocol: .line, address: address)]
    configuration.registry.knownOnly = true
    return try Engine(configuration, registry: .empty)
  }

  private func event(_ message: String, time: UnixNanos) -> InternalEvent {
    InternalEvent(
      time: time, device: "gauge-1", severity: "warning", kind: "quality.low", message: message, attributes: "{\"a\":1}"
    )
  }

  private func messages(_ engine: Engine) throws -> [String?] {
    try EventsQuery(kind: "quality.low").run(on: engine.view(), directory: EmptyDirectory()).rows
      .map { $0.text("message") }.sorted { ($0 ?? "") < ($1 ?? "") }
  }

  @Test func eventsAndReadingsAreStoredOnce() throws {
    let scratch = try ScratchDirectory()
    let now = Clock.realtimeNanos() / Nanos.perSecond * Nanos.perSecond
    try tell(at: now, in: scratch)
    // From the parts, after a restart.
    let second = try engine(scratch)
    #expect(try messages(second) == ["hai", "một", "đầy đủ"])
    // It is the node's word: to be asked for, but no sign of the device.
    let view = second.view()
    let latest = try LatestQuery().run(on: view, directory: EmptyDirectory(), cache: NewestRowsCache())
    #expect(latest.rows.map(\.measurement) == ["quality", "quality", "quality"])
    var heard = LastHeard()
    let directory = RegistryDirectory(
      DeviceRegistry(devices: [Device(id: "gauge-1", deviceClass: "sensor")]), history: DeviceHistory(),
      zone: .utc)
    #expect(try heard.update(on: view, directory: directory).isEmpty)
    let devices = try DevicesQuery().run(on: view, directory: EmptyDirectory(), now: now, cache: NewestRowsCache())
    #expect(devices.devices.isEmpty)
    let readings = try ReadingsQuery(device: "gauge-1", measurement: "quality").run(on: second.view())
    let row = try #require(readings.rows.first)
    #expect(readings.rows.count == 1 && row.measurement == "quality")
    #expect(row.tags == [SeriesKey.Tag(name: "told_by", value: "test-01")])
    #expect(row.fields.map(\.name).sorted() == ["complete", "rows"])
    try second.start()
    #expect(second.stop())
  }

  /// In a function of its own, which lets go of the data directory at its end.
  private func tell(at now: UnixNanos, in scratch: ScratchDirectory) throws {
    let first = try engine(scratch)
    try first.start()
    #expect(first.pipeline.events.tell(event("đầy đủ", time: now)) == .stored)
    #expect(first.pipeline.events.tell([event("một", time: now), event("hai", time: now + 1_000_000)]) == .stored)
    // The same again is a duplicate.
    #expect(first.pipeline.events.tell(event("một", time: now)) == .stored)
    #expect(
      first.pipeline.events.store(
        InternalReading(
          measurement: "quality", device: "gauge-1", time: now,
          fields: [InternalRow.Field("complete", .number(0.5), unit: "1"), InternalRow.Field("rows", .integer(7))]))
        == .stored)
    // Several wait for one commit.
    let two = ["gauge-2", "gauge-3"].map {
      InternalReading(measurement: "quality", device: $0, time: now, fields: [InternalRow.Field("rows", .integer(7))])
    }
    #expect(first.pipeline.events.store(two) == .stored)
    // A name that is none.
    #expect(
      first.pipeline.events.store(InternalReading(measurement: "a\u{1}b", device: "d", time: now, fields: []))
        == .refused)
    #expect(first.pipeline.events.tell([]) == .stored)
    #expect(first.stop())
    let account = try #require(first.pipeline.ledger.snapshot().listeners.last)
    #expect(account.name == "internal" && account.counts.isBalanced)
    #expect(account.counts.events == 4 && account.counts.rows == 3)
    #expect(account.counts.stored == 6 && account.counts.duplicate == 1)
  }

  @Test func manyTakeSeveralBatches() throws {
    let scratch = try ScratchDirectory()
    let now = Clock.realtimeNanos() / Nanos.perSecond * Nanos.perSecond
    let engine = try engine(scratch)
    try engine.start()
    let long = String(repeating: "Mưa ", count: 400)
    let events = (0..<6_000).map { event("\(long)\($0)", time: now + Int64($0) * Nanos.perMicrosecond) }
    #expect(engine.pipeline.events.tell(events) == .stored)
    #expect(engine.stop())
    #expect(engine.pipeline.ledger.snapshot().total.stored == 6_000)
    // Nobody takes anything any more.
    #expect(engine.pipeline.events.tell(events[0]) == .failed)
  }
}
