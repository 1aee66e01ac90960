import Foundation
import Primitives
import Registry
import Testing

/// The sample that is shipped in `configs/`.
@Suite struct SampleRegistryTests {
  private func load() throws -> DeviceRegistry {
    var root = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return try DeviceRegistry.load(
      devicesPath: root.appendingPathComponent("configs/devices.csv").path,
      areasPath: root.appendingPathComponent("configs/areas.csv").path)
  }

  @Test func aThousandDevicesOfAllClasses() throws {
    let registry = try load()
    #expect(registry.devices.count == 1_000)
    let byClass = Dictionary(grouping: registry.devices, by: \.deviceClass).mapValues(\.count)
    #expect(byClass == ["camera": 400, "bts": 150, "sensor": 400, "gateway": 50])
    let today = CalendarDate(year: 2026, month: 11, day: 20)
    for device in registry.devices {
      #expect(!device.name.isEmpty && !device.domain.isEmpty && !device.agency.isEmpty)
      #expect(device.intervalSeconds != nil)
      #expect(registry.areas.isWithin(device.area, "52", on: today))
      #expect((13.4...14.9).contains(device.latitude ?? 0) && (107.9...109.4).contains(device.longitude ?? 0))
    }
    #expect(registry.devices.contains { !$0.addresses.isEmpty })
  }

  @Test func theReformOf2025() throws {
    let areas = try load().areas
    let (before, after) = (CalendarDate(year: 2025, month: 6, day: 30), CalendarDate(year: 2025, month: 7, day: 1))
    #expect(areas.area(code: "52", on: before)?.name == "Tỉnh Bình Định")
    #expect(areas.area(code: "52", on: after)?.name == "Tỉnh Gia Lai")
    #expect(areas.area(code: "64", on: after) == nil)
    let around = areas.path(of: "21583", on: before).dropLast().map { areas.area(code: $0, on: before)?.name }
    #expect(around == ["Tỉnh Bình Định", "Thành phố Quy Nhơn"])
    #expect(areas.area(code: "21583", on: after)?.name == "Phường Quy Nhơn")
    #expect(areas.isWithin("23575", "52", on: after) && !areas.isWithin("23575", "52", on: before))
  }
}
