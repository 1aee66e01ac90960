import Lagoon
import Primitives
import Registry
import Sys
import Synchronization
import Telemetry
import Testing

@testable import Intake
@testable import Node
@testable import Pipeline

/// A node that nobody gives a thread: every part does its step when it is told to, and none waits for another.
@Suite struct TurnsTests {
  private final class Receiver: WebhookTransport {
    let posts = Mutex<[WebhookPost]>([])
    /// What it answers: nil to take it.
    let fault = Mutex<String?>(nil)

    func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? {
      posts.withLock { $0.append(post) }
      return fault.withLock { $0 }
    }

    func close() {}
  }

  private static let rules = """
    rules:
      - name: hot
        severity: warning
        measurement: weather
        field: temperature
        aggregate: max
        over: 1m
        above: 50
        message: "{device}: {value}"
    """

  private func configuration(_ rules: String) throws -> Configuration {
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = "/data"
    configuration.alerts.rules = try AlertRuleFiles.rules(rules)
    configuration.alerts.webhooks = [WebhookSettings(name: "ioc", url: "http://ioc.invalid/", secret: [1, 2, 3])]
    return configuration
  }

  private func kinds(_ engine: Engine) throws -> [String?] {
    try EventsQuery(kind: "alert.hot").run(on: engine.view(), directory: EmptyDirectory()).rows.map {
      $0.text("message")
    }
  }

  @Test func anAlertIsStoredAndDeliveredInOneThread() throws {
    let scratch = try ScratchDirectory()
    // The rules are read before the machine is another one.
    let configuration = try configuration(try scratch.write(Self.rules, to: "rules.yaml"))
    let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
    try machine.run {
      let receiver = Receiver()
      let node = try EngineInTurns(configuration, registry: .empty, transport: receiver)
      receiver.fault.withLock { $0 = "it answered 503" }
      node.take("weather,device=d1 temperature=61.5 \(machine.realtimeNanos)")
      node.commit()
      machine.advance(nanos: 5 * Nanos.perSecond)
      node.watch()
      #expect(try kinds(node.engine) == ["d1: 61.5"])
      node.deliver()
      #expect(receiver.posts.withLock { $0.count } == 1)
      #expect(node.engine.receivers.facts.map(\.failures) == [1])
      receiver.fault.withLock { $0 = nil }
      machine.advance(nanos: 10 * Nanos.perSecond)
      node.deliver()
      #expect(receiver.posts.withLock { $0.count } == 2)
      #expect(node.engine.receivers.facts.map(\.delivered) == [1])
      // What was told once is not told again.
      machine.advance(nanos: 15 * Nanos.perSecond)
      node.watch()
      node.deliver()
      #expect(receiver.posts.withLock { $0.count } == 2)
      // As it is from memory, it is from the parts.
      node.seal()
      #expect(node.engine.pipeline.tables.facts().rowCount == 0)
      #expect(try kinds(node.engine) == ["d1: 61.5"])
      #expect(node.engine.pipeline.ledger.snapshot().isBalanced)
      #expect(node.engine.warnings.isEmpty)
    }
  }
}
