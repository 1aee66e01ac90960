import Alerts
import Foundation
import Lagoon
import Primitives
import Registry
import Sys
import Testing

@testable import Node
@testable import Pipeline

/// Alert rules are replaced by a file at a time, or not at all (`ReplacedFile`).
@Suite struct RuleDeskTests {
  private static let door = """
    rules:
      - { name: door, severity: notice, event: { kind: door.open, clear: door.shut }, message: "{device}: door" }
    """
  private static let heat = """
    rules:
      - name: heat
        severity: warning
        measurement: room
        field: t
        aggregate: max
        over: 5m
        above: 40
        area: "52"
        message: "{device}: {value}"
    """

  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  /// A node whose rules are a folder, or one file.
  private func desk(isFolder: Bool = true, told: Set<String>? = nil) throws -> (RuleDesk, Engine) {
    var configuration = try ConfigurationReader.read(
      "node: n-01\nlisteners: [{name: line, protocol: line, listen: \"[::]:8089\"}]", file: "a.yaml")
    configuration.data = scratch.path + "/data"
    let folder = scratch.path + "/rules"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Self.door.write(toFile: folder + "/door.yaml", atomically: true, encoding: .utf8)
    configuration.alerts.path = isFolder ? folder : folder + "/door.yaml"
    configuration.alerts.rules = try AlertRuleFiles.rules(folder)
    if let told {
      configuration.alerts.webhooks = [WebhookSettings(name: "ioc", url: "http://127.0.0.1:9/", secret: [1])]
      configuration.alerts.webhooks[0].choice.rules = told
    }
    let engine = try Engine(configuration, registry: .empty)
    return (RuleDesk(engine), engine)
  }

  private func change(
    _ text: String?, _ desk: RuleDesk, _ engine: Engine, file: String? = nil, isTrial: Bool = false
  ) throws(RuleRefusal) -> RuleReport {
    try desk.change(
      text.map { Array($0.utf8) }, file: file, isTrial: isTrial, on: engine.view(), over: 0..<Nanos.perDay)
  }

  @Test func aFileOfAFolderIsReplaced() throws {
    let (desk, engine) = try desk()
    let trial = try change(Self.heat, desk, engine, file: "heat.yaml", isTrial: true)
    #expect(trial.entries.map(\.rule.name) == ["door", "heat"])
    #expect(trial.entries.map(\.change) == [.same, .added] && trial.removed.isEmpty)
    #expect(trial.entries.allSatisfy { $0.outcome?.firings == 0 && $0.fault == nil })
    #expect(
      trial.entries[1].warnings == [
        "rule heat: the registry has no area 52", "rule heat: no row of measurement room is stored",
      ])
    #expect(desk.rules.map(\.name) == ["door"] && !FileSystem.exists(scratch.path + "/rules/heat.yaml"))
    let report = try change(Self.heat, desk, engine, file: "heat.yaml")
    #expect(report.entries.map(\.change) == [.same, .added] && report.entries.allSatisfy { $0.outcome == nil })
    #expect(desk.rules.map(\.name) == ["door", "heat"])
    #expect(try String(contentsOfFile: scratch.path + "/rules/heat.yaml", encoding: .utf8) == Self.heat)
    let changed = try change(
      Self.heat.replacingOccurrences(of: "40", with: "41"), desk, engine, file: "heat.yaml")
    #expect(changed.entries.map(\.change) == [.same, .changed])
    #expect(try change("rules: []", desk, engine, file: "door.yaml").removed == ["door"])
    #expect(try AlertRuleFiles.rules(scratch.path + "/rules").map(\.name) == ["heat"])
  }

  @Test func theFilesAreReadAnewWithoutABody() throws {
    let (desk, engine) = try desk(isFolder: false)
    try Self.heat.write(toFile: scratch.path + "/rules/door.yaml", atomically: true, encoding: .utf8)
    #expect(try change(nil, desk, engine, isTrial: true).removed == ["door"])
    #expect(desk.rules.map(\.name) == ["door"])
    #expect(try change(nil, desk, engine).entries.map(\.change) == [.added])
    #expect(desk.rules.map(\.name) == ["heat"])
  }

  @Test func whatMakesNoRulesChangesNothing() throws {
    let (desk, engine) = try desk(told: ["door"])
    for (text, file) in [
      ("rules: [{name: x}]", "heat.yaml"), ("rules: 1", "heat.yaml"), ("\u{1}", "heat.yaml"),
      // The same name in two files; a receiver without its rule.
      (Self.door, "heat.yaml"), ("rules: []", "door.yaml"),
    ] {
      #expect(throws: RuleRefusal.self) { try change(text, desk, engine, file: file) }
    }
    for file in [nil, "heat", "../heat.yaml", "a/b.yaml", ".yaml", "heat.yaml\u{0}"] {
      #expect(throws: RuleRefusal.self) { try change(Self.heat, desk, engine, file: file) }
    }
    #expect(desk.rules.map(\.name) == ["door"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/rules") == ["door.yaml"])
  }

  @Test func oneFileHasNoOther() throws {
    let (desk, engine) = try desk(isFolder: false)
    #expect(throws: RuleRefusal.self) { try change(Self.heat, desk, engine, file: "heat.yaml") }
    #expect(try change(Self.heat, desk, engine).removed == ["door"])
  }
}
