import Lagoon
import Primitives
import Registry
import Synchronization

/// A registry and its history as queries ask them. Days of the area tree begin at midnight of the zone.
struct RegistryDirectory: DeviceDirectory {
  let registry: DeviceRegistry
  let zone: TimeZoneRules
  let devices: [DeviceFacts]
  let knownDevices: [String]
  private let history: DeviceHistory
  private let changes: [UnixNanos]
  /// Each device as it is, for those whose history has one version alone.
  private let unchanged: [String: DeviceFacts]

  init(_ registry: DeviceRegistry, history: DeviceHistory, zone: TimeZoneRules) {
    self.registry = registry
    self.zone = zone
    self.history = history
    devices = registry.devices.map(Self.facts).sorted { $0.id < $1.id }
    let past = history.versions.keys.filter { registry.deviceIndex(id: $0) == nil }
    knownDevices = devices.map(\.id) + past
    unchanged = Dictionary(
      uniqueKeysWithValues: devices.filter { history.versions[$0.id].map { $0.count == 1 } ?? true }.map { ($0.id, $0) }
    )
    let days = Set(registry.areas.areas.flatMap { [$0.validFrom, $0.validTo].compactMap { $0 } })
    let reforms = days.compactMap { zone.utcNanos(fromLocalSeconds: Int64($0.daysSinceEpoch) * 86_400) }
    changes = Set(reforms + history.changes).sorted()
  }

  func device(_ id: String) -> DeviceFacts? { registry.device(id: id).map(Self.facts) }

  func device(_ id: String, at time: UnixNanos) -> DeviceFacts? {
    unchanged[id] ?? history.device(id: id, at: time).map(Self.facts)
  }

  func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
    registry.areas.isWithin(code, ancestor, on: day(of: time))
  }

  func areaPath(of code: String, at time: UnixNanos) -> [String] {
    registry.areas.path(of: code, on: day(of: time))
  }

  func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] {
    changes.filter { $0 >= from && $0 < to }
  }

  /// The local day of an instant.
  func day(of time: UnixNanos) -> CalendarDate {
    let seconds = flooredDivision(time, by: Nanos.perSecond)
    let local = seconds + Int64(zone.offsetSeconds(atUTC: seconds))
    return CalendarDate(daysSinceEpoch: Int(flooredDivision(local, by: 86_400)))
  }

  private static func facts(_ device: Device) -> DeviceFacts {
    DeviceFacts(
      id: device.id, deviceClass: device.deviceClass, name: device.name, area: device.area, domain: device.domain,
      agency: device.agency, latitude: device.latitude, longitude: device.longitude,
      intervalSeconds: device.intervalSeconds)
  }
}

/// The directory of the registry in force, made once a registry.
final class DirectoryCache: Sendable {
  private let known = Mutex<RegistryDirectory?>(nil)

  func directory(of model: some ReadModel) -> RegistryDirectory {
    let (registry, history) = model.registry
    let zone = model.zone
    return known.withLock { known in
      if let known, known.registry === registry, known.zone == zone { return known }
      let made = RegistryDirectory(registry, history: history, zone: zone)
      known = made
      return made
    }
  }
}
