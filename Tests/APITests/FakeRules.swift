import API
import Alerts
import Lagoon
import Primitives
import Rollups

/// One rule, whatever it is replaced by.
struct FakeRules: RuleModel {
  var rules: [AlertRule] {
    guard let over = Step("5m"), let message = try? AlertMessage("{device}: {value}") else { return [] }
    let threshold = AlertThreshold(
      measurement: "room", field: "t", aggregate: .maximum, over: over, isAbove: true, bound: 40)
    return [
      AlertRule(
        name: "heat", severity: .warning, kind: .threshold(threshold), message: message, resolvedMessage: message)
    ]
  }

  func change(
    _ bytes: [UInt8]?, file: String?, isTrial: Bool, on view: LagoonView, over span: Range<UnixNanos>
  ) throws(RuleRefusal) -> RuleReport {
    switch bytes.map({ String(decoding: $0, as: UTF8.self) }) {
    case nil: return RuleReport(from: [], to: rules)
    case "bad": throw .unusable("a.yaml:1: it is no rule")
    case "busy": throw .busy
    default:
      var old = rules
      old[0].name = "old"
      var report = RuleReport(from: old, to: rules)
      var outcome = TrialOutcome()
      outcome.firings = 3
      report.entries[0].outcome = outcome
      return report
    }
  }
}
