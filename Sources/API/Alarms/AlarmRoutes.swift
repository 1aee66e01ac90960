import Access
import Alerts
import HTTPTypes
import Lagoon
import Primitives
import Text

extension APIRoute {
  static let alarms = APIRoute(
    "/v1/alarms",
    Parameter.optional("state", "area", "class", "severity", "rule", "from", "to", "limit", "cursor"),
    access: .permitted(.read), weighs: { _ in .page }
  ) { call in
    let range = try call.parameters.range()
    let question = AlarmsQuestion(
      state: try call.parameters.choice("state", of: AlarmState.self), area: call.parameters.text("area"),
      deviceClass: call.parameters.text("class"), severity: try call.alarmSeverity(),
      rule: call.parameters.text("rule"), from: range.from, to: range.to, limit: try call.parameters.limit(),
      cursor: try call.parameters.cursor { AlarmsQuestion.Place($0) })
    try call.require(DeviceFilter(deviceClass: question.deviceClass, area: question.area))
    let (page, next) = question.run(call.seenAlarms(in: question.state), at: call.model.now, call.directory)
    let heldBytes = page.reduce(0) { $0 + 512 + $1.message.utf8.count + $1.children.count * 24 }
    return APIAnswer(
      json: JSONPieces(heldBytes: heldBytes, count: page.count) { json in
        json.name("alarms")
      } tail: { json in
        json.name("next")
        json.stringOrNull(next)
      } element: { index, json in
        json.alarm(page[index])
      })
  }

  static let alarm = APIRoute("/v1/alarms/{id}", access: .permitted(.read), weighs: { _ in .page }) { call in
    let seen = try call.seenAlarm()
    return APIAnswer { json in
      json.alarm(seen.alarm)
      json.history(seen.alarm)
    }
  }

  static let acknowledge = deed("acknowledge", ["note"]) { request throws(APIProblem) in
    .acknowledge(note: try request.note)
  }

  static let shelve = deed("shelve", ["until", "note"]) { request throws(APIProblem) in
    .shelve(until: try request.time("until"), note: try request.note)
  }

  static let unshelve = deed("unshelve", ["note"]) { request throws(APIProblem) in
    .unshelve(note: try request.note)
  }

  static let note = deed("note", ["note"]) { request throws(APIProblem) in .note(try request.note) }

  /// One that does something to an alarm, and answers with it.
  private static func deed(
    _ name: String, _ members: Set<String>,
    _ read: @escaping @Sendable (AlarmRequest) throws(APIProblem) -> AlarmBook.Deed
  ) -> APIRoute {
    APIRoute(
      "/v1/alarms/{id}/\(name)", access: .permitted(.operate), methods: [.post],
      body: .whole(limitBytes: Limits.alarmRequestBytes)
    ) { call in
      let id = call.id ?? ""
      // What nobody may see is not there, whatever is asked of it.
      if !(try call.seenAlarm().isWhole) {
        throw APIProblem.forbidden("/v1/alarms/\(id)", "its cause lies outside of what \(call.grant.name) may see")
      }
      let deed = try read(try AlarmRequest(call.body, allowed: members))
      let alarm: Alarm
      do throws(AlarmFault) {
        guard let model = call.model.alarms else { throw .unknown }
        alarm = try model.act(deed, on: id, by: call.grant.name, at: call.model.now)
      } catch {
        throw APIProblem(error, id)
      }
      return APIAnswer { json in
        json.alarm(alarm)
        json.history(alarm)
      }
    }
  }
}

extension APICall {
  func alarmSeverity() throws(APIProblem) -> AlertSeverity? {
    guard let text = parameters.text("severity") else { return nil }
    guard let severity = AlertSeverity(name: text) else {
      let names = AlertSeverity.allCases.map(\.name).joined(separator: ", ")
      throw .badParameter("severity", value: text, cause: "it must be one of \(names)")
    }
    return severity
  }

  /// What of the alarms exists for who asks.
  func seenAlarms(in state: AlarmState?) -> [SeenAlarm] {
    guard let model = model.alarms else { return [] }
    let (lasting, closed) = model.alarms
    let directory = directory
    let all = state == nil ? lasting + closed : state == .closed ? closed : lasting
    return all.compactMap { SeenAlarm($0, within: grant.scope, directory) }
  }

  func seenAlarm() throws(APIProblem) -> SeenAlarm {
    let id = id ?? ""
    guard let alarm = model.alarms?.alarm(id), let seen = SeenAlarm(alarm, within: grant.scope, directory) else {
      throw .notFound("cannot find alarm \(id): there is none")
    }
    return seen
  }
}
