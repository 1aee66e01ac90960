public import Primitives

/// Something that holds: an aggregate is beyond its bound, a device is silent, an event came whose end has not come. An
/// alarm opens for it, or it belongs to another one's.
public struct AlarmCondition: Hashable, Sendable {
  /// Where it belongs.
  public enum Place: Hashable, Sendable {
    /// To no alarm yet, or planned work keeps it from opening one.
    case none
    /// It has an alarm of its own.
    case own(String)
    /// It belongs to the alarm of what caused it.
    case under(String)
  }

  public var key: AlarmKey
  public var kind: AlarmKind
  public var severity: AlertSeverity
  /// Since when it holds.
  public var since: UnixNanos
  /// When it was found to hold for long enough.
  public var fired: UnixNanos
  public var message: String
  public var value: Double?
  /// How often it was seen, and when last.
  public var count = 1
  public var touched: UnixNanos
  /// It ends by itself when it was not seen for so long; nil for never.
  public var clearAfterNanos: Int64?
  /// While it holds, devices that depend on its device may be silent because of it.
  public var explainsSilence = false
  public var place = Place.none
  /// Until then it opens no alarm of its own; nil if nothing keeps it.
  public var heldUntil: UnixNanos?

  public init(
    key: AlarmKey, kind: AlarmKind, severity: AlertSeverity, since: UnixNanos, fired: UnixNanos, message: String,
    value: Double? = nil
  ) {
    self.key = key
    self.kind = kind
    self.severity = severity
    self.since = since
    self.fired = fired
    self.message = message
    self.value = value
    touched = fired
  }

  /// The alarm of its own.
  public var ownAlarm: String? {
    if case .own(let id) = place { id } else { nil }
  }

  /// The alarm that it belongs to.
  public var alarm: String? {
    switch place {
    case .none: nil
    case .own(let id), .under(let id): id
    }
  }
}
