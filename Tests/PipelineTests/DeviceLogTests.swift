import Lagoon
import Primitives
import Registry
import Sys
import Testing

@testable import Pipeline

/// What the registry said, a row for each change, over restarts.
@Suite struct DeviceLogTests {
  private let machine = SimulatedMachine(startNanos: 1_795_186_800 * Nanos.perSecond)

  private func registry(_ devices: [Device]) -> DeviceRegistry { DeviceRegistry(devices: devices) }

  private func recorded() throws -> [String] {
    let catalogue = try Catalogue(data: "/data", node: "n")
    return try DeviceLog.recorded(catalogue).map { id, version in
      "\(id) \(version.from / Nanos.perSecond) \(version.device?.name ?? "gone")"
    }.sorted()
  }

  @Test func changesAreRecordedOnce() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      var device = Device(id: "d", deviceClass: "sensor", name: "Một", latitude: 13.7, intervalSeconds: .infinity)
      let log = DeviceLog(try Catalogue(data: "/data", node: "n"), registry: registry([device]))
      #expect(log.failure == nil && log.current.inForce.devices == [device])
      log.take(registry([device]))
      #expect(try recorded() == ["d 0 Một"])
      machine.advance(nanos: Nanos.perHour)
      device.name = "Hai"
      log.take(registry([device]))
      machine.advance(nanos: Nanos.perHour)
      log.take(registry([]))
      #expect(try recorded() == ["d 0 Một", "d 1795190400 Hai", "d 1795194000 gone"])
      // A start with the same registry records nothing, and knows all of it.
      let again = DeviceLog(try Catalogue(data: "/data", node: "n"), registry: registry([]))
      #expect(try again.failure == nil && recorded().count == 3)
    }
  }

  @Test func everythingOfADeviceComesBack() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      let device = Device(
        id: "cam-1", deviceClass: "camera", name: "Ngã năm", area: "21583", domain: "traffic", agency: "Sở",
        latitude: 13.77, longitude: -109.22, intervalSeconds: 0.5)
      _ = DeviceLog(try Catalogue(data: "/data", node: "n"), registry: registry([device]))
      let found = try DeviceLog.recorded(try Catalogue(data: "/data", node: "n"))
      #expect(found.map(\.version.device) == [device])
    }
  }

  @Test func whatCannotBeRecordedHoldsAndIsNamed() throws {
    try machine.run {
      try FileSystem.createDirectories("/data")
      let catalogue = try Catalogue(data: "/data", node: "n")
      let device = Device(id: "d", deviceClass: "sensor")
      let log = FaultInjection.with([.init(.write, .error(ErrorNumber.noSpace))]) {
        DeviceLog(catalogue, registry: registry([device]))
      }
      #expect(log.failure?.hasPrefix("cannot record changes of devices: ") == true)
      #expect(log.current.inForce.devices == [device])
    }
  }
}
