import Lagoon
import Primitives
import Rollups
import Telemetry
import Testing

@Suite struct StoredNamesTests {
  private func rows(_ device: String, _ kinds: [String], tags: [SeriesKey.Tag] = []) -> [TestRow] {
    kinds.enumerated().map { index, kind in
      TestRow(device, Int64(index + 1) * Nanos.perSecond, [("kind", .string(kind))], tags: tags)
    }
  }

  @Test func aDeviceIsLookedForOnce() throws {
    let parts = [rows("d1", ["a"]), rows("trạm", ["a"])]
    let (view, reader) = QueryFixture.view(parts: parts, unsealed: [rows("d2", ["a"])], table: .readings("m"))
    let names = StoredNames()
    for device in ["d1", "d2", "trạm"] { #expect(try names.hasDevice(device, in: view), "\(device)") }
    #expect(try !names.hasDevice("nobody", in: view))
    let scans = reader.scans.count
    // Neither what is known nor what is known to be absent is looked for in the same parts again.
    #expect(try names.hasDevice("d1", in: view) && !names.hasDevice("nobody", in: view))
    #expect(reader.scans.count == scans)
  }

  @Test func partsOfOtherDevicesStayClosed() throws {
    var (view, reader) = QueryFixture.view(parts: [rows("d1", ["a"])], table: .readings("m"))
    view.tables[.readings("m")]?.parts[0].devices = "d1"..."d1"
    #expect(try !StoredNames().hasDevice("d2", in: view))
    #expect(reader.scans.isEmpty)
  }

  @Test func kindsAreLearnedPartByPart() throws {
    let (view, reader) = QueryFixture.view(
      parts: [rows("d1", ["snmp", "snmp"])], unsealed: [rows("d2", ["alert.rain"])], table: .events)
    let names = StoredNames()
    #expect(try names.hasKind("snmp", in: view) && names.hasKind("alert.rain", in: view))
    #expect(try names.hasKind("alert.", in: view) && !names.hasKind("alert", in: view) && !names.hasKind("x", in: view))
    #expect(reader.scans.count == 1)
  }

  @Test func whatWasToldLastIsFoundOfAllDevices() throws {
    let told = [SeriesKey.Tag(name: SeriesKey.toldTag, value: "n")]
    let many = (0..<12_000).flatMap { rows("d\($0)", ["device.silent"], tags: told) }
    let (view, _) = QueryFixture.view(
      parts: [many], unsealed: [rows("d7", ["other", "device.back"], tags: told), rows("forged", ["device.silent"])],
      table: .events)
    let newest = try ToldStatuses(of: ["device.silent", "device.back"], in: view).newest
    #expect(newest["device.silent"]?.count == 12_000 && newest["device.silent"]?["forged"] == nil)
    #expect(newest["device.back"] == ["d7": 2 * Nanos.perSecond])
  }

  @Test func pagesOfChangesAreThoseOfTheWhole() throws {
    let readings = (0..<400).map {
      TestRow("d\($0 % 7)", Int64($0 / 7) * Nanos.perMinute, [("v", .integer(1)), ("w", .integer(2))])
    }
    var (view, reader) = QueryFixture.view(parts: [readings], table: .readings("m"))
    let whole = try ChangesQuery(since: 0, limit: .max).run(on: view, zone: .utc).changes
    let known = ChangesCache()
    var found: [BucketChange] = []
    var cursor: BucketChange?
    let scans = reader.scans.count
    repeat {
      let query = ChangesQuery(since: 0, limit: 10, cursor: cursor)
      let page = try query.run(on: view, zone: .utc, known: known)
      found += page.changes
      cursor = page.next
      // What comes meanwhile changes nothing of what is being paged.
      view.version += 1
    } while cursor != nil && found.count < 10_000
    #expect(found == whole && reader.scans.count == scans + 1)
    // A first page is of what is there now.
    _ = try ChangesQuery(since: 0, limit: 10).run(on: view, zone: .utc, known: known)
    #expect(reader.scans.count == scans + 2)
  }

  @Test func nothingIsClaimedOfTheTimeBeforeTheFirstStart() throws {
    let hour = 3_600 * Nanos.perSecond
    let sent = (0..<30).map { TestRow("d0", hour / 2 + Int64($0) * Nanos.perMinute, [("v", .integer(1))]) }
    let (view, _) = QueryFixture.view(parts: [sent], table: .readings("m"))
    let step = try #require(Step("1h"))
    func cells(_ listeningSince: UnixNanos?) throws -> [[String: QualityAnswer.Cell]] {
      let query = QualityQuery(
        step: step, from: 0, to: 4 * hour, groupBy: .device, now: 4 * hour, listeningSince: listeningSince)
      let groups = try query.run(on: view, directory: FakeDirectory.fleet(2), zone: .utc).groups
      return (0..<4).map { number in
        Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0.cells[number]) })
      }
    }
    let always = try cells(nil)
    #expect(always[0]["d1"]?.complete == 0 && always[0]["d1"]?.live == 0)
    let since = try cells(2 * hour + hour / 2)
    // Of what was kept and sent later it is known how much it is; of whom nothing came, nothing.
    #expect(since[0]["d0"]?.complete == always[0]["d0"]?.complete && since[0]["d1"]?.complete == nil)
    #expect(since[1]["d0"]?.complete == nil && since[1]["d0"]?.live == nil && since[0]["d1"]?.live == nil)
    // From the start on silence is known.
    #expect(since[2]["d0"]?.complete == 0 && since[3]["d1"]?.live == 0)
    let half = try #require(since[2]["d0"]?.expected)
    #expect(half * 2 == always[2]["d0"]?.expected)
  }
}
