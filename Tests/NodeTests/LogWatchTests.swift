import Intake
import Logging
import Pipeline
import Primitives
import Protocols
import Registry
import Sys
import Synchronization
import Telemetry
import Testing

@testable import Node

/// What is wrong is logged once, and what is refused with who sent it.
@Suite struct LogWatchTests {
  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func write(_ line: [UInt8]) {
      let text = String(decoding: line, as: UTF8.self)
      // Without the time.
      lines.withLock { $0.append(String(text.drop { $0 != " " }.dropFirst())) }
    }
    func take() -> [String] {
      lines.withLock { lines in
        defer { lines = [] }
        return lines
      }
    }
  }

  @Test func startAndRefusals() throws {
    let scratch = try ScratchDirectory()
    var configuration = try ConfigurationReader.defaults()
    configuration.data = scratch.path
    configuration.node = "test-01"
    let address = try #require(SocketAddress("127.0.0.1:0"))
    configuration.listeners = [ListenerSettings(name: "line", telemetryProtocol: .line, address: address)]
    let registry = DeviceRegistry(devices: [Device(id: "gauge-1", deviceClass: "sensor")])
    let engine = try Engine(configuration, registry: registry)
    try engine.open()
    let lines = Lines()
    let log = Logger(label: "thinai.node") { LineLog(label: $0, LogSettings(), isJournal: false) { lines.write($0) } }
    engine.reportStart(version: "9.8.7", file: "/etc/thinai.yaml", to: log)
    let start = lines.take()
    #expect(
      start[0]
        == "info node: thinai 9.8.7 starts as node test-01 configuration=/etc/thinai.yaml data=\(scratch.path) devices=1 lanes=1\n"
    )
    #expect(start.contains { $0.hasPrefix("info node: recovered nothing") })
    #expect(start.contains { $0.hasPrefix("info node: listens on 127.0.0.1:") && $0.hasSuffix(" for line\n") })

    let watch = try LogWatch(engine, log: log)
    var state = LogWatch.State()
    watch.turn(&state)
    #expect(lines.take().isEmpty)
    // A committer sheds what the journal does not take.
    var counts = LedgerCounts()
    counts.shed[Int(ShedReason.diskFull.rawValue)] = 9
    engine.pipeline.refusals.noteShed(since: [LedgerCounts().shed], [counts], at: 10 * Nanos.perSecond)
    watch.turn(&state)
    watch.turn(&state)
    #expect(lines.take() == ["warning node: refused on line: disk_full more=8\n"])
  }
}
