import API
import Alerts
import Node
import Primitives

/// A running engine's alarms as the HTTP interface sees and changes them.
struct EngineAlarmModel: AlarmModel {
  let desk: AlarmDesk

  var alarms: (lasting: [Alarm], closed: [Alarm]) { desk.alarms }
  func alarm(_ id: String) -> Alarm? { desk.alarm(id) }

  func act(
    _ deed: AlarmBook.Deed, on id: String, by name: String, at now: UnixNanos
  ) throws(AlarmFault) -> Alarm {
    try desk.act(deed, on: id, by: name, at: now)
  }

  var windows: [MaintenanceWindow] { desk.windows }

  func plan(
    _ subject: MaintenanceWindow.Subject, from: UnixNanos, to: UnixNanos, note: String, by name: String
  ) throws(AlarmFault) -> MaintenanceWindow {
    try desk.plan(subject, from: from, to: to, note: note, by: name)
  }

  func cancel(_ id: String, at now: UnixNanos) throws(AlarmFault) { try desk.cancel(id, at: now) }
}
