public import Primitives
import Registry
import Telemetry

/// Whether a device is heard of. Raw values are the interface's.
public enum DeviceStatus: String, CaseIterable, Sendable {
  /// Its newest row came no longer ago than three of its intervals.
  case live
  case silent
  /// Not in the registry.
  case unknown
}

/// A device: what the registry says, and what was heard.
public struct DeviceSummary: Sendable {
  public var facts: DeviceFacts
  public var status: DeviceStatus
  /// When its newest row or event came, whatever its clock says, as far as the last day goes.
  public var lastSeen: UnixNanos?
  /// The measurements that it has sent, `events` among them, as far as the last day goes.
  public var measurements: [String] = []

  public init(facts: DeviceFacts, status: DeviceStatus, lastSeen: UnixNanos?) {
    self.facts = facts
    self.status = status
    self.lastSeen = lastSeen
  }
}

/// Asks for the devices of the registry, and those that were heard without being in it.
public struct DevicesQuery: Sendable {
  public var filter: DeviceFilter
  public var status: DeviceStatus?
  public var limit: Int
  /// The last id of the page before.
  public var cursor: String?

  /// What a device is held to whose interval the registry does not say.
  public static let defaultIntervalSeconds = 60.0

  public init(
    filter: DeviceFilter = DeviceFilter(), status: DeviceStatus? = nil, limit: Int = 100, cursor: String? = nil
  ) {
    self.filter = filter
    self.status = status
    self.limit = limit
    self.cursor = cursor
  }

  /// By id.
  public struct Answer: Sendable {
    public var devices: [DeviceSummary]
    public var next: String?
    /// What could not be read of what they may be heard in.
    public var missing: [MissingTable]
  }

  /// - Throws: what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory, now: UnixNanos, cache: NewestRowsCache,
    heard: HeardCache = HeardCache()
  ) throws -> Answer {
    var grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: .none, directory: directory, from: now, to: now)
    var missing = MissingTables(view)
    let seen = try SeenDevices(grouping, on: view, cache: cache, heard: heard, missing: &missing)
    var devices: [DeviceSummary] = []
    var next: String?
    seen.forEach(in: directory, device: filter.device, after: cursor) { id, facts in
      if grouping.group(of: id, epoch: 0) < 0 { return true }
      var summary = Self.summary(facts, id: id, lastSeen: seen.lastSeen[id], now: now)
      if let status, status != summary.status { return true }
      if devices.count == limit {
        next = devices.last?.facts.id
        return false
      }
      summary.measurements = seen.tables(of: id)
      devices.append(summary)
      return true
    }
    return Answer(devices: devices, next: next, missing: missing.all)
  }

  private static func summary(
    _ facts: DeviceFacts?, id: String, lastSeen: UnixNanos?, now: UnixNanos
  ) -> DeviceSummary {
    DeviceSummary(
      facts: facts ?? DeviceFacts(id: id), status: DeviceStatus(of: facts, lastSeen: lastSeen, now: now),
      lastSeen: lastSeen)
  }
}

extension DeviceStatus {
  /// - Parameter facts: what the registry says; nil of a device that it does not know.
  init(of facts: DeviceFacts?, lastSeen: UnixNanos?, now: UnixNanos) {
    guard let facts else {
      self = .unknown
      return
    }
    let allowed = Self.nanos(3 * (facts.intervalSeconds ?? DevicesQuery.defaultIntervalSeconds))
    // Of whom nothing is expected is never silent.
    let isLive = facts.intervalSeconds == .infinity || (lastSeen.map { $0 >= now - allowed } ?? false)
    self = isLive ? .live : .silent
  }

  /// As far as there is a calendar.
  static func nanos(_ seconds: Double) -> Int64 { Int64(min(max(0, seconds), 3e9) * Double(Nanos.perSecond)) }
}
