public import Primitives

/// A thing that lasts: it opens, may be acknowledged and shelved, and closes.
public struct Alarm: Hashable, Sendable {
  /// The same over restarts; another one each time that it opens.
  public var id: String
  public var key: AlarmKey
  public var kind: AlarmKind
  public var severity: AlertSeverity
  /// The area of its device when it opened, or the one that it is of; empty for none.
  public var area: String
  /// The class of its device, or the one that it is of; empty for none.
  public var deviceClass: String
  public var opened: UnixNanos
  /// When anything of it changed last.
  public var changed: UnixNanos
  /// nil while it lasts.
  public var closed: UnixNanos?
  public var message: String
  /// Why it closed where not by itself, or the alarm that took it over.
  public var cause: String?
  /// How often what opened it was seen.
  public var count = 1
  /// The value that opened it.
  public var value: Double?
  /// Devices whose silence belongs to it: those that are silent now; of one that is closed, all that ever were.
  public var children: [String] = []
  /// All that ever did.
  public internal(set) var everChildren: Set<String> = []
  public var acknowledgement: Acknowledgement?
  public var shelf: Shelf?
  /// What became of it, oldest first.
  public var history: [Entry] = []
  /// The words of its end, once it has ended by itself.
  public var ending: String?
  /// Whether its begin was told: only then its end is.
  public var isTold = false

  public init(
    id: String, key: AlarmKey, kind: AlarmKind, severity: AlertSeverity, area: String = "", deviceClass: String = "",
    opened: UnixNanos, message: String
  ) {
    self.id = id
    self.key = key
    self.kind = kind
    self.severity = severity
    self.area = area
    self.deviceClass = deviceClass
    self.opened = opened
    self.message = message
    changed = opened
  }

  /// Somebody looks after it.
  public struct Acknowledgement: Hashable, Sendable {
    public var by: String
    public var at: UnixNanos
    public var note: String

    public init(by: String, at: UnixNanos, note: String) {
      self.by = by
      self.at = at
      self.note = note
    }
  }

  /// Somebody has set it aside.
  public struct Shelf: Hashable, Sendable {
    public var by: String
    public var at: UnixNanos
    /// It is active again from then on.
    public var until: UnixNanos
    public var note: String

    public init(by: String, at: UnixNanos, until: UnixNanos, note: String) {
      self.by = by
      self.at = at
      self.until = until
      self.note = note
    }
  }

  /// One thing that became of it.
  public struct Entry: Hashable, Sendable {
    /// Raw values are the interface's.
    public enum What: String, CaseIterable, Sendable {
      case opened, closed, acknowledged, shelved, unshelved, noted
      /// Other alarms were taken over.
      case tookOver = "took_over"
    }

    public var at: UnixNanos
    public var what: What
    /// Who did it; nil if it happened.
    public var by: String?
    public var note: String?
    public var until: UnixNanos?

    public init(
      at: UnixNanos, what: What, by: String? = nil, note: String? = nil, until: UnixNanos? = nil
    ) {
      self.at = at
      self.what = what
      self.by = by
      self.note = note
      self.until = until
    }
  }

  public var state: AlarmState {
    if closed != nil { return .closed }
    if shelf != nil { return .shelved }
    return acknowledgement == nil ? .active : .acknowledged
  }

  /// All devices that it is about.
  public var devices: Set<String> { Set(children).union(key.device.map { [$0] } ?? []) }

  /// Adds what became of it. Of more than are kept the ones in the middle go: how it began says most.
  mutating func note(_ entry: Entry) {
    changed = max(changed, entry.at)
    history.append(entry)
    if history.count > Limits.alarmHistory { history.remove(at: Limits.alarmHistory / 4) }
  }
}
