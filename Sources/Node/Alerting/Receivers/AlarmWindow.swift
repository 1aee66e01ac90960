import Alerts
import Synchronization

/// What receivers may see of alarms, once there is somebody who holds them.
final class AlarmWindow: Sendable {
  private let desk = Mutex<AlarmDesk?>(nil)

  func open(to desk: AlarmDesk) { self.desk.withLock { $0 = desk } }

  /// Those that last and were told; nil while nobody knows.
  var lasting: [Alarm]? {
    guard let desk = desk.withLock({ $0 }), desk.isRestored else { return nil }
    return desk.alarms.lasting.filter(\.isTold)
  }
}
