import Lagoon
import Primitives
import Rollups
import Synchronization
import Telemetry
import Testing

/// What questions cost, and what they leave out: a cursor that nobody gave out, thousands of rows of one instant, askers
/// that have gone, parts that cannot be read, thousands of tables.
@Suite struct QueryBoundsTests {
  static let second = Nanos.perSecond

  /// Gives up some parts, and counts those that are opened.
  final class FaultyParts: PartReading {
    let parts: FakeParts
    let broken: Set<String>
    let opened = Mutex<[String]>([])

    init(_ parts: FakeParts, broken: Set<String> = []) {
      self.parts = parts
      self.broken = broken
    }

    func scan(_ request: ScanRequest) throws -> RowSource {
      opened.withLock { $0.append(request.path) }
      if broken.contains(request.path) {
        throw QueryError.unreadablePart(table: request.table.displayName, part: request.path, cause: "it is cut")
      }
      return try parts.scan(request)
    }
  }

  @Test(arguments: [
    "0.\(String(Int.max, radix: 36))", "0.\(String(UInt64.max, radix: 36))", "0.\(String((1 << 32) + 1, radix: 36))",
    "0.-1", "0.+1", "", ".", "0.", ".0", "0.0.0",
  ])
  func aCursorThatNobodyGaveOutIsNone(text: String) {
    #expect(PageCursor(text) == nil)
  }

  @Test func aCursorMaySkipMoreThanThereIs() throws {
    let rows = (0..<3).map { TestRow("d", 5 * Self.second, [("v", .integer(Int64($0)))]) }
    let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m"))
    for skip in [3, 1 << 31, Limits.pageSkip] {
      for time in [5 * Self.second, .min, .max, 0] {
        let cursor = try #require(PageCursor(PageCursor(time: time, skip: skip).text))
        let page = try ReadingsQuery(device: "d", measurement: "m", limit: 10_000, cursor: cursor).run(on: view)
        #expect(page.rows.count == (time < 5 * Self.second ? 3 : 0) && page.next == nil)
      }
    }
  }

  /// Rows of one instant are not compared with each other: a page of twenty thousand is made at once.
  @Test func thousandsOfOneInstantArePaged() throws {
    let count = 20_000
    let rows = (0..<count).map { TestRow("d", 5 * Self.second, [("v", .integer(Int64($0)))]) }
    let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m"))
    var query = ReadingsQuery(device: "d", measurement: "m", limit: 10_000)
    var found: [ResultRow] = []
    repeat {
      let page = try query.run(on: view)
      found += page.rows
      query.cursor = page.next
    } while query.cursor != nil
    #expect(found.count == count && Set(found).count == count)
  }

  @Test func fieldsOfTheirOwnMakeOneRowOfThousands() throws {
    let rows = (0..<4_000).map { TestRow("d", 5 * Self.second, [("f\($0)", .integer(Int64($0)))]) }
    let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m"))
    let page = try ReadingsQuery(device: "d", measurement: "m").run(on: view)
    #expect(page.rows.count == 1 && page.rows[0].fields.count == 4_000)
  }

  // MARK: who has gone

  private static func questions(_ view: LagoonView) -> [(String, () throws -> Void)] {
    let (directory, zone, cache) = (FakeDirectory.fleet(4), TimeZoneRules.utc, NewestRowsCache())
    let step = Step("1m") ?? Step("1h")!
    let rollup = RollupQuery(
      measurement: "m", field: "v", step: step, from: 0, to: 3_600 * second, aggregates: [.average, .increase])
    let quality = QualityQuery(step: step, from: 0, to: 3_600 * second, now: 3_600 * second)
    return [
      ("rollups", { _ = try rollup.run(on: view, directory: directory, zone: zone) }),
      ("quality", { _ = try quality.run(on: view, directory: directory, zone: zone) }),
      ("changes", { _ = try ChangesQuery(since: 0).run(on: view, zone: zone) }),
      ("latest", { _ = try LatestQuery().run(on: view, directory: directory, cache: cache) }),
      ("devices", { _ = try DevicesQuery().run(on: view, directory: directory, now: 0, cache: cache) }),
      ("readings", { _ = try ReadingsQuery(device: "d1", measurement: "m").run(on: view) }),
    ]
  }

  private static let readings = (0..<40).map { TestRow("d\($0 % 4)", Int64($0) * second, [("v", .integer(Int64($0)))]) }

  @Test func aQuestionOfNobodyOpensNoPart() throws {
    let (view, parts) = QueryFixture.view(
      parts: [Self.readings, Self.readings], unsealed: [Self.readings], table: .readings("m"))
    var watched = view
    let reader = FaultyParts(parts)
    watched.reader = reader
    let asked = watched.asked(by: QuestionProbe { true })
    for (name, question) in Self.questions(asked) {
      #expect(throws: QueryError.abandoned, "\(name)") { try question() }
    }
    #expect(reader.opened.withLock { $0 }.isEmpty)
  }

  /// It stops on its way too, and does not open what is left.
  @Test func aQuestionStopsWhenItsAskerGoes() throws {
    let many = [[TestRow]](repeating: Self.readings, count: 50)
    let (view, parts) = QueryFixture.view(parts: many, table: .readings("m"))
    for (name, _) in Self.questions(view) {
      let reader = FaultyParts(parts)
      var watched = view
      watched.reader = reader
      let asked = watched.asked(by: QuestionProbe { reader.opened.withLock { $0.count >= 3 } })
      let question = try #require(Self.questions(asked).first { $0.0 == name }).1
      #expect(throws: QueryError.abandoned, "\(name)") { try question() }
      #expect(reader.opened.withLock { $0.count } == 3, "\(name)")
    }
  }

  // MARK: what cannot be read

  private static func damaged() -> LagoonView {
    let later = readings.map { TestRow($0.device, $0.time + 60 * second, $0.fields) }
    var (view, parts) = QueryFixture.view(parts: [readings, later], table: .readings("m"))
    view.tables[.readings("other")] = TableView(
      name: .readings("other"), unsealed: [QueryFixture.source(readings, measurement: "other")])
    view.unreadable[.readings("gone")] = "its log is cut"
    view.unreadable[.events] = "its log is cut"
    view.reader = FaultyParts(parts, broken: ["part-1"])
    return view
  }

  @Test func listsAnswerForTheRestAndNameWhatIsMissing() throws {
    let view = Self.damaged()
    let (directory, zone) = (FakeDirectory.fleet(4), TimeZoneRules.utc)
    let missing = ["events", "gone", "m"]
    let latest = try LatestQuery().run(on: view, directory: directory, cache: NewestRowsCache())
    #expect(latest.missing.map(\.table) == missing && Set(latest.rows.map(\.measurement)) == ["m", "other"])
    #expect(latest.rows.filter { $0.measurement == "m" }.map(\.time).max() == 39 * Self.second)
    let devices = try DevicesQuery().run(on: view, directory: directory, now: 0, cache: NewestRowsCache())
    #expect(devices.missing.map(\.table) == missing && devices.devices.count == 4)
    let changes = try ChangesQuery(since: 0, limit: 10_000).run(on: view, zone: zone)
    #expect(changes.missing.map(\.table) == missing && Set(changes.changes.map(\.measurement)) == ["m", "other"])
    let quality = QualityQuery(step: try #require(Step("1m")), from: 0, to: 120 * Self.second, now: 120 * Self.second)
    let shares = try quality.run(on: view, directory: directory, zone: zone)
    #expect(shares.missing.map(\.table) == missing && shares.groups[0].cells[0].received == 80)
    let events = try EventsQuery().run(on: view, directory: directory)
    #expect(events.missing.map(\.table) == ["events"] && events.rows.isEmpty)
    let arrived = try ArrivedEventsQuery(since: 0, until: .max, most: 10).run(on: view)
    #expect(arrived.missing.map(\.table) == ["events"])
    #expect(view.missing.map(\.table) == ["events", "gone"])
  }

  /// What is answered for one table is never quietly shorter.
  @Test func aQuestionOfOneTableIsAnErrorThatNamesIt() throws {
    let view = Self.damaged()
    let (directory, zone) = (FakeDirectory.fleet(4), TimeZoneRules.utc)
    func rollup(_ measurement: String) -> RollupQuery {
      RollupQuery(measurement: measurement, field: "v", step: Step("1m")!, from: 0, to: 120 * Self.second)
    }
    let part = QueryError.unreadablePart(table: "m", part: "part-1", cause: "it is cut")
    let table = QueryError.unreadableTable("gone", cause: "its log is cut")
    #expect(throws: part) { try rollup("m").run(on: view, directory: directory, zone: zone) }
    #expect(throws: table) { try rollup("gone").run(on: view, directory: directory, zone: zone) }
    #expect(throws: part) { try ReadingsQuery(device: "d1", measurement: "m").run(on: view) }
    #expect(throws: table) { try ReadingsQuery(device: "d1", measurement: "gone").run(on: view) }
    #expect(throws: table) {
      try LatestQuery(measurement: "gone").run(on: view, directory: directory, cache: NewestRowsCache())
    }
  }

  // MARK: many tables

  @Test func aPageOfManyTablesOpensThoseThatAreOnIt() throws {
    var tables: [TableName: TableView] = [:]
    var sources: [String: RowSource] = [:]
    for number in 0..<500 {
      let (name, device) = ("m\(1_000 + number)", "d\(number % 7)")
      let rows = [TestRow(device, 5 * Self.second, [("v", .integer(Int64(number)))])]
      sources[name] = QueryFixture.source(rows, measurement: name)
      var part = QueryPart(path: name, rowCount: 1, oldest: 5 * Self.second, newest: 5 * Self.second)
      part.devices = device...device
      tables[.readings(name)] = TableView(name: .readings(name), parts: [part])
    }
    let reader = FaultyParts(FakeParts(sources))
    let view = LagoonView(tables: tables, reader: reader, version: 1, watermark: 6 * Self.second)
    let cache = NewestRowsCache()
    var query = LatestQuery(limit: 10)
    let first = try query.run(on: view, directory: EmptyDirectory(), cache: cache)
    #expect(first.rows.map(\.measurement) == (0..<10).map { "m\(1_000 + $0 * 7)" })
    #expect(reader.opened.withLock { $0.count } <= 12)
    // Page by page it is all of them, in order, each once.
    var rows = first.rows
    query.cursor = first.next
    while query.cursor != nil {
      let page = try query.run(on: view, directory: EmptyDirectory(), cache: cache)
      rows += page.rows
      query.cursor = page.next
    }
    #expect(rows.count == 500 && Set(rows.map(\.measurement)).count == 500)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { ($0.device, $0.measurement) < ($1.device, $1.measurement) })
  }
}
