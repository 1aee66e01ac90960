import Alerts
import Lagoon
import Primitives
import Testing

@testable import Node

@Suite struct AlertRuleFilesTests {
  private let rule = """
    rules:
      - name: r
        severity: warning
        measurement: weather
        field: rain_mm
        aggregate: sum
        over: 1h
        above: 50
        message: "{name}"
    """

  @Test func aRuleIsRead() throws {
    let scratch = try ScratchDirectory()
    let path = try scratch.write(
      rule + "\n    for: 5m\n    per: area\n    area: \"52\"\n    clear_below: 40\n", to: "a.yaml")
    let found = try #require(try AlertRuleFiles.rules(path).first)
    #expect(found.holdNanos == 5 * Nanos.perMinute && found.scope == .area && found.filter.area == "52")
    guard case .threshold(let threshold) = found.kind else {
      Issue.record("it is no threshold")
      return
    }
    #expect(threshold.isAbove && threshold.bound == 50 && threshold.clearBound == 40)
    #expect(threshold.windowNanos == Nanos.perHour)
    #expect(found.resolvedMessage.text([.name: "x"]) == "resolved: x")
  }

  @Test func aFoldersFilesAreReadByName() throws {
    let scratch = try ScratchDirectory()
    _ = try scratch.write(rule.replacing("name: r", with: "name: second"), to: "b.yaml")
    _ = try scratch.write(rule, to: "a.yaml")
    _ = try scratch.write("no rules", to: "readme.txt")
    #expect(try AlertRuleFiles.rules(scratch.path).map(\.name) == ["r", "second"])
  }

  @Test func theRulesThatComeAlongAreGood() throws {
    let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let rules = try AlertRuleFiles.rules("/\(here)/configs/alerts")
    #expect(rules.count == 13)
    #expect(Set(rules.map(\.name)).count == 13)
  }

  @Test(arguments: [
    ("name: r", "name: r r", "rules[0].name"), ("severity: warning", "severity: hot", "hot is none of"),
    ("over: 1h", "over: 30s", "30s is no step"), ("over: 1h", "over: 8d", "more than 7d"),
    ("above: 50", "above: nan", "nan is no number"), ("above: 50", "over2: 50", "either above or below"),
    ("above: 50", "above: 50\n    clear_below: 51", "would end at once"),
    ("above: 50", "above: 50\n    below: 3", "either above or below"),
    ("above: 50", "above: 50\n    clear_above: 3", "no such key"),
    ("above: 50", "above: 50\n    per: village", "village is none of"),
    ("above: 50", "above: 50\n    for: soon", "soon is no length of time"),
    ("above: 50", "above: 50\n    silence: { after: 5m }", "no such key"),
    ("\"{name}\"", "\"{nme}\"", "{nme} is none of"), ("aggregate: sum", "aggregate: total", "total is none of"),
  ])
  func faultsAreNamed(old: String, new: String, wanted: String) throws {
    let scratch = try ScratchDirectory()
    #expect(rule.contains(old))
    let path = try scratch.write(rule.replacing(old, with: new), to: "a.yaml")
    let error = #expect(throws: ConfigurationError.self) { try AlertRuleFiles.rules(path) }
    let text = error?.description ?? ""
    #expect(text.contains(wanted) && text.hasPrefix("cannot read configuration \(path) line "), "\(text)")
  }

  @Test func silenceHasItsOwnKeys() throws {
    let scratch = try ScratchDirectory()
    func kind(_ silence: String) throws -> AlertRule.Kind? {
      let path = try scratch.write(
        "rules:\n  - { name: s, severity: error, silence: \(silence), class: camera, message: m }\n", to: "s.yaml")
      return try AlertRuleFiles.rules(path).first?.kind
    }
    #expect(try kind("{ after: 10m }") == .silence(AlertSilence(afterNanos: 10 * Nanos.perMinute)))
    #expect(try kind("{}") == .silence(AlertSilence(intervals: 3)))
    #expect(try kind("{ intervals: 10 }") == .silence(AlertSilence(intervals: 10)))
    #expect(throws: ConfigurationError.self) { try kind("{ after: 10m, intervals: 10 }") }
    #expect(throws: ConfigurationError.self) { try kind("{ since: 10m }") }
    #expect(throws: ConfigurationError.self) { try kind("10m") }
  }
}
