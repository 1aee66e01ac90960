import Lagoon
import Primitives
import Telemetry
import Testing

@Suite struct LastHeardTests {
  private struct Directory: DeviceDirectory {
    var devices: [DeviceFacts] { ["a", "b", "c"].map { DeviceFacts(id: $0) } }
    func device(_ id: String) -> DeviceFacts? { devices.first { $0.id == id } }
    func isArea(_ code: String, within ancestor: String, at time: UnixNanos) -> Bool { false }
    var knownDevices: [String] { devices.map(\.id) }
    func device(_ id: String, at time: UnixNanos) -> DeviceFacts? { device(id) }
    func areaPath(of code: String, at time: UnixNanos) -> [String] { [code] }
    func changes(from: UnixNanos, to: UnixNanos) -> [UnixNanos] { [] }
  }

  private let told = [SeriesKey.Tag(name: SeriesKey.toldTag, value: "n")]
  private let second = Nanos.perSecond

  private func view(
    _ parts: FakeParts, _ sizes: [(path: String, oldest: Int64, newest: Int64)], unsealed: [TestRow]
  ) -> LagoonView {
    let name = TableName.readings("m")
    let shown = sizes.map {
      QueryPart(path: $0.path, rowCount: 1, oldest: $0.oldest * second, newest: $0.newest * second)
    }
    let table = TableView(
      name: name, parts: shown, unsealed: [QueryFixture.source(unsealed, measurement: "m")])
    return LagoonView(tables: [name: table], reader: parts, version: 1, watermark: .max)
  }

  private func row(_ device: String, _ at: Int64, tags: [SeriesKey.Tag] = []) -> TestRow {
    TestRow(device, at * second, [("x", .integer(1))], tags: tags)
  }

  @Test func eachPartIsLookedAtOnce() throws {
    let parts = FakeParts([
      "one": QueryFixture.source([row("a", 10), row("b", 20), row("x", 30)], measurement: "m"),
      "two": QueryFixture.source([row("a", 40), row("a", 35)], measurement: "m"),
    ])
    var heard = LastHeard()
    let first = try heard.update(
      on: view(parts, [("one", 10, 30)], unsealed: [row("b", 50), row("c", 60, tags: told)]), directory: Directory())
    #expect(first == ["a": 10 * second, "b": 50 * second])
    let second = try heard.update(
      on: view(parts, [("one", 10, 30), ("two", 35, 40)], unsealed: []), directory: Directory())
    #expect(second == ["a": 40 * self.second, "b": 20 * self.second])
    #expect(parts.scans.map(\.path) == ["one", "two"])
  }

  @Test func partsOfLongAgoAreNotLookedAt() throws {
    let parts = FakeParts(["new": QueryFixture.source([row("a", 200_000)], measurement: "m")])
    var heard = LastHeard()
    let found = try heard.update(
      on: view(parts, [("old", 1, 2), ("new", 200_000, 200_000)], unsealed: []), directory: Directory())
    #expect(found == ["a": 200_000 * second])
  }
}
