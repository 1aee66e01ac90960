public import Primitives
public import Registry
import Synchronization

/// A registry and its history as queries ask them. Days of the area tree begin at midnight of the zone.
public struct RegistryDirectory: DeviceDirectory {
  public let registry: DeviceRegistry
  public let zone: TimeZoneRules
  public let devices: [DeviceFacts]
  public let knownDevices: [String]
  private let history: DeviceHistory
  private let changes: [UnixNanos]
  /// The instants at which the tree of areas changes.
  private let reforms: [UnixNanos]
  /// Each device as it is, for those whose history has one version alone.
  private let unchanged: [String: DeviceFacts]
  private let members: AreaMembers
  private let scopedNames = ScopedNames()
  /// Every name that the registry has, or had.
  public let names: Names
  public let edition: UInt64
  private static let editions = Atomic<UInt64>(0)

  public struct Names: Sendable {
    public private(set) var devices: Set<String> = []
    public private(set) var areas: Set<String> = []
    public private(set) var classes: Set<String> = []
    public private(set) var domains: Set<String> = []
    public private(set) var agencies: Set<String> = []

    fileprivate init(_ registry: DeviceRegistry, _ history: DeviceHistory) {
      for device in registry.devices { add(device) }
      for device in history.versions.values.joined().lazy.compactMap(\.device) { add(device) }
    }

    fileprivate init() {}

    fileprivate mutating func add(_ device: Device) {
      devices.insert(device.id)
      areas.insert(device.area)
      classes.insert(device.deviceClass)
      domains.insert(device.domain)
      agencies.insert(device.agency)
    }
  }

  public init(_ registry: DeviceRegistry, history: DeviceHistory, zone: TimeZoneRules) {
    self.registry = registry
    self.zone = zone
    self.history = history
    devices = registry.devices.map(Self.facts).sorted { $0.id < $1.id }
    let past = history.versions.keys.filter { registry.deviceIndex(id: $0) == nil }
    knownDevices = devices.map(\.id) + past
    unchanged = Dictionary(
      uniqueKeysWithValues: devices.filter { history.versions[$0.id].map { $0.count == 1 } ?? true }.map { ($0.id, $0) }
    )
    members = AreaMembers(unchanged, others: knownDevices)
    names = Names(registry, history)
    edition = Self.editions.wrappingAdd(1, ordering: .relaxed).newValue
    let days = Set(registry.areas.areas.flatMap { [$0.validFrom, $0.validTo].compactMap { $0 } })
    reforms = days.compactMap { zone.utcNanos(fromLocalSeconds: Int64($0.daysSinceEpoch) * 86_400) }
    changes = Set(reforms + history.changes).sorted()
  }

  /// Every name that the registry has, or had, of devices while they were in a scope.
  public func names(within scope: DeviceScope) -> Names {
    if scope.isEverything { return names }
    if let known = scopedNames.names(within: scope) { return known }
    let found = findNames(within: scope)
    scopedNames.keep(found, of: scope)
    return found
  }

  public func devices(everWithin scope: DeviceScope) -> Set<String>? {
    scope.isEverything ? nil : names(within: scope).devices
  }

  private func findNames(within scope: DeviceScope) -> Names {
    let filter = ScopeFilter(scope: scope, directory: self)
    var names = Names()
    // The tree says the same of an area between two of its changes.
    var isInside: [InsideKey: Bool] = [:]
    func add(_ device: Device, from: UnixNanos, to: UnixNanos) {
      let facts = Self.facts(device)
      for time in [from] + reforms where time >= from && time < to {
        let key = InsideKey(area: facts.area, domain: facts.domain, agency: facts.agency, time: day(of: time))
        let known = isInside[key] ?? filter.takes(facts, at: time)
        isInside[key] = known
        if known { return names.add(device) }
      }
    }
    for id in knownDevices {
      let versions = history.versions[id] ?? []
      for (index, version) in versions.enumerated() {
        guard let device = version.device else { continue }
        // What was known first holds for all time before.
        let from = index == 0 ? Self.earliest : version.from
        add(device, from: from, to: index + 1 < versions.count ? versions[index + 1].from : .max)
      }
      if versions.isEmpty, let device = registry.device(id: id) { add(device, from: Self.earliest, to: .max) }
    }
    return names
  }

  private struct InsideKey: Hashable {
    var area: String
    var domain: String
    var agency: String
    var time: CalendarDate
  }

  /// Before all that is stored, and still a day that a calendar has.
  private static let earliest: UnixNanos = -8_000_000_000 * Nanos.perSecond

  public func device(_ id: String) -> DeviceFacts? { registry.device(id: id).map(Self.facts) }

  public func device(_ id: String, at time: UnixNanos) -> DeviceFacts? {
    unchanged[id] ?? history.device(id: id, at: time).map(Self.facts)
  }

  public func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
    registry.areas.isWithin(code, ancestor, on: day(of: time))
  }

  public func candidates(in area: String, at time: UnixNanos) -> [String] {
    members.candidates(in: area, on: day(of: time), tree: registry.areas)
  }

  public func areaPath(of code: String, at time: UnixNanos) -> [String] {
    registry.areas.path(of: code, on: day(of: time))
  }

  public func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] {
    changes.filter { $0 >= from && $0 < to }
  }

  public func changes(of id: String, from: UnixNanos, to: UnixNanos) -> [UnixNanos] {
    let own = unchanged[id] == nil ? history.changes(id: id) : []
    return Set((reforms + own).filter { $0 >= from && $0 < to }).sorted()
  }

  public func addedAt(_ id: String) -> UnixNanos? { history.addedAt(id: id) }

  /// The local day of an instant.
  public func day(of time: UnixNanos) -> CalendarDate {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let local = seconds + Int64(zone.offsetSeconds(atUTC: seconds))
    return CalendarDate(daysSinceEpoch: Int(flooredDivision(local, by: 86_400)))
  }

  private static func facts(_ device: Device) -> DeviceFacts {
    var facts = DeviceFacts(
      id: device.id, deviceClass: device.deviceClass, name: device.name, area: device.area, domain: device.domain,
      agency: device.agency, latitude: device.latitude, longitude: device.longitude,
      intervalSeconds: device.intervalSeconds)
    (facts.parent, facts.contract) = (device.parent, device.contract)
    return facts
  }
}
