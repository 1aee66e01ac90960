public import Lagoon
public import Primitives

/// What alarms have to know of devices, at one moment.
public struct AlarmWorld {
  public let directory: any DeviceDirectory
  public let now: UnixNanos
  /// When each device was heard last.
  public let heard: HeardTimes
  /// Silence counts from there at the earliest.
  public let watchedSince: UnixNanos
  /// How long each device may be silent by the rule that is strictest with it: of those that a rule watches.
  public let allowedNanos: [String: Int64]
  /// What is said of so many devices of an area that fell silent together.
  public let stormMessage: (_ area: String, _ count: Int) -> String

  public init(
    directory: any DeviceDirectory, now: UnixNanos, heard: HeardTimes = [:],
    watchedSince: UnixNanos = .min, allowedNanos: [String: Int64] = [:],
    stormMessage: @escaping (_ area: String, _ count: Int) -> String = { "\($0): \($1) devices are silent" }
  ) {
    self.directory = directory
    self.now = now
    self.heard = heard
    self.watchedSince = watchedSince
    self.allowedNanos = allowedNanos
    self.stormMessage = stormMessage
  }

  /// How often a device is expected to send.
  func intervalNanos(_ device: DeviceFacts) -> Int64 {
    let seconds = min(max(0, device.intervalSeconds ?? DevicesQuery.defaultIntervalSeconds), 1e8)
    return Int64(seconds * Double(Nanos.perSecond))
  }

  /// Whether a device should have been heard by now, and was not: it may be about to fall silent.
  func isOverdue(_ device: DeviceFacts) -> Bool {
    let last = max(heard[device.id] ?? .min, watchedSince)
    let (age, overflow) = now.subtractingReportingOverflow(last)
    let interval = intervalNanos(device)
    return overflow || age > interval + interval / 2
  }
}
