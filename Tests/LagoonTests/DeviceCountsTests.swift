import Primitives
import Registry
import Telemetry
import Testing

@testable import Lagoon

/// Counts are those of the list of devices, for everybody.
@Suite struct DeviceCountsTests {
  private static let now: UnixNanos = 1_763_596_800 * Nanos.perSecond
  private static let scopes = [
    DeviceScope.everything, DeviceScope(areas: ["52"]), DeviceScope(areas: ["21550", "25195"]),
    DeviceScope(domains: ["environment"]), DeviceScope(areas: ["52"], domains: ["security"], agencies: ["a1"]),
    DeviceScope(areas: ["nowhere"]),
  ]
  private static let filters = [
    DeviceFilter(), DeviceFilter(area: "52"), DeviceFilter(deviceClass: "camera"), DeviceFilter(domain: "security"),
    DeviceFilter(area: "21553", agency: "a0"),
  ]

  /// Each device heard some time ago, or never; some that the registry does not know, and some of which nothing is
  /// expected.
  private static func node(_ count: Int = 60) -> (view: LagoonView, directory: FakeDirectory) {
    var directory = FakeDirectory.fleet(count, merger: now - Nanos.perHour)
    for index in directory.devices.indices {
      if index % 11 == 3 { directory.devices[index].intervalSeconds = .infinity }
      if index % 11 == 7 { directory.devices[index].intervalSeconds = nil }
      if index % 13 == 5 { directory.devices[index].area = "" }
    }
    let ages: [Int64?] = [1, 92, 94, 179, 181, 40_000, nil]
    let rows = (0..<count).compactMap { number in
      ages[number * 5 % ages.count].map { TestRow("d\(number)", now - $0 * Nanos.perSecond, [("v", .integer(1))]) }
    }
    let parts = [rows.filter { $0.time < now - 100 * Nanos.perSecond }]
    let unsealed = [rows.filter { $0.time >= now - 100 * Nanos.perSecond }]
    return (QueryFixture.view(parts: parts, unsealed: unsealed, table: .readings("m")).view, directory)
  }

  /// The same by looking at each device of the list.
  private static func counted(_ devices: [DeviceSummary]) -> DeviceCount {
    var count = DeviceCount()
    count.devices = devices.count
    count.live = devices.count { $0.status == .live }
    count.silent = devices.count { $0.status == .silent }
    count.unknown = devices.count { $0.status == .unknown }
    count.never = devices.count { $0.status == .silent && $0.lastSeen == nil }
    count.late = devices.count { device in
      guard device.status == .live, let seconds = device.facts.intervalSeconds, seconds.isFinite else { return false }
      return device.lastSeen.map { Double(now - $0) / 1e9 > seconds * 1.5 + 3 } ?? false
    }
    return count
  }

  @Test(arguments: scopes.indices, filters.indices) func countsAreThoseOfTheList(_ scope: Int, _ filter: Int) throws {
    var (view, directory) = Self.node()
    view = view.asked(by: .never, within: Self.scopes[scope])
    let filter = Self.filters[filter]
    let listed = try DevicesQuery(filter: filter, limit: 1_000).run(
      on: view, directory: directory, now: Self.now, cache: NewestRowsCache()
    ).devices
    let found = try DeviceCountsQuery(filter: filter).run(
      on: view, directory: directory, now: Self.now, cache: NewestRowsCache())
    #expect(found.total == Self.counted(listed))
    let classes = Dictionary(grouping: listed) { $0.facts.deviceClass }
    #expect(found.classes.map(\.name) == classes.keys.sorted())
    for (name, count) in found.classes { #expect(count == Self.counted(classes[name] ?? []), "\(name)") }
    var areas = Dictionary(grouping: listed) { $0.facts.area }
    areas[""] = nil
    #expect(Set(found.areas.map(\.code)) == Set(areas.keys) && found.areaCount == areas.count)
    for (code, count) in found.areas { #expect(count == Self.counted(areas[code] ?? []), "\(code)") }
    let fallen = found.areas.map(\.count.fallenSilent)
    #expect(fallen == fallen.sorted(by: >))
  }

  @Test func everyStateIsMet() throws {
    let (view, directory) = Self.node()
    let total = try DeviceCountsQuery().run(
      on: view, directory: directory, now: Self.now, cache: NewestRowsCache()
    ).total
    #expect([total.live, total.late, total.silent, total.never, total.unknown].allSatisfy { $0 > 0 }, "\(total)")
    #expect(total.live + total.silent + total.unknown == total.devices && total.live > total.late)
    #expect(total.fallenSilent > 0)
  }

  @Test func theWorstAreasAreTold() throws {
    let (view, directory) = Self.node()
    let all = try DeviceCountsQuery().run(on: view, directory: directory, now: Self.now, cache: NewestRowsCache())
    let one = try DeviceCountsQuery(areaLimit: 1).run(
      on: view, directory: directory, now: Self.now, cache: NewestRowsCache())
    #expect(one.areas.map(\.code) == [all.areas[0].code] && one.areaCount == 3 && one.total == all.total)
  }

  /// What the list of devices and the counts of them share: each once, by id, from any place on.
  @Test func eachDeviceIsMetOnceByItsName() throws {
    let (view, directory) = Self.node()
    let grouping = DeviceGrouping(
      filter: DeviceFilter(), within: .everything, groupBy: .none, directory: directory, from: Self.now, to: Self.now)
    var missing = MissingTables(view)
    let seen = try SeenDevices(
      grouping, on: view, cache: NewestRowsCache(), heard: HeardCache(), missing: &missing)
    #expect(seen.lastSeen["d0"] == Self.now - Nanos.perSecond && missing.all.isEmpty)
    #expect(seen.tables(of: "d0") == ["m"] && seen.tables(of: "d1000").isEmpty)
    func met(_ device: String? = nil, after cursor: String? = nil, atMost: Int = .max) -> [String] {
      var ids: [String] = []
      seen.forEach(in: directory, device: device, after: cursor) { id, facts in
        #expect(facts?.id == directory.device(id)?.id)
        ids.append(id)
        return ids.count < atMost
      }
      return ids
    }
    let all = met()
    #expect(all == Set(seen.lastSeen.keys).union(directory.devices.map(\.id)).sorted() && all.contains("d6"))
    #expect(met(atMost: 3) == Array(all.prefix(3)))
    for place in all.indices { #expect(met(after: all[place]) == Array(all.dropFirst(place + 1))) }
    #expect(met(after: "") == all && met(after: "e").isEmpty && met(after: "d30x").first == "d31")
    // One alone, whoever knows it.
    #expect(met("d0") == ["d0"] && met("d6") == ["d6"] && met("nobody").isEmpty && met("d0", after: "d0").isEmpty)
  }
}
