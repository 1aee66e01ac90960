import Alerts
import Lagoon
import Primitives

/// Which alarms are asked for.
struct AlarmsQuestion {
  var state: AlarmState?
  var area: String?
  var deviceClass: String?
  var severity: AlertSeverity?
  var rule: String?
  /// It lasted at some time between them.
  var from: UnixNanos?
  var to: UnixNanos?
  var limit: Int
  /// The last one of the page before.
  var cursor: Place?

  /// An alarm's place in the order of pages: newest first.
  struct Place: Comparable {
    var opened: UnixNanos
    var id: String

    init(_ alarm: Alarm) { (opened, id) = (alarm.opened, alarm.id) }

    init?(_ text: String) {
      let parts = text.split(separator: ".", maxSplits: 1)
      guard parts.count == 2, let opened = Int64(parts[0]) else { return nil }
      (self.opened, id) = (opened, String(parts[1]))
    }

    var text: String { "\(opened).\(id)" }

    static func < (left: Place, right: Place) -> Bool { (left.opened, left.id) < (right.opened, right.id) }
  }

  func takes(_ alarm: Alarm, at now: UnixNanos, _ directory: RegistryDirectory) -> Bool {
    if let state, alarm.state != state { return false }
    if let severity, alarm.severity != severity { return false }
    if let rule, alarm.key.rule != rule { return false }
    if let deviceClass, alarm.deviceClass != deviceClass { return false }
    if let from, alarm.closed ?? now < from { return false }
    if let to, alarm.opened >= to { return false }
    if let area, alarm.area.isEmpty || !directory.isArea(alarm.area, within: area, at: alarm.opened) { return false }
    if let cursor, !(Place(alarm) < cursor) { return false }
    return true
  }

  func run(
    _ alarms: [SeenAlarm], at now: UnixNanos, _ directory: RegistryDirectory
  ) -> (page: [Alarm], next: String?) {
    let found = alarms.map(\.alarm).filter { takes($0, at: now, directory) }.sorted { Place($0) > Place($1) }
    let page = Array(found.prefix(limit))
    return (page, found.count > page.count ? page.last.map { Place($0).text } : nil)
  }
}
