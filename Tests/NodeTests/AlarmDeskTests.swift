import Alerts
import Foundation
import Lagoon
import Mutation
import Primitives
import Registry
import Synchronization
import Sys
import Testing
import Text

@testable import Intake
@testable import Node
@testable import Pipeline

/// Alarms over restarts, in a node that takes its steps in turns on a machine that the test makes up.
@Suite struct AlarmDeskTests {
  private final class Receiver: WebhookTransport {
    func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? { nil }
    func close() {}
  }

  private static let rules = """
    rules:
      - name: link
        severity: error
        event: { kind: link.down, clear: link.up, key: [device, port] }
        message: "{device}: {port}"
      - name: door
        severity: notice
        event: { match: { message: "door (open|forced)", app: gate }, clear_after: 1h }
        message: "{device}: door"
    """

  private func configuration() throws -> Configuration {
    let scratch = try ScratchDirectory()
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = "/data"
    configuration.alerts.rules = try AlertRuleFiles.rules(try scratch.write(Self.rules, to: "rules.yaml"))
    return configuration
  }

  private func tell(_ kind: String, _ message: String, _ attributes: String, _ node: EngineInTurns) {
    let outcome = node.engine.pipeline.events.tell(
      InternalEvent(
        time: Clock.realtimeNanos(), device: "sw", severity: "error", kind: kind, message: message,
        attributes: attributes))
    #expect(outcome == .stored)
  }

  @Test func alarmsAndWhatPeopleDidSurviveRestarts() throws {
    let configuration = try configuration()
    let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
    try machine.run {
      func start() throws -> EngineInTurns {
        try EngineInTurns(configuration, registry: .empty, transport: Receiver())
      }
      // Each run of the node is killed where it stands.
      var random = SeededRandom(1)
      func kill() {
        machine.disk.kill(afterCalls: 0)
        machine.disk.restart(after: .process, using: &random)
      }
      let (id, window) = try begin(try start(), machine)
      kill()
      try goOn(try start(), id, window, machine)
      kill()
      let node = try start()
      #expect(node.engine.alarms.alarms.closed.map(\.id) == [id])
      #expect(node.engine.alarms.alarms.lasting.count == 2 && node.engine.warnings.isEmpty)
      // Every change is a row of the table.
      let rows = try LatestQuery(measurement: AlarmRow.measurement, limit: 10).run(
        on: node.engine.view(), directory: EmptyDirectory(), cache: NewestRowsCache())
      #expect(rows.rows.first?.text("state") == "closed" && rows.rows.first?.text("alarm") == id)
      // A rule that is gone takes its alarms along.
      node.engine.reload(rules: configuration.alerts.rules.filter { $0.name == "door" })
      node.watch()
      #expect(node.engine.alarms.alarms.lasting.map(\.key.rule) == ["door"])
      #expect(node.engine.alarms.alarms.closed.last?.cause == "the rule is gone")
    }
  }

  /// Three alarms, one of them acknowledged, and planned work.
  private func begin(
    _ node: EngineInTurns, _ machine: SimulatedMachine
  ) throws -> (id: String, window: MaintenanceWindow) {
    node.watch()
    for port in [2, 3] { tell("link.down", "down", #"{"port.\#(port)":\#(port)}"#, node) }
    tell("link.down", "down again", #"{"port.3":3}"#, node)
    tell("syslog", "a door forced", #"{"app":"gate"}"#, node)
    tell("syslog", "a door forced", #"{"app":"other"}"#, node)
    machine.advance(nanos: 5 * Nanos.perSecond)
    node.watch()
    let desk: AlarmDesk = node.engine.alarms
    let lasting = desk.alarms.lasting.sorted { $0.message < $1.message }
    #expect(lasting.map(\.message) == ["sw: 2", "sw: 3", "sw: door"] && lasting.map(\.count) == [1, 2, 1])
    let id = try #require(lasting.first?.id)
    _ = try desk.act(.acknowledge(note: "n"), on: id, by: "an", at: Clock.realtimeNanos())
    let window = try desk.plan(.area("52"), from: 0, to: .max, note: "", by: "an")
    // Looked at twice, it means nothing more.
    node.watch()
    #expect(desk.alarm(id)?.count == 1)
    return (id, window)
  }

  private func goOn(
    _ node: EngineInTurns, _ id: String, _ window: MaintenanceWindow, _ machine: SimulatedMachine
  ) throws {
    let desk = node.engine.alarms
    #expect(desk.alarm(id)?.acknowledgement?.by == "an")
    #expect(desk.windows == [window] && desk.alarms.lasting.count == 3)
    node.watch()
    tell("link.up", "up", #"{"port.2":2}"#, node)
    machine.advance(nanos: 5 * Nanos.perSecond)
    node.watch()
    #expect(desk.alarm(id)?.state == .closed)
    #expect(throws: AlarmFault.closed) {
      try desk.act(.note("x"), on: id, by: "an", at: Clock.realtimeNanos())
    }
  }

  /// Keeps what was posted.
  private final class Listening: WebhookTransport {
    let bodies = Mutex<[String]>([])
    func post(_ post: WebhookPost, isStopping: @escaping @Sendable () -> Bool) -> String? {
      bodies.withLock { $0.append(String(decoding: post.body, as: UTF8.self)) }
      return nil
    }
    func close() {}
    func told(_ state: String) -> Int {
      bodies.withLock { bodies in Set(bodies.filter { $0.contains("\"state\":\"\(state)\"") }).count }
    }
  }

  /// Killed in the place of any call of the look that closes an alarm: whoever was told of its begin is told of its end.
  @Test func anEndIsToldWhereverTheNodeIsKilled() throws {
    var configuration = try configuration()
    configuration.alerts.webhooks = [WebhookSettings(name: "ioc", url: "http://ioc.invalid/", secret: [1])]
    for calls in 0..<60 {
      let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
      let receiver = Listening()
      try machine.run {
        var random = SeededRandom(UInt64(calls))
        let node = try EngineInTurns(configuration, registry: .empty, transport: receiver)
        node.watch()
        tell("link.down", "down", #"{"port.2":2}"#, node)
        machine.advance(nanos: 5 * Nanos.perSecond)
        node.watch()
        node.deliver()
        #expect(receiver.told("firing") == 1)
        tell("link.up", "up", #"{"port.2":2}"#, node)
        machine.advance(nanos: 5 * Nanos.perSecond)
        machine.disk.kill(afterCalls: calls)
        node.watch()
        machine.disk.kill(afterCalls: 0)
        machine.disk.restart(after: .process, using: &random)
        let next = try EngineInTurns(configuration, registry: .empty, transport: receiver)
        for _ in 0..<3 {
          machine.advance(nanos: 5 * Nanos.perSecond)
          next.watch()
          next.deliver()
        }
        #expect(next.engine.alarms.alarms.lasting.isEmpty, "\(calls)")
        #expect(receiver.told("resolved") == 1, "\(calls)")
      }
    }
  }

  @Test func wordsAreThoseOfTheRuleAndTheEvent() throws {
    let scratch = try ScratchDirectory()
    let rules = try AlertRuleFiles.rules(try scratch.write(Self.rules, to: "r.yaml"))
    let directory = RegistryDirectory(.empty, history: DeviceHistory(), zone: .fixed(offsetSeconds: 0))
    #expect(!EventLook(rules, directory: directory).isEmpty && EventLook([], directory: directory).isEmpty)
    let wording = AlarmWording(
      node: "n", directory: directory, now: 1_000, rules: ["link": rules[0]], stormMessage: nil)
    guard case .event(let pattern) = rules[0].kind else {
      Issue.record("it is no event")
      return
    }
    let event = SeenEvent(
      time: 5, device: "sw", kind: "link.down", message: "", attributes: try JSONReader.read(#"{"port.7":7}"#))
    let condition = wording.condition(event, pattern, of: rules[0])
    #expect(condition.message == "sw: 7" && condition.key.values == ["7"] && condition.since == 5)
    #expect(wording.ending(event, of: rules[0]) == "resolved: sw: 7" && wording.storm("", 30).hasPrefix("n: 30"))
    var alarm = Alarm(
      id: AlarmWording.id("n", condition.key, 5), key: condition.key, kind: .event, severity: .error, opened: 5,
      message: condition.message)
    let begin = try #require(wording.notice(AlarmChange(.opened, alarm)))
    #expect(begin.attributes.state == "firing" && begin.attributes.alarm == alarm.id && begin.device == "sw")
    // Whose begin nobody was told of, or whom another tells of, has no end.
    #expect(wording.notice(AlarmChange(.closed, alarm)) == nil && wording.notice(AlarmChange(.taken, alarm)) == nil)
    alarm.isTold = true
    let end = try #require(wording.notice(AlarmChange(.closed, alarm)))
    #expect(end.attributes.state == "resolved" && end.id != begin.id && end.order == begin.order)
  }

  @Test func aRowComesBack() throws {
    var alarm = Alarm(
      id: "1", key: AlarmKey(rule: "r", scope: .device, subject: "d"), kind: .bound, severity: .error, opened: 5,
      message: "m")
    alarm.value = 1.5
    let row = AlarmRow(AlarmChange(.opened, alarm), node: "n")
    #expect(AlarmRow(json: try JSONReader.read(row.json.bytes)) == row)
    #expect(row.device == "d" && row.texts["change"] == "opened" && row.numbers["value"] == 1.5)
    alarm.key = AlarmKey(rule: "r", scope: .area, subject: "52")
    #expect(AlarmRow(AlarmChange(.taken, alarm), node: "n").device == "n")
  }

  @Test func contentOfTheVersionBeforeIsRead() throws {
    let old = try JSONReader.read(
      #"{"firing":[{"rule":"r","scope":"device","severity":"error","subject":"d","since":7}],"untold":[]}"#)
    let content = try AlarmContent(json: old)
    var book = AlarmBook { key, time in "\(key.text)@\(time)" }
    for alert in content.firing { book.adopt(alert) }
    // It was told: nothing is told again, and its end will be.
    #expect(book.takeChanges().isEmpty && book.alarms.values.first?.isTold == true)
    book.clear(AlarmKey(rule: "r", scope: .device, subject: "d"), at: 9)
    #expect(book.takeChanges().map(\.what) == [.closed])
    let empty = try AlarmContent(json: try JSONReader.read(AlarmContent().json.bytes))
    #expect(empty == AlarmContent())
  }

  @Test func closedAlarmsAreReadAsFarAsTheyAreWhole() throws {
    let scratch = try ScratchDirectory()
    func alarm(_ id: String) -> Alarm {
      var alarm = Alarm(
        id: id, key: AlarmKey(rule: "r", scope: .all, subject: ""), kind: .event, severity: .notice, opened: 1,
        message: "ü\n")
      alarm.closed = 2
      return alarm
    }
    var closed = ClosedAlarms(data: scratch.path)
    try closed.load()
    try closed.append([alarm("a"), alarm("b")])
    try closed.append([alarm("b"), alarm("c")])
    func read() throws -> ClosedAlarms {
      var found = ClosedAlarms(data: scratch.path)
      try found.load()
      return found
    }
    #expect(try read().alarms == [alarm("a"), alarm("b"), alarm("c")])
    let file = URL(fileURLWithPath: closed.path)
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    let damaged = try read()
    #expect(damaged.alarms.map(\.id) == ["a", "c"] && damaged.damaged == 1)
    try bytes.dropLast(3).write(to: file)
    // What a crash cut off is no line, and nothing is appended to it.
    var cut = try read()
    #expect(cut.alarms.map(\.id) == ["a"])
    try cut.append([alarm("d")])
    #expect(try read().alarms.map(\.id) == ["a", "d"])
  }

  @Test func eventsAreSeenOnce() throws {
    var seen = SeenEvents()
    seen.settle(10)
    let before = seen
    let inserted = (0..<2).map { _ in seen.insert("x", version: 12) }
    #expect(inserted == [true, false])
    #expect(before.isWorthKeeping(seen) && !seen.isWorthKeeping(seen))
    #expect(SeenEvents(json: try JSONReader.read(seen.json.bytes)) == seen)
    seen.settle(13)
    let isNew = seen.insert("x", version: 14)
    #expect(isNew)
    var later = before
    later.settle(70_000)
    #expect(before.isWorthKeeping(later))
  }

  @Test(arguments: [
    "{ kind: a }", "{ clear: b, clear_after: 1h }", "{ kind: a, clear: a }",
    "{ kind: a, clear: b, key: [device, device] }",
    "{ kind: a, match: { message: x }, clear_after: 1h }", "{ match: { message: \"(\" }, clear_after: 1h }",
    "{ kind: a, clear: b, x: 1 }", "{ kind: a, clear: b, key: [port], explains_silence: true }",
    "{ kind: a, clear: b, explains_silence: perhaps }", "{ kind: a, clear_after: 1ms }",
  ]) func anEventThatMakesNoSenseIsRefused(_ event: String) throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(
      "rules:\n  - name: r\n    severity: error\n    message: m\n    event: \(event)\n", to: "r.yaml")
    // EventPatternFiles says what is wrong with it.
    #expect(throws: (any Error).self) { try AlertRuleFiles.rules(path) }
  }
}
