import API
import Alerts
import Lagoon
import Node
import Primitives

/// A running engine's alert rules as the HTTP interface sees and changes them.
struct EngineRuleModel: RuleModel {
  let desk: RuleDesk

  var rules: [AlertRule] { desk.rules }

  func change(
    _ bytes: [UInt8]?, file: String?, isTrial: Bool, on view: LagoonView, over span: Range<UnixNanos>
  ) throws(RuleRefusal) -> RuleReport {
    try desk.change(bytes, file: file, isTrial: isTrial, on: view, over: span)
  }
}
