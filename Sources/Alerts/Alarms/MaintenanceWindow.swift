public import Lagoon
public import Primitives

/// Planned work: what falls silent or goes beyond a bound meanwhile opens no alarm, and is no outage.
public struct MaintenanceWindow: Hashable, Sendable {
  public var id: String
  public var subject: Subject
  public var from: UnixNanos
  /// Exclusive.
  public var to: UnixNanos
  public var note: String
  public var by: String

  /// What is worked at.
  public enum Subject: Hashable, Sendable {
    case device(String)
    /// With all areas below it.
    case area(String)
    case deviceClass(String)
  }

  public init(id: String, subject: Subject, from: UnixNanos, to: UnixNanos, note: String, by: String) {
    self.id = id
    self.subject = subject
    self.from = from
    self.to = to
    self.note = note
    self.by = by
  }

  /// Whether a device is worked at, were it the time.
  public func covers(_ device: DeviceFacts, at time: UnixNanos, in directory: any DeviceDirectory) -> Bool {
    switch subject {
    case .device(let id): device.id == id
    case .deviceClass(let name): device.deviceClass == name
    case .area(let code): !device.area.isEmpty && directory.isArea(device.area, within: code, at: time)
    }
  }

  /// Whether what an alarm would be of is worked at.
  func covers(_ key: AlarmKey, at time: UnixNanos, in directory: any DeviceDirectory) -> Bool {
    guard from <= time, time < to else { return false }
    switch key.scope {
    case .device: return directory.device(key.subject).map { covers($0, at: time, in: directory) } ?? false
    case .area:
      if case .area(let code) = subject { return directory.isArea(key.subject, within: code, at: time) }
      return false
    case .deviceClass: return subject == .deviceClass(key.subject)
    case .all: return false
    }
  }
}
