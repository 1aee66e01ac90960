public import Lagoon
import Primitives
public import Rollups

/// What is told apart, and so fires and resolves by itself. Raw values are the configuration's.
public enum AlertScope: String, CaseIterable, Sendable {
  case device
  case area
  case deviceClass = "class"
  case all

  /// How a rollup groups for it.
  public var groupBy: GroupBy {
    switch self {
    case .device: .device
    case .area: .area
    case .deviceClass: .deviceClass
    case .all: .none
    }
  }
}

/// A bound on an aggregate of one field over a window.
public struct AlertThreshold: Hashable, Sendable {
  public var measurement: String
  public var field: String
  public var aggregate: Aggregate
  /// The window's length; it ends now.
  public var over: Step
  /// Whether values above the bound are told, or those below it.
  public var isAbove: Bool
  public var bound: Double
  /// Where what fires ends: at this value, or beyond it on the good side.
  public var clearBound: Double

  public init(
    measurement: String, field: String, aggregate: Aggregate, over: Step, isAbove: Bool, bound: Double,
    clearBound: Double? = nil
  ) {
    self.measurement = measurement
    self.field = field
    self.aggregate = aggregate
    self.over = over
    self.isAbove = isAbove
    self.bound = bound
    self.clearBound = clearBound ?? bound
  }

  /// The window's length.
  public var windowNanos: Int64 { over.days > 0 ? over.days * Nanos.perDay : over.nanos }

  /// What a value says; nil is no value.
  public func sign(of value: Double?) -> AlertSign {
    guard let value else { return .absent }
    if isAbove ? value > bound : value < bound { return .raised }
    return (isAbove ? value <= clearBound : value >= clearBound) ? .cleared : .between
  }
}

/// How long a device may be unheard.
public struct AlertSilence: Hashable, Sendable {
  /// For every device alike; nil for `intervals` of each device's own interval.
  public var afterNanos: Int64?
  public var intervals: Int

  public init(afterNanos: Int64? = nil, intervals: Int = 3) {
    self.afterNanos = afterNanos
    self.intervals = intervals
  }

  /// What a device may take. One whose interval the registry doesn't say is held to what `/v1/devices` holds it to.
  public func allowedNanos(_ device: DeviceFacts) -> Int64 {
    if let afterNanos { return afterNanos }
    let seconds = min(max(0, device.intervalSeconds ?? DevicesQuery.defaultIntervalSeconds), 1e8)
    return Int64(Double(intervals) * seconds * Double(Nanos.perSecond))
  }
}

/// One rule: what is watched, when it is told, and in which words.
public struct AlertRule: Hashable, Sendable {
  /// What is watched.
  public enum Kind: Hashable, Sendable {
    case threshold(AlertThreshold)
    case silence(AlertSilence)
    case event(EventPattern)
    /// A bound that is what is usual.
    case usual(UsualBound)
  }

  public var name: String
  public var severity: AlertSeverity
  public var kind: Kind
  public var filter: DeviceFilter
  public var scope: AlertScope
  /// How long it must hold before it is told.
  public var holdNanos: Int64
  public var message: AlertMessage
  /// What is said when it is over.
  public var resolvedMessage: AlertMessage

  public init(
    name: String, severity: AlertSeverity, kind: Kind, filter: DeviceFilter = DeviceFilter(),
    scope: AlertScope = .device, holdNanos: Int64 = 0, message: AlertMessage, resolvedMessage: AlertMessage
  ) {
    self.name = name
    self.severity = severity
    self.kind = kind
    self.filter = filter
    self.scope = scope
    self.holdNanos = holdNanos
    self.message = message
    self.resolvedMessage = resolvedMessage
  }

  /// How often it is looked at: what a long window costs is asked for more rarely, since a sixtieth of it changes little.
  public func periodNanos(atLeast interval: Int64) -> Int64 {
    switch kind {
    case .threshold(let threshold): max(interval, min(threshold.windowNanos / 60, 5 * Nanos.perMinute))
    case .event: interval
    case .usual(let usual): max(interval, min(usual.windowNanos / 60, 5 * Nanos.perMinute))
    case .silence(let silence): max(interval, min((silence.afterNanos ?? 0) / 20, Nanos.perMinute))
    }
  }

  /// What it looks at; nil of one that looks at no field.
  public var askedField: (measurement: String, field: String)? {
    switch kind {
    case .threshold(let threshold): (threshold.measurement, threshold.field)
    case .usual(let usual): (usual.measurement, usual.field)
    case .event, .silence: nil
    }
  }

  /// What its alarms are.
  public var alarmKind: AlarmKind {
    switch kind {
    case .threshold, .usual: .bound
    case .silence: .silence
    case .event: .event
    }
  }

  /// The machine of something that nothing is known of yet.
  public var machine: AlertMachine { AlertMachine(holdNanos: holdNanos) }
}
