import API
import Alerts
import Primitives
import Synchronization

/// Alarms in memory: of `sen-1`, of a switch outside of most scopes with `sen-1` under it, and of an area.
final class FakeAlarms: AlarmModel {
  private let state: Mutex<(book: AlarmBook, closed: [Alarm])>

  /// - Parameter closed: more that are over.
  init(closed: [Alarm] = []) {
    var book = AlarmBook { key, _ in key.subject }
    func alarm(_ id: String, _ scope: AlertScope, _ kind: AlarmKind, area: String, children: [String] = []) -> Alarm {
      var alarm = Alarm(
        id: id, key: AlarmKey(rule: "r-\(kind.rawValue)", scope: scope, subject: id), kind: kind, severity: .error,
        area: area, deviceClass: scope == .device ? "sensor" : "", opened: FakeModel.noon - Nanos.perMinute,
        message: "\(id) says \"no\"")
      alarm.children = children
      return alarm
    }
    let alarms = [
      alarm("sen-1", .device, .bound, area: "21553"),
      alarm("cam/1", .device, .silence, area: "21550", children: ["sen-1", "sen-2"]),
      alarm("52", .area, .storm, area: "52", children: ["sen-2"]),
    ]
    let conditions = alarms.map { alarm in
      var condition = AlarmCondition(
        key: alarm.key, kind: alarm.kind, severity: alarm.severity, since: 0, fired: 0, message: alarm.message)
      condition.place = .own(alarm.id)
      return condition
    }
    book.restore(alarms: alarms, conditions: conditions, windows: [])
    var over = alarm("old", .device, .event, area: "21553")
    over.key.subject = "sen-1"
    over.closed = FakeModel.noon
    state = Mutex((book, [over] + closed))
  }

  var alarms: (lasting: [Alarm], closed: [Alarm]) { state.withLock { (Array($0.book.alarms.values), $0.closed) } }

  func alarm(_ id: String) -> Alarm? {
    state.withLock { $0.book.alarms[id] ?? $0.closed.first { $0.id == id } }
  }

  func act(
    _ deed: AlarmBook.Deed, on id: String, by name: String, at now: UnixNanos
  ) throws(AlarmFault) -> Alarm {
    try state.withLock { state throws(AlarmFault) in
      if state.closed.contains(where: { $0.id == id }) { throw .closed }
      return try state.book.act(deed, on: id, by: name, at: now)
    }
  }

  var windows: [MaintenanceWindow] { state.withLock { $0.book.windows } }

  func plan(
    _ subject: MaintenanceWindow.Subject, from: UnixNanos, to: UnixNanos, note: String, by name: String
  ) throws(AlarmFault) -> MaintenanceWindow {
    let window = MaintenanceWindow(id: "w", subject: subject, from: from, to: to, note: note, by: name)
    return try state.withLock { state throws(AlarmFault) in
      try state.book.plan(window)
      return window
    }
  }

  func cancel(_ id: String, at now: UnixNanos) throws(AlarmFault) {
    try state.withLock { state throws(AlarmFault) in try state.book.cancel(id, at: now) }
  }
}
