import Alerts
@testable import Lagoon
import Primitives
import Registry
import Sys
import Testing

@testable import Node

/// What rules would have told over what a directory holds, and which of their names are nobody's.
@Suite struct AlertTrialTests {
  private final class Nobody: WebhookTransport {
    func post(_ post: WebhookPost, isStopping: @Sendable () -> Bool) -> String? { nil }
    func close() {}
  }

  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func rules(_ text: String) throws -> [AlertRule] {
    try AlertRuleFiles.rules(try scratch.write(text, to: "rules.yaml"))
  }

  private static func threshold(_ name: String, _ keys: String) -> String {
    "  - { name: \(name), severity: warning, aggregate: max, over: 1m, above: 50, message: x, \(keys) }\n"
  }

  private func configuration() throws -> Configuration {
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = "/data"
    return configuration
  }

  @Test func aRuleIsTriedOnWhatIsStored() throws {
    let rules = try rules(
      "rules:\n" + Self.threshold("hot", "measurement: weather, field: t")
        + Self.threshold("text", "measurement: weather, field: s")
        + Self.threshold("none", "measurement: weather, field: u")
        + Self.threshold("nowhere", "measurement: wind, field: t"))
    let configuration = try configuration()
    let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)
    try machine.run {
      let begin = machine.realtimeNanos
      let trial = { try AlertTrial(configuration, registry: .empty, since: Nanos.perHour, now: machine.realtimeNanos) }
      let none = #expect(throws: EngineError.self) { try trial() }
      #expect(none?.description == "cannot try the rules on /data: there are no tables")
      let node = try EngineInTurns(configuration, registry: .empty, transport: Nobody())
      for (minute, value) in [20, 61, 62, 20, 70].enumerated() {
        machine.advance(nanos: 5 * Nanos.perMinute)
        node.take("weather,device=d t=\(value),s=\"x\(minute)\" \(machine.realtimeNanos)")
        node.commit()
      }
      node.seal()
      // A row that is in no part is not looked at, and is told of.
      machine.advance(nanos: 5 * Nanos.perMinute)
      node.take("weather,device=d t=99 \(machine.realtimeNanos)")
      node.commit()
      let sealed = try trial()
      #expect(sealed.unreadable.isEmpty && sealed.unsealedSegments > 0)
      #expect(sealed.from == machine.realtimeNanos - Nanos.perHour)
      #expect(sealed.to == begin + 25 * Nanos.perMinute + 1, "nobody knows what came after the newest row")
      let hot = sealed.run(rules[0])
      // A minute without a row ends nothing, a value below the bound does.
      #expect(hot.fault == nil && hot.outcome?.firings == 2 && hot.outcome?.subjects == 1)
      #expect(hot.outcome?.highest == 70 && hot.outcome?.lowest == 20)
      #expect(hot.outcome?.first.map { $0 >= begin + 10 * Nanos.perMinute } == true)
      #expect(sealed.warnings(rules[0]).isEmpty)
      #expect(sealed.warnings(rules[1]) == ["rule text: field s of weather holds no numbers"])
      #expect(sealed.warnings(rules[2]) == ["rule none: no row of measurement weather has a field u"])
      #expect(sealed.warnings(rules[3]) == ["rule nowhere: no row of measurement wind is stored"])
      #expect(rules.dropFirst().allSatisfy { sealed.run($0).outcome?.firings == 0 })
      // All of it lies before what was asked for.
      let late = try AlertTrial(configuration, registry: .empty, since: 60, now: machine.realtimeNanos)
      #expect(late.from == late.to && late.run(rules[0]).outcome?.firings == 0)
    }
  }

  @Test func aPartThatCannotBeReadIsAFault() throws {
    let rules = try rules("rules:\n" + Self.threshold("hot", "measurement: weather, field: t"))
    let configuration = try configuration()
    try SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond).run {
      let node = try EngineInTurns(configuration, registry: .empty, transport: Nobody())
      node.take("weather,device=d t=70 \(Clock.realtimeNanos())")
      node.commit()
      node.seal()
      let trial = try AlertTrial(configuration, registry: .empty, since: Nanos.perHour, now: Clock.realtimeNanos() + 1)
      let folder = LagoonNames.tables(in: "/data") + "/weather"
      for path in try TableFolder(folder).parts { try FileSystem.unlink(folder + "/" + path) }
      let answer = trial.run(rules[0])
      #expect(answer.outcome == nil && answer.fault?.hasPrefix("cannot try alert rule hot: ") == true)
    }
  }

  // MARK: names

  private let registry = DeviceRegistry(
    devices: [
      Device(id: "cam", deviceClass: "camera", area: "21550", domain: "traffic", agency: "police"),
      Device(id: "old", deviceClass: "bts", area: "999"),
    ], areas: AreaTree([Area(code: "52"), Area(code: "21550", parent: "52")]))

  @Test(arguments: [
    ("area: \"52\"", nil), ("area: \"21550\"", nil), ("area: \"999\"", nil), ("area: \"7\"", "area 7"),
    ("class: camera", nil), ("class: sensor", "device of class sensor"), ("domain: traffic", nil),
    ("domain: Traffic", "device of domain Traffic"), ("agency: police", nil), ("agency: fire", "device of agency fire"),
    // It may send without being in the registry.
    ("device: stranger", nil),
  ])
  func aNameThatIsNobodysIsTold(keys: String, missing: String?) throws {
    let rule = try #require(try rules("rules:\n" + Self.threshold("r", "measurement: m, field: f, \(keys)")).first)
    let expected = missing.map { ["rule r: the registry has no \($0)"] } ?? []
    #expect(AlertRuleNames(rule, registry: registry).warnings == expected)
  }

  /// Silence is missed only of those who are in the registry.
  @Test func aSilenceOfAStrangerIsNeverMissed() throws {
    for (device, count) in [("stranger", 1), ("cam", 0)] {
      let rule = try #require(
        try rules(
          "rules:\n  - { name: r, severity: warning, silence: { after: 1m }, device: \(device), message: x }\n"
        ).first)
      #expect(AlertRuleNames(rule, registry: registry).warnings.count == count)
    }
    let all = try rules("rules:\n" + Self.threshold("r", "measurement: m, field: f, area: \"7\", class: x, domain: y"))
    #expect(AlertRuleNames(try #require(all.first), registry: .empty).warnings.count == 3)
  }
}
