public import Primitives
public import Registry

/// A registry as queries ask it. Days of the area tree begin at midnight of the zone.
public struct RegistryDirectory: DeviceDirectory {
  public let registry: DeviceRegistry
  public let zone: TimeZoneRules
  public let devices: [DeviceFacts]
  private let changes: [UnixNanos]

  public init(_ registry: DeviceRegistry, zone: TimeZoneRules) {
    self.registry = registry
    self.zone = zone
    devices = registry.devices.map(Self.facts).sorted { $0.id < $1.id }
    let days = Set(registry.areas.areas.flatMap { [$0.validFrom, $0.validTo].compactMap { $0 } })
    changes = days.compactMap { zone.utcNanos(fromLocalSeconds: Int64($0.daysSinceEpoch) * 86_400) }.sorted()
  }

  public func device(_ id: String) -> DeviceFacts? { registry.device(id: id).map(Self.facts) }

  public func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool {
    registry.areas.isWithin(code, ancestor, on: day(of: time))
  }

  public func areaChanges(from: UnixNanos, to: UnixNanos) -> [UnixNanos] {
    changes.filter { $0 >= from && $0 < to }
  }

  /// The local day of an instant.
  public func day(of time: UnixNanos) -> CalendarDate {
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
