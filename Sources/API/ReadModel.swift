public import Access
public import Lagoon
public import Primitives
public import Registry
public import Telemetry

/// What the interface shows of a node: read-only, asked on threads that may block, from many at once.
public protocol ReadModel: Sendable {
  /// The node's name.
  var node: String { get }
  /// Everything stored, at one moment.
  func view() -> LagoonView
  /// Of those tables alone: the others cost nothing.
  func view(of tables: Set<TableName>) -> LagoonView
  func ledger() -> LedgerSnapshot
  /// The registry in force, and what it said before.
  var registry: (inForce: DeviceRegistry, history: DeviceHistory) { get }
  /// The zone whose midnights days begin at.
  var zone: TimeZoneRules { get }
  var now: UnixNanos { get }
  /// When the node began to listen for the first time; nil if that is not known.
  var listeningSince: UnixNanos? { get }
  /// From when on readings and events are kept: what was before has expired.
  var keptSince: (readings: UnixNanos, events: UnixNanos) { get }
  /// Work on devices that was, is or will be planned: kept out of availability.
  func plannedWork() -> [PlannedWork]
  /// Kinds of events that the node may tell, whether or not it has.
  var eventKinds: [String] { get }
  /// Why the node is not ready to be sent data; empty when it is.
  var complaints: [String] { get }
  /// Senders that were refused because the registry does not know them.
  var refusedSenders: [RefusedSender] { get }
  /// What was refused lately, newest first.
  var refusals: [Refusal] { get }
  /// Where requests are noted; nil if nowhere.
  var audit: (any AuditTrail)? { get }
  /// From where a device was heard last; nil of one that was not since the start.
  func sender(of device: String) -> DeviceSender?
  /// Alarms, and planned work; nil where there are none.
  var alarms: (any AlarmModel)? { get }
  /// Alert rules; nil where there are none.
  var rules: (any RuleModel)? { get }
  /// Figures for `/metrics` beside the ledger.
  func metrics() -> [Metric]
}

extension ReadModel {
  public var node: String { "thinai" }
  public func view(of tables: Set<TableName>) -> LagoonView { view() }
  public var listeningSince: UnixNanos? { nil }
  public var keptSince: (readings: UnixNanos, events: UnixNanos) { (.min, .min) }
  public func plannedWork() -> [PlannedWork] { [] }
  public var eventKinds: [String] { [] }
  public var audit: (any AuditTrail)? { nil }
  public var alarms: (any AlarmModel)? { nil }
  public var rules: (any RuleModel)? { nil }
  public func sender(of device: String) -> DeviceSender? { nil }
}

/// A sender that `admit: known` keeps out.
public struct RefusedSender: Sendable {
  public var id: String
  public var source: String
  public var listener: String
  public var count: UInt64
  public var lastSeen: UnixNanos

  public init(id: String, source: String, listener: String, count: UInt64, lastSeen: UnixNanos) {
    self.id = id
    self.source = source
    self.listener = listener
    self.count = count
    self.lastSeen = lastSeen
  }
}

/// From where a device was heard last.
public struct DeviceSender: Sendable {
  public var source: String
  public var listener: String
  /// When that was noted; it was heard since.
  public var noted: UnixNanos

  public init(source: String, listener: String, noted: UnixNanos) {
    self.source = source
    self.listener = listener
    self.noted = noted
  }
}

/// One figure of `/metrics`, with its samples.
public struct Metric: Sendable {
  public enum Kind: String, Sendable {
    case counter, gauge
  }

  public struct Sample: Sendable {
    /// Names and values, in the order in which they are shown.
    public var labels: [(name: String, value: String)]
    public var value: Double

    public init(_ value: Double, labels: [(name: String, value: String)] = []) {
      self.value = value
      self.labels = labels
    }
  }

  /// As Prometheus has names: `thinai_rows_unsealed`.
  public var name: String
  public var help: String
  public var kind: Kind
  public var samples: [Sample]

  public init(_ name: String, help: String, kind: Kind, samples: [Sample]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }

  /// A figure of one sample.
  public init(_ name: String, help: String, kind: Kind, value: Double) {
    self.init(name, help: help, kind: kind, samples: [Sample(value)])
  }
}
