import Primitives
import Registry
import Testing

@Suite struct DeviceHistoryTests {
  static func registry(_ areas: [String: String]) -> DeviceRegistry {
    DeviceRegistry(devices: areas.map { Device(id: $0.key, deviceClass: "sensor", area: $0.value) })
  }

  @Test func whatWasKnownFirstHoldsForAllTimeBefore() {
    var history = DeviceHistory()
    #expect(history.take(Self.registry(["a": "1"]), at: 100).map(\.id) == ["a"])
    #expect(history.device(id: "a", at: -5)?.area == "1" && history.device(id: "a", at: 5_000)?.area == "1")
    #expect(history.changes.isEmpty && history.device(id: "b", at: 0) == nil)
  }

  @Test func aMoveChangesNothingThatWas() {
    var history = DeviceHistory()
    _ = history.take(Self.registry(["a": "1", "b": "1"]), at: 100)
    #expect(history.take(Self.registry(["a": "1", "b": "1"]), at: 150).isEmpty)
    #expect(history.take(Self.registry(["a": "2", "b": "1", "c": "3"]), at: 200).map(\.id) == ["a", "c"])
    #expect(history.device(id: "a", at: 199)?.area == "1" && history.device(id: "a", at: 200)?.area == "2")
    // Since when the first ones were there nobody wrote down; of one that came later it is known.
    #expect(history.addedAt(id: "a") == nil && history.addedAt(id: "c") == 200 && history.addedAt(id: "x") == nil)
    #expect(history.changes(id: "a") == [200] && history.changes(id: "c").isEmpty && history.changes(id: "x").isEmpty)
    // It is taken to have stood there before all the same.
    #expect(history.device(id: "c", at: 0)?.area == "3" && history.changes == [200])
  }

  @Test func oneThatLeftWasThereAndMayComeBack() {
    var history = DeviceHistory()
    _ = history.take(Self.registry(["a": "1"]), at: 100)
    #expect(history.take(Self.registry([:]), at: 200).map(\.version.device) == [nil])
    #expect(history.take(Self.registry([:]), at: 250).isEmpty)
    _ = history.take(Self.registry(["a": "2"]), at: 300)
    #expect([150, 250, 350].map { history.device(id: "a", at: $0)?.area } == ["1", nil, "2"])
    var read = DeviceHistory()
    for version in (history.versions["a"] ?? []).reversed() { read.insert(version, of: "a") }
    #expect(read.versions == history.versions)
  }

  @Test func addressesAreNoneOfItsBusiness() {
    var history = DeviceHistory()
    let device = Device(id: "a", deviceClass: "sensor")
    _ = history.take(DeviceRegistry(devices: [device]), at: 1)
    var moved = device
    moved.addresses = [SourceAddress(ipv4: 0x0A00_0001, port: 0)]
    #expect(history.take(DeviceRegistry(devices: [moved]), at: 2).isEmpty)
  }
}
