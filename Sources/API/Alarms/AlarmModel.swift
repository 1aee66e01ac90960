public import Alerts
public import Primitives

/// A node's alarms and planned work, as the interface shows and changes them.
public protocol AlarmModel: Sendable {
  /// Those that last, and those that are over.
  var alarms: (lasting: [Alarm], closed: [Alarm]) { get }
  func alarm(_ id: String) -> Alarm?
  /// Does something to an alarm; it is kept when this returns. May block.
  func act(_ deed: AlarmBook.Deed, on id: String, by name: String, at now: UnixNanos) throws(AlarmFault) -> Alarm

  var windows: [MaintenanceWindow] { get }
  /// Takes planned work; it is kept when this returns. May block.
  func plan(
    _ subject: MaintenanceWindow.Subject, from: UnixNanos, to: UnixNanos, note: String, by name: String
  ) throws(AlarmFault) -> MaintenanceWindow
  /// Takes it back. May block.
  func cancel(_ id: String, at now: UnixNanos) throws(AlarmFault)
}
