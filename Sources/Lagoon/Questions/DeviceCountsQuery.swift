public import Primitives
import Registry
import Telemetry

/// How many devices there are, and how they are.
public struct DeviceCount: Hashable, Sendable {
  public var devices = 0
  /// Of those the registry knows, by `DeviceStatus`; and how many it does not know.
  public var live = 0
  public var silent = 0
  public var unknown = 0
  /// Of the live ones: the next row is overdue by half an interval.
  public var late = 0
  /// Of the silent ones: nothing of it was heard, as far as the last day goes.
  public var never = 0

  public init() {}

  /// Silent ones that were heard before.
  public var fallenSilent: Int { silent - never }

  mutating func take(_ status: DeviceStatus, isLate: Bool, wasHeard: Bool) {
    devices += 1
    switch status {
    case .live:
      live += 1
      if isLate { late += 1 }
    case .silent:
      silent += 1
      if !wasHeard { never += 1 }
    case .unknown: unknown += 1
    }
  }
}

/// Asks how many devices there are, by class and by area: what a page shows before it has read each of them.
public struct DeviceCountsQuery: Sendable {
  public var filter: DeviceFilter
  /// How many areas are told at the most.
  public var areaLimit: Int
  /// What a report may be late that is still on its way.
  private static let graceSeconds = 3.0

  public init(filter: DeviceFilter = DeviceFilter(), areaLimit: Int = 100) {
    self.filter = filter
    self.areaLimit = areaLimit
  }

  public struct Answer: Sendable {
    public var total = DeviceCount()
    /// By name; those without a class under "".
    public var classes: [(name: String, count: DeviceCount)] = []
    /// Those first in which most fell silent; of as many the larger share of its devices.
    public var areas: [(code: String, count: DeviceCount)] = []
    /// Areas that have devices, told or not.
    public var areaCount = 0
    /// What could not be read of what they may be heard in.
    public var missing: [MissingTable] = []
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
    var answer = Answer()
    var classes: [String: DeviceCount] = [:]
    var areas: [String: DeviceCount] = [:]
    seen.forEach(in: directory, device: filter.device) { id, facts in
      if !grouping.isEverything && grouping.group(of: id, epoch: 0) < 0 { return true }
      let lastSeen = seen.lastSeen[id]
      let status = DeviceStatus(of: facts, lastSeen: lastSeen, now: now)
      let isLate = status == .live && Self.isLate(facts, lastSeen, now)
      func take(_ count: inout DeviceCount) { count.take(status, isLate: isLate, wasHeard: lastSeen != nil) }
      take(&answer.total)
      take(&classes[facts?.deviceClass ?? "", default: DeviceCount()])
      if let area = facts?.area, !area.isEmpty { take(&areas[area, default: DeviceCount()]) }
      return true
    }
    answer.classes = classes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    answer.areaCount = areas.count
    answer.areas = areas.sorted(by: Self.isWorse).prefix(areaLimit).map { ($0.key, $0.value) }
    answer.missing = missing.all
    return answer
  }

  /// Nobody knows when the next row is due of a device of which no interval is known.
  private static func isLate(_ facts: DeviceFacts?, _ lastSeen: UnixNanos?, _ now: UnixNanos) -> Bool {
    guard let seconds = facts?.intervalSeconds, seconds.isFinite, let lastSeen else { return false }
    return lastSeen < now - DeviceStatus.nanos(1.5 * seconds + graceSeconds)
  }

  private static func isWorse(
    _ one: (key: String, value: DeviceCount), _ other: (key: String, value: DeviceCount)
  )
    -> Bool
  {
    let (a, b) = (one.value, other.value)
    if a.fallenSilent != b.fallenSilent { return a.fallenSilent > b.fallenSilent }
    if a.devices != b.devices { return a.fallenSilent > 0 ? a.devices < b.devices : a.devices > b.devices }
    return one.key < other.key
  }
}
