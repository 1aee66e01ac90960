import Access
import Alerts
import Lagoon
import Primitives
import Text

/// Alarms for readers of the Common Alerting Protocol.
extension APIRoute {
  /// Those that last and are not set aside, and for a day those that are over: as a feed of Atom.
  static let alarmsCAP = APIRoute(
    "/v1/alarms.cap", Parameter.optional("area", "class", "severity", "rule", "limit", "cursor"),
    access: .permitted(.read), weighs: { _ in .page }
  ) { call in
    let now = call.model.now
    let (dayBefore, isBeyond) = now.subtractingReportingOverflow(Nanos.perDay)
    let question = AlarmsQuestion(
      state: nil, area: call.parameters.text("area"), deviceClass: call.parameters.text("class"),
      severity: try call.alarmSeverity(), rule: call.parameters.text("rule"), from: isBeyond ? nil : dayBefore, to: nil,
      limit: try call.parameters.limit(), cursor: try call.parameters.cursor { AlarmsQuestion.Place($0) })
    try call.require(DeviceFilter(deviceClass: question.deviceClass, area: question.area))
    let shown = call.seenAlarms(in: nil).filter { $0.alarm.closed != nil || $0.alarm.shelf == nil }
    let (page, next) = question.run(shown, at: now, call.directory)
    let messages = page.map { CAPMessage($0, sender: call.model.node, call.directory) }
    let heldBytes = page.reduce(0) { $0 + 1_024 + $1.message.utf8.count + $1.history.count * 64 }
    let head = CAPFeedHead(
      node: call.model.node, updated: messages.map(\.sent).max() ?? now, question: question, next: next)
    let pieces = HTMLPieces(heldBytes: heldBytes, rowCount: page.count, pieces: page.count + 2) { piece, xml in
      switch piece {
      case 0: head.write(to: &xml)
      case ..<(messages.count + 1): messages[piece - 1].writeEntry(to: &xml)
      default: xml.markup("</feed>\n")
      }
    }
    return APIAnswer(pieces, contentType: "application/atom+xml; charset=utf-8")
  }

  static let alarmCAP = APIRoute("/v1/alarms/{id}/cap", access: .permitted(.read), weighs: { _ in .page }) { call in
    let message = CAPMessage(try call.seenAlarm().alarm, sender: call.model.node, call.directory)
    var xml = HTMLWriter()
    xml.markup("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
    message.write(to: &xml)
    return APIAnswer(bytes: xml.bytes, contentType: "application/cap+xml; charset=utf-8")
  }
}

/// What stands at the beginning of a feed.
private struct CAPFeedHead: Sendable {
  var node: String
  var updated: UnixNanos
  var question: AlarmsQuestion
  var next: String?

  func write(to xml: inout HTMLWriter) {
    xml.markup(
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"vi\">")
    xml.element("id", "urn:thinai:\(node):alarms")
    xml.element("title", "Cảnh báo của \(node)")
    xml.element("updated", RFC3339.text(updated, .milliseconds))
    xml.markup("<author>")
    xml.element("name", node)
    xml.markup("</author>")
    xml.element("generator", "ThiNai")
    link("self", address(cursor: question.cursor?.text), &xml)
    if let next { link("next", address(cursor: next), &xml) }
    xml.markup("\n")
  }

  private func link(_ relation: StaticString, _ address: String, _ xml: inout HTMLWriter) {
    xml.markup("<link rel=\"")
    xml.markup(relation)
    xml.markup("\" type=\"application/atom+xml\" href=\"")
    xml.text(address)
    xml.markup("\"/>")
  }

  /// The same question, at that page.
  private func address(cursor: String?) -> String {
    let given: [(String, String?)] = [
      ("area", question.area), ("class", question.deviceClass), ("severity", question.severity?.name),
      ("rule", question.rule), ("limit", "\(question.limit)"), ("cursor", cursor),
    ]
    let query = given.compactMap { name, value in value.map { "\(name)=\(PercentCoding.encode($0))" } }
    return "/v1/alarms.cap?" + query.joined(separator: "&")
  }
}
