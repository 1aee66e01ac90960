import Alerts
import Lagoon
import Primitives
import Registry

/// An alarm as somebody with a scope sees it: devices outside of it are not there.
struct SeenAlarm {
  let alarm: Alarm
  /// Whether all of it is theirs, so that they may act on it.
  let isWhole: Bool

  /// nil if it is about nothing of theirs.
  init?(_ alarm: Alarm, within scope: DeviceScope, _ directory: RegistryDirectory) {
    if scope.isEverything {
      (self.alarm, isWhole) = (alarm, true)
      return
    }
    let children = alarm.children.filter { scope.takes($0, at: alarm.opened, directory: directory) }
    if Self.isInside(alarm, scope, directory) {
      var seen = alarm
      seen.children = children
      (self.alarm, isWhole) = (seen, true)
      return
    }
    if children.isEmpty { return nil }
    // The cause lies outside: that there is one is all that is said of it.
    var seen = Alarm(
      id: alarm.id, key: AlarmKey(rule: alarm.key.rule, scope: .all, subject: ""), kind: alarm.kind,
      severity: alarm.severity, opened: alarm.opened, message: "\(children.count) thiết bị im lặng")
    (seen.changed, seen.closed, seen.children, seen.count) = (alarm.changed, alarm.closed, children, children.count)
    seen.acknowledgement = alarm.acknowledgement
    seen.shelf = alarm.shelf
    (self.alarm, isWhole) = (seen, false)
  }

  private static func isInside(_ alarm: Alarm, _ scope: DeviceScope, _ directory: RegistryDirectory) -> Bool {
    switch alarm.key.scope {
    case .device: return scope.takes(alarm.key.subject, at: alarm.opened, directory: directory)
    case .area:
      // Of an area's devices all would have to be of the domain.
      guard scope.domains.isEmpty, scope.agencies.isEmpty else { return false }
      return scope.areas.contains { directory.isArea(alarm.key.subject, within: $0, at: alarm.opened) }
    case .deviceClass, .all: return false
    }
  }
}
