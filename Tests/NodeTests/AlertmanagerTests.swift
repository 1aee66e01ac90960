import Alerts
import Intake
import Primitives
import Registry
import Synchronization
import Sys
import Testing
import Text

@testable import Node
@testable import Pipeline

/// An Alertmanager in memory: keeps what it is told, and answers as it was told to.
final class ScriptedAlertmanager: WebhookTransport {
  struct Asked: Hashable {
    var method: String
    var path: String
    var body: JSONValue
  }

  private let state = Mutex<(asked: [Asked], answers: [String: WebhookAnswer])>(([], [:]))

  /// By method and path; what is not there is answered with 200.
  func answer(_ what: String, with answer: WebhookAnswer?) { state.withLock { $0.answers[what] = answer } }
  var asked: [Asked] { state.withLock { $0.asked } }
  func forget() { state.withLock { $0.asked = [] } }

  func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? { nil }
  func close() {}

  func ask(_ request: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> WebhookAnswer {
    let path = String(request.url.split(separator: "/api/v2/").last ?? "")
    let body = request.body.isEmpty ? .null : (try? JSONReader.read(request.body)) ?? .null
    return state.withLock { state in
      state.asked.append(Asked(method: request.method, path: path, body: body))
      // One bad alert spoils what it is sent with.
      if path == "alerts", body.elements.contains(where: { $0["labels"]?["alertname"] == "bad" }) {
        return .answered(status: 400, body: Array("\"invalid\"".utf8))
      }
      return state.answers["\(request.method) \(path)"] ?? .answered(status: 200, body: Array("[]".utf8))
    }
  }
}

@Suite struct AlertmanagerTests {
  private static func settings() -> AlertmanagerSettings {
    var settings = AlertmanagerSettings(name: "am", url: "http://am.test")
    (settings.labels, settings.link) = (["province": "52"], "https://t.vn")
    return settings
  }

  private static func batch(_ notices: [JSONValue]) -> OutboxBatch {
    OutboxBatch(
      id: "g",
      deliveries: notices.enumerated().map { place, notice in
        OutboxDelivery(
          id: "n\(place)", created: 0, order: notice["device"]?.text ?? "", body: notice.serialized)
      })
  }

  @Test func beginsAndEndsAreTold() throws {
    let server = ScriptedAlertmanager()
    let channel = AlertmanagerChannel(Self.settings(), node: "n-01", transport: server, alarms: AlarmWindow())
    let outcome = channel.send(
      Self.batch([
        NoticeTemplateTests.notice(message: "lên", device: "a"),
        NoticeTemplateTests.notice(message: "xuống", state: "resolved", device: "a", time: "2026-11-20T08:00:00.000Z"),
        NoticeTemplateTests.notice(message: "cao", severity: "critical", device: "n-01", alarm: "x/1"),
      ])
    ) { false }
    #expect(outcome.taken == ["n0", "n1", "n2"] && outcome.failure == nil)
    // Of one thing the last word counts.
    let alerts = try #require(server.asked.first).body.elements
    #expect(server.asked.count == 1 && alerts.count == 2)
    #expect(
      alerts[0]["labels"]?.texts == [
        "alertname": "mua-lon", "severity": "warning", "device": "a", "area": "21553", "class": "sensor",
        "node": "n-01", "province": "52",
      ])
    #expect(alerts[0]["startsAt"] == "2026-11-20T07:07:30.118Z" && alerts[0]["endsAt"] == "2026-11-20T08:00:00.000Z")
    #expect(alerts[0]["annotations"]?["summary"] == "xuống" && alerts[0]["annotations"]?["name"] == "Cầu A")
    #expect(alerts[1]["labels"]?["device"] == nil && alerts[1]["endsAt"] == nil)
    #expect(alerts[1]["generatorURL"] == "https://t.vn/v1/alarms/x%2F1")
    #expect(channel.tend { false }.outcome == .nothing && channel.gathering.windowNanos == 0)
  }

  @Test func oneThatIsRefusedCostsNoOther() {
    let server = ScriptedAlertmanager()
    let channel = AlertmanagerChannel(Self.settings(), node: "n-01", transport: server, alarms: AlarmWindow())
    let batch = Self.batch([
      NoticeTemplateTests.notice(device: "a"), NoticeTemplateTests.notice(device: "b", rule: "bad"),
      NoticeTemplateTests.notice(device: "c"), .members(("odd", 1)),
    ])
    let outcome = channel.send(batch) { false }
    #expect(outcome.taken == ["n0", "n2"] && outcome.refused == ["n1", "n3"] && outcome.failure == nil)
    #expect(outcome.remarks["refused"] == "it refused an alert of rule bad: it answered 400: \"invalid\"")
    server.answer("POST alerts", with: .answered(status: 503, body: []))
    let good = Self.batch([NoticeTemplateTests.notice(device: "a")])
    #expect(channel.send(good) { false } == .failed("it answered 503"))
    server.answer("POST alerts", with: .failed("it did not answer"))
    #expect(channel.send(good) { false } == .failed("it did not answer"))
  }

  // MARK: what lasts

  private static let rules = """
    rules:
      - name: link
        severity: error
        event: { kind: link.down, clear: link.up, key: [device, port] }
        message: "{device}: {port}"
    """

  /// A node with one alarm, and a channel that looks at it.
  private func withAlarm(
    _ body: (EngineInTurns, AlertmanagerChannel, ScriptedAlertmanager, SimulatedMachine) throws -> Void
  ) throws {
    let scratch = try ScratchDirectory()
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = "/data"
    configuration.alerts.rules = try AlertRuleFiles.rules(try scratch.write(Self.rules, to: "rules.yaml"))
    let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
    try machine.run {
      let server = ScriptedAlertmanager()
      let node = try EngineInTurns(configuration, registry: .empty, transport: server)
      node.watch()
      tell("link.down", node)
      machine.advance(nanos: 5 * Nanos.perSecond)
      node.watch()
      let alarms = AlarmWindow()
      let channel = AlertmanagerChannel(Self.settings(), node: "n-01", transport: server, alarms: alarms)
      #expect(channel.tend { false }.waitNanos == Nanos.perSecond && server.asked.isEmpty)
      alarms.open(to: node.engine.alarms)
      try body(node, channel, server, machine)
    }
  }

  private func tell(_ kind: String, _ node: EngineInTurns) {
    let outcome = node.engine.pipeline.events.tell(
      InternalEvent(
        time: Clock.realtimeNanos(), device: "sw", severity: "error", kind: kind, message: "m",
        attributes: #"{"port":7}"#))
    #expect(outcome == .stored)
  }

  private func looked(
    _ channel: AlertmanagerChannel, _ server: ScriptedAlertmanager, _ machine: SimulatedMachine,
    after seconds: Int64 = 6
  ) -> [ScriptedAlertmanager.Asked] {
    machine.advance(nanos: seconds * Nanos.perSecond)
    server.forget()
    #expect(channel.tend { false }.outcome == .done)
    return server.asked
  }

  @Test func whatLastsIsToldAgainAndAgain() throws {
    try withAlarm { node, channel, server, machine in
      let first = looked(channel, server, machine)
      let alert = try #require(first.first?.body.elements.first)
      #expect(alert["labels"]?["key"] == "7" && alert["labels"]?["device"] == "sw" && alert["endsAt"] == nil)
      // Between there is nothing new; after a minute it is told again, and it is the same one.
      #expect(looked(channel, server, machine).isEmpty)
      #expect(looked(channel, server, machine, after: 60).first?.body.elements == [alert])
      // Somebody looks after it: that is new.
      let id = try #require(node.engine.alarms.alarms.lasting.first?.id)
      _ = try node.engine.alarms.act(.acknowledge(note: "đi xem"), on: id, by: "trực", at: Clock.realtimeNanos())
      let said = try #require(looked(channel, server, machine).first?.body.elements.first)
      #expect(said["labels"] == alert["labels"] && said["startsAt"] == alert["startsAt"])
      #expect(said["annotations"]?["acknowledged_by"] == "trực")
      // It ends, and nobody says so: with the second look it is over.
      tell("link.up", node)
      machine.advance(nanos: Nanos.perSecond)
      node.watch()
      #expect(looked(channel, server, machine).isEmpty)
      let over = try #require(looked(channel, server, machine).first?.body.elements.first)
      #expect(over["labels"] == alert["labels"] && over["endsAt"] != nil)
      #expect(looked(channel, server, machine, after: 120).isEmpty)
    }
  }

  @Test func whatIsSetAsideIsSilenced() throws {
    try withAlarm { node, channel, server, machine in
      _ = looked(channel, server, machine)
      let id = try #require(node.engine.alarms.alarms.lasting.first?.id)
      let until = Clock.realtimeNanos() + Nanos.perHour
      _ = try node.engine.alarms.act(.shelve(until: until, note: "sửa"), on: id, by: "trực", at: Clock.realtimeNanos())
      server.answer("POST silences", with: .answered(status: 200, body: Array(#"{"silenceID":"s/1"}"#.utf8)))
      let silence = try #require(looked(channel, server, machine).first { $0.path == "silences" })
      #expect(silence.body["comment"]?.text == "sửa [thinai n-01 \(id)]" && silence.body["createdBy"] == "trực")
      #expect(silence.body["matchers"]?.elements.contains { $0["name"] == "key" && $0["value"] == "7" } == true)
      #expect(silence.body["endsAt"]?.text.flatMap { RFC3339.parse($0) } == until - until % Nanos.perMillisecond)
      #expect(looked(channel, server, machine).isEmpty)
      // Another process finds it there, and takes it away when it is over.
      let alarms = AlarmWindow()
      alarms.open(to: node.engine.alarms)
      let other = AlertmanagerChannel(Self.settings(), node: "n-01", transport: server, alarms: alarms)
      let there = """
        [{"id":"s/1","comment":"sửa [thinai n-01 \(id)]","endsAt":"\(RFC3339.text(until, .milliseconds))",
          "status":{"state":"active"}},
         {"id":"x","comment":"somebody's own","endsAt":"2027-01-01T00:00:00Z","status":{"state":"active"}},
         {"id":"y","comment":"[thinai n-01 gone]","endsAt":"2027-01-01T00:00:00Z","status":{"state":"expired"}}]
        """
      server.answer("GET silences", with: .answered(status: 200, body: Array(there.utf8)))
      #expect(looked(other, server, machine).map(\.method) == ["POST", "GET"])
      _ = try node.engine.alarms.act(.unshelve(note: ""), on: id, by: "trực", at: Clock.realtimeNanos())
      #expect(looked(other, server, machine).last?.path == "silence/s%2F1")
      #expect(looked(other, server, machine).isEmpty)
    }
  }

  @Test func whatFailsIsTriedAgain() throws {
    try withAlarm { _, channel, server, machine in
      server.answer("POST alerts", with: .answered(status: 500, body: []))
      machine.advance(nanos: Nanos.perSecond)
      let (waitNanos, outcome) = channel.tend { false }
      #expect(waitNanos == 15 * Nanos.perSecond && outcome == .failed("it answered 500"))
      server.answer("POST alerts", with: nil)
      #expect(looked(channel, server, machine, after: 16).first?.path == "alerts")
    }
  }

  @Test(arguments: [("a", true), ("_a1", true), ("", false), ("1a", false), ("a-b", false), ("é", false)])
  func labelsHaveNames(name: String, isOne: Bool) { #expect(AlertmanagerAlert.isLabel(name) == isOne) }

  @Test func aSilenceThatIsGoneIsGone() {
    let server = ScriptedAlertmanager()
    let client = AlertmanagerClient(settings: Self.settings(), transport: server) { false }
    server.answer("DELETE silence/a", with: .answered(status: 404, body: []))
    #expect(throws: Never.self) { try client.expire("a") }
    server.answer("DELETE silence/a", with: .failed("no"))
    #expect(throws: AlertmanagerClient.Fault.self) { try client.expire("a") }
  }
}
