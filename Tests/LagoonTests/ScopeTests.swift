@testable import Lagoon
import Primitives
import Registry
import Rollups
import Telemetry
import Testing

/// What somebody with a scope is told is what anybody is told by a node that holds those rows alone.
@Suite struct ScopeTests {
  private static let start: UnixNanos = 1_763_596_800 * Nanos.perSecond
  private static let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)
  /// Between two hours: from then on area 21553 is in 52.
  private static let merger = start + 3 * Nanos.perHour
  private static let scopes = [
    DeviceScope(areas: ["52"]), DeviceScope(areas: ["21550", "25195"]), DeviceScope(domains: ["environment"]),
    DeviceScope(areas: ["52"], domains: ["security"], agencies: ["a1"]), DeviceScope(areas: ["nowhere"]),
  ]

  private struct Node {
    var view: LagoonView
    var directory: FakeDirectory
  }

  @Test func whatCannotBeReadHasNoNameForWhoIsLimited() throws {
    var (node, _) = Self.both(DeviceScope(areas: ["52"]), .readings("weather"))
    node.view.unreadable = [.readings("salaries"): "cannot read salaries", .events: "cannot read events"]
    let latest = try LatestQuery(limit: 10).run(on: node.view, directory: node.directory, cache: NewestRowsCache())
    #expect(latest.missing.map(\.table) == ["*", "events"] && !latest.rows.isEmpty)
    #expect(!latest.missing.contains { $0.cause.contains("salaries") })
    // Who asks for it by name is told: nobody can know whether it holds rows of theirs.
    let asked = LatestQuery(measurement: "salaries", limit: 10)
    #expect(throws: QueryError.unreadableTable("salaries", cause: "cannot read salaries")) {
      try asked.run(on: node.view, directory: node.directory, cache: NewestRowsCache())
    }
    node.view = node.view.asked(by: .never)
    let whole = try LatestQuery(limit: 10).run(on: node.view, directory: node.directory, cache: NewestRowsCache())
    #expect(whole.missing.map(\.table) == ["events", "salaries"])
  }

  private static func rows(_ count: Int) -> [TestRow] {
    (0..<count).map { number in
      let device = number % 11 == 10 ? "stranger" : "d\(number * 7 % 20)"
      let millis = Int64(number) * 5 * 3_600_000 / Int64(count)
      let time = start + millis * Nanos.perMillisecond
      return TestRow(
        device, time,
        [("v", .integer(Int64(number * number % 101))), ("f\(number * 7 % 20 % 3)", .double(Double(number)))])
    }
  }

  private static func node(_ rows: [TestRow], _ table: TableName, devices: Set<String>? = nil) -> Node {
    let thirds = [Array(rows.prefix(rows.count / 3)), Array(rows.dropFirst(rows.count / 3))]
    let half = thirds[1].count / 2
    let parts = [thirds[0], Array(thirds[1].prefix(half))].filter { !$0.isEmpty }
    let unsealed = [Array(thirds[1].dropFirst(half))].filter { !$0.isEmpty }
    var directory = FakeDirectory.fleet(20, merger: merger)
    if let devices { directory.devices.removeAll { !devices.contains($0.id) } }
    var view = QueryFixture.view(parts: parts, unsealed: unsealed, table: table).view
    view.watermark = start + 5 * Nanos.perHour
    if rows.isEmpty { view.tables = [:] }
    return Node(view: view, directory: directory)
  }

  /// The whole node as somebody with that scope sees it, and the node that holds no more.
  private static func both(_ scope: DeviceScope, _ table: TableName) -> (whole: Node, small: Node) {
    let all = rows(660)
    var whole = node(all, table)
    let inside = all.filter { scope.takes($0.device, at: $0.time, directory: whole.directory) }
    let devices = Set(
      whole.directory.devices.map(\.id).filter { id in
        [start, merger].contains { scope.takes(id, at: $0, directory: whole.directory) }
      })
    whole.view = whole.view.asked(by: .never, within: scope)
    return (whole, node(inside, table, devices: devices))
  }

  private static func text(_ body: () throws -> String) -> String {
    do { return try body() } catch { return "\(error)" }
  }

  private static func rollups(_ node: Node, _ query: RollupQuery) -> String {
    text {
      let answer = try query.run(on: node.view, directory: node.directory, zone: zone)
      return answer.groups.map { group in
        "\(group.name): " + (0..<group.count).map { "\(group.cell($0))" }.joined(separator: " ")
      }.joined(separator: "\n")
    }
  }

  @Test(arguments: scopes.indices, ["15m", "1h"])
  func rollupsAreThoseOfTheScopesOwnRows(_ index: Int, _ step: String) throws {
    let (whole, small) = Self.both(Self.scopes[index], .readings("m"))
    let aggregates = try ["avg", "sum", "count", "first", "last", "min", "distinct", "p95"].map {
      try #require(Aggregate(name: $0))
    }
    for groupBy in GroupBy.allCases {
      for filter in [
        DeviceFilter(), DeviceFilter(area: "52"), DeviceFilter(device: "d4"), DeviceFilter(domain: "security"),
      ] {
        for field in ["v", "f0", "f1", "f2", "none"] {
          let query = RollupQuery(
            measurement: "m", field: field, step: try #require(Step(step)), from: Self.start,
            to: Self.start + 5 * Nanos.perHour, aggregates: aggregates, filter: filter, groupBy: groupBy)
          #expect(Self.rollups(whole, query) == Self.rollups(small, query), "\(groupBy) \(filter) \(field)")
        }
      }
    }
  }

  private static func rows(_ node: Node) -> [String] {
    var texts: [String] = []
    for device in (0..<20).map({ "d\($0)" }) + ["stranger", "nobody"] {
      texts.append(
        text {
          let page = try ReadingsQuery(device: device, measurement: "m", limit: 10_000).run(
            on: node.view, directory: node.directory)
          return "\(device): \(page.rows)"
        })
    }
    for query in [LatestQuery(limit: 1_000), LatestQuery(measurement: "m", limit: 1_000)] {
      texts.append(
        text { "\(try query.run(on: node.view, directory: node.directory, cache: NewestRowsCache()).rows)" })
    }
    return texts
  }

  @Test(arguments: scopes.indices) func rowsAreThoseOfTheScopesOwn(_ index: Int) {
    let (whole, small) = Self.both(Self.scopes[index], .readings("m"))
    let (found, wanted) = (Self.rows(whole), Self.rows(small))
    for place in wanted.indices { #expect(found[place] == wanted[place]) }
  }

  @Test(arguments: scopes.indices) func measurementsAndDevicesAreThoseOfTheScope(_ index: Int) throws {
    let (whole, small) = Self.both(Self.scopes[index], .readings("m"))
    let contents = PartContents()
    // Twice: once what parts hold is found out, and once it is known.
    for _ in 0..<2 {
      let found = try MeasurementsQuery().run(on: whole.view, directory: whole.directory, contents: contents)
      // A field's type is what the table's parts say, whoever wrote them.
      func text(_ all: [MeasurementSummary]) -> String {
        all.map { "\($0.name) \($0.rows) \($0.first ?? 0) \($0.last ?? 0) \($0.fields.map(\.name))" }.joined()
      }
      let wanted = try text(MeasurementsQuery().run(on: small.view))
      #expect(text(found) == wanted)
    }
    func devices(_ node: Node) throws -> String {
      let answer = try DevicesQuery(limit: 1_000).run(
        on: node.view, directory: node.directory, now: Self.start + 5 * Nanos.perHour, cache: NewestRowsCache())
      return answer.devices.map { "\($0)" }.joined(separator: "\n")
    }
    #expect(try devices(whole) == devices(small))
  }

  @Test(arguments: scopes.indices) func eventsAndChangesAreThoseOfTheScope(_ index: Int) throws {
    let (whole, small) = Self.both(Self.scopes[index], .events)
    func events(_ node: Node) throws -> String {
      "\(try EventsQuery(limit: 10_000).run(on: node.view, directory: node.directory).rows)"
    }
    #expect(try events(whole) == events(small))
    let (wholeRows, smallRows) = Self.both(Self.scopes[index], .readings("m"))
    // The instant of the merger begins a bucket of every step but the day.
    func changes(_ node: Node) throws -> [BucketChange] {
      try ChangesQuery(since: 0, limit: 100_000).run(on: node.view, directory: node.directory, zone: Self.zone).changes
        .filter { $0.step != "1d" }
    }
    #expect(try changes(wholeRows) == changes(smallRows))
  }

  @Test func theLimitsOfAScopeGoTogether() {
    let directory = FakeDirectory.fleet(20, merger: Self.merger)
    let scope = DeviceScope(areas: ["52", "25195"], domains: ["security"], agencies: ["a0", "a1"])
    for facts in directory.devices {
      let isInside = facts.domain == "security" && facts.area != "21553"
      #expect(scope.takes(facts.id, at: Self.start, directory: directory) == isInside, "\(facts.id)")
    }
    #expect(!scope.takes("stranger", at: Self.start, directory: directory))
    #expect(DeviceScope.everything.takes("stranger", at: Self.start, directory: directory))
  }

  @Test func aNameIsLookedForInTheScopeAlone() throws {
    let (whole, small) = Self.both(DeviceScope(domains: ["environment"]), .readings("m"))
    let search = ScopedSearch(whole.view, directory: whole.directory)
    for field in ["v", "f0", "f1", "f2", "none"] {
      #expect(
        try search.has(.readings("m"), field: field) == small.view.tables[.readings("m")]?.hasField(field) ?? false)
    }
    #expect(try !search.has(.readings("other")) && !search.has(.readings("m"), tag: "none"))
    #expect(try search.has(.readings("m")))
    let names = AskedNames(measurement: "m", field: "none")
    #expect(throws: QueryError.unknownField(measurement: "m", field: "none")) {
      try names.scoped(whole.view, whole.directory, isEmpty: { (rows: [Int]) in rows.isEmpty }) { [] }
    }
    // An answer that holds something proves its names: nothing is looked for.
    #expect(try names.scoped(whole.view, whole.directory, isEmpty: { (rows: [Int]) in rows.isEmpty }) { [1] } == [1])
    // Who went away waits for no search.
    #expect(throws: QueryError.abandoned) {
      try names.scoped(whole.view, whole.directory, isEmpty: { (rows: [Int]) in rows.isEmpty }) {
        throw QueryError.abandoned
      }
    }
  }

  @Test func namesOfTheRegistryAreThoseOfDevicesWhileTheyWereInside() throws {
    func device(_ id: String, _ area: String, _ domain: String) -> Device {
      Device(id: id, deviceClass: "sensor", area: area, domain: domain)
    }
    var history = DeviceHistory()
    let first = DeviceRegistry(devices: [device("moves", "a", "water"), device("stays", "b", "power")])
    _ = history.take(first, at: Self.start)
    let second = DeviceRegistry(devices: [device("moves", "b", "air"), device("stays", "b", "power")])
    _ = history.take(second, at: Self.merger)
    let directory = RegistryDirectory(second, history: history, zone: Self.zone)
    let inside = directory.names(within: DeviceScope(areas: ["a"]))
    #expect(inside.devices == ["moves"] && inside.domains == ["water"] && inside.areas == ["a"])
    #expect(directory.names(within: DeviceScope(areas: ["b"])).domains == ["air", "power"])
    #expect(directory.names(within: DeviceScope(areas: ["c"])).devices.isEmpty)
    #expect(directory.names(within: .everything).devices == ["moves", "stays"])
    #expect(directory.devices(everWithin: .everything) == nil)
    #expect(directory.devices(everWithin: DeviceScope(areas: ["a"])) == ["moves"])
    let filter = ScopeFilter(scope: DeviceScope(areas: ["a"]), directory: directory)
    #expect(filter.takes("moves", at: Self.merger - 1) && !filter.takes("moves", at: Self.merger))
    #expect(filter.takes("moves", at: 0))
    let known = ScopedNames()
    for number in 0...Limits.knownScopes { known.keep(inside, of: DeviceScope(areas: ["\(number)"])) }
    // Bounded, and the newest is there.
    #expect(known.names(within: DeviceScope(areas: ["\(Limits.knownScopes)"])) != nil)
    #expect(
      (0...Limits.knownScopes).count { known.names(within: DeviceScope(areas: ["\($0)"])) != nil } == Limits.knownScopes
    )
  }
}
