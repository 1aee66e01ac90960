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
    let wanted = grouping.scanDevices()
    let steady = grouping.steadySpan
    var seen: [String: UnixNanos] = [:]
    var sent: [String: Set<String>] = [:]
    var missing = MissingTables(view)
    let heard = try heard.heard(on: view, missing: &missing)
    for table in view.tables.values {
      switch table.name {
      case .readings, .events: break
      case .rollups, .devices, .audit: continue
      }
      let newest = try NewestRows(
        of: table, devices: wanted, isExhaustive: filter.device != nil, leavesOutTold: true, view: view,
        cache: cache, missing: &missing)
      for (device, rows) in newest.found {
        // One that came into the scope since has sent nothing in it yet.
        if let row = rows.first, !steady.contains(row.time), !grouping.scope.takes(device, at: row.time) { continue }
        // Of long ago, if it was not heard since.
        seen[device] = max(seen[device] ?? .min, heard[device] ?? rows.map(\.arrivalNanos).max() ?? .min)
        sent[device, default: []].insert(table.name.displayName)
      }
    }
    var ids = Set(seen.keys)
    for facts in directory.devices { ids.insert(facts.id) }
    var devices: [DeviceSummary] = []
    for id in ids.sorted() {
      if let cursor, id <= cursor { continue }
      guard grouping.group(of: id, epoch: 0) >= 0 else { continue }
      var summary = Self.summary(directory.device(id), id: id, lastSeen: seen[id], now: now)
      summary.measurements = sent[id]?.sorted() ?? []
      if let status, status != summary.status { continue }
      if devices.count == limit {
        return Answer(devices: devices, next: devices.last?.facts.id, missing: missing.all)
      }
      devices.append(summary)
    }
    return Answer(devices: devices, next: nil, missing: missing.all)
  }

  private static func summary(
    _ facts: DeviceFacts?, id: String, lastSeen: UnixNanos?, now: UnixNanos
  ) -> DeviceSummary {
    guard let facts else { return DeviceSummary(facts: DeviceFacts(id: id), status: .unknown, lastSeen: lastSeen) }
    let seconds = min(max(0, facts.intervalSeconds ?? Self.defaultIntervalSeconds), 1e9)
    let allowed = Int64(3 * seconds * Double(Nanos.perSecond))
    // Of whom nothing is expected is never silent.
    let isLive = facts.intervalSeconds == .infinity || (lastSeen.map { $0 >= now - allowed } ?? false)
    return DeviceSummary(facts: facts, status: isLive ? .live : .silent, lastSeen: lastSeen)
  }
}
