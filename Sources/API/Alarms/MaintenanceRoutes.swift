import Access
import Alerts
import HTTPTypes
import Lagoon
import Primitives
import Registry
import Text

/// Planned work.
extension APIRoute {
  static let maintenance = APIRoute(
    "/v1/maintenance", access: .changed(read: .read, change: .operate), methods: [.get, .head, .post],
    weighs: { _ in .page }, body: .whole(limitBytes: Limits.alarmRequestBytes)
  ) { call in
    if call.method != .post {
      let windows = (call.model.alarms?.windows ?? []).filter { call.mayKnow($0) }.sorted {
        ($0.from, $0.id) < ($1.from, $1.id)
      }
      return APIAnswer { json in
        json.name("maintenance")
        json.array { json in for window in windows { json.object { json in json.window(window) } } }
      }
    }
    let window = try call.plan()
    var answer = APIAnswer { $0.window(window) }
    answer.status = .created
    return answer
  }

  static let maintenanceWindow = APIRoute(
    "/v1/maintenance/{id}", access: .permitted(.operate), methods: [.delete], weighs: { _ in .page }
  ) { call in
    let id = call.id ?? ""
    do throws(AlarmFault) {
      guard let model = call.model.alarms, let window = model.windows.first(where: { $0.id == id }),
        call.mayChange(window.subject)
      else { throw .unknown }
      try model.cancel(id, at: call.model.now)
    } catch {
      throw APIProblem(error, id)
    }
    return APIAnswer(bytes: [], contentType: "application/json", status: .noContent)
  }
}

extension APICall {
  fileprivate func plan() throws(APIProblem) -> MaintenanceWindow {
    let request = try AlarmRequest(body, allowed: ["device", "area", "class", "from", "to", "note"])
    var subjects: [MaintenanceWindow.Subject] = []
    if let id = try request.text("device") { subjects.append(.device(id.composed)) }
    if let code = try request.text("area") { subjects.append(.area(code)) }
    if let name = try request.text("class") { subjects.append(.deviceClass(name)) }
    guard subjects.count == 1, let subject = subjects.first else {
      throw AlarmRequest.bad("one of device, area and class must be there")
    }
    try require(subject)
    let (from, to) = (try request.time("from"), try request.time("to"))
    guard from < to else { throw AlarmRequest.bad("to is not after from") }
    let (length, overflow) = to.subtractingReportingOverflow(from)
    if overflow || length > Limits.longestMaintenanceNanos { throw AlarmRequest.bad("it would last for over a year") }
    let note = try request.note
    do throws(AlarmFault) {
      guard let model = model.alarms else { throw .unknown }
      return try model.plan(subject, from: from, to: to, note: note, by: grant.name)
    } catch {
      throw APIProblem(error, "maintenance")
    }
  }

  /// What nobody knows is worked at by nobody.
  private func require(_ subject: MaintenanceWindow.Subject) throws(APIProblem) {
    switch subject {
    case .device(let id):
      guard directory.device(id) != nil, mayChange(subject) else {
        throw .notFound("cannot plan work at device \(id): the registry does not know it")
      }
    case .area(let code): try require(DeviceFilter(area: code))
    case .deviceClass(let name): try require(DeviceFilter(deviceClass: name))
    }
    if !mayChange(subject) {
      throw .forbidden("/v1/maintenance", "\(grant.name) may not plan work at all of \(subject.named.value)")
    }
  }

  /// Whether all of it is in their scope.
  fileprivate func mayChange(_ subject: MaintenanceWindow.Subject) -> Bool {
    let scope = grant.scope
    if scope.isEverything { return true }
    switch subject {
    case .device(let id): return scope.takes(id, at: model.now, directory: directory)
    case .area(let code):
      guard scope.domains.isEmpty, scope.agencies.isEmpty else { return false }
      return scope.areas.contains { directory.isArea(code, within: $0, at: model.now) }
    case .deviceClass: return false
    }
  }

  /// Whether it concerns anything of theirs.
  fileprivate func mayKnow(_ window: MaintenanceWindow) -> Bool {
    if mayChange(window.subject) { return true }
    switch window.subject {
    case .device: return false
    // Their own area may lie within.
    case .area(let code): return grant.scope.areas.contains { directory.isArea($0, within: code, at: model.now) }
    case .deviceClass(let name): return directory.names(within: grant.scope).classes.contains(name)
    }
  }
}
