import Lagoon
import Mutation
import Primitives
import Telemetry
import Testing

@Suite struct QueryRowsTests {
  static let second = Nanos.perSecond

  /// Rows with many equal times, dealt to parts that overlap, and to memory.
  static func dealt(_ rows: [TestRow], table: TableName, seed: UInt64) -> (view: LagoonView, reader: FakeParts) {
    var random = SeededRandom(seed)
    var parts = [[TestRow]](repeating: [], count: 8)
    var unsealed: [TestRow] = []
    for row in rows {
      let place = Int(row.time / (100 * second)) + (Int.random(in: 0..<5, using: &random) == 0 ? 1 : 0)
      if place < parts.count { parts[place].append(row) } else { unsealed.append(row) }
    }
    return QueryFixture.view(
      parts: parts.filter { !$0.isEmpty }, unsealed: [unsealed.shuffled(using: &random)], table: table)
  }

  @Test(arguments: [1, 3, 100, 10_000])
  func pagesOfReadingsAreTheWholeInOrder(limit: Int) throws {
    var random = SeededRandom(2)
    let rows = (0..<1_500).map { number in
      TestRow(
        "d\(number % 3)", Int64.random(in: 0..<1_000, using: &random) * Self.second, [("n", .integer(Int64(number)))])
    }
    let (view, reader) = Self.dealt(rows, table: .readings("m"), seed: 3)
    let (from, to) = (50 * Self.second, 950 * Self.second)
    var got: [ResultRow] = []
    var query = ReadingsQuery(device: "d1", measurement: "m", from: from, to: to, limit: limit)
    repeat {
      let page = try query.run(on: view)
      #expect(page.rows.count <= limit && (page.next == nil || !page.rows.isEmpty))
      got += page.rows
      query.cursor = try page.next.map { try #require(PageCursor($0.text)) }
    } while query.cursor != nil && got.count <= rows.count
    let wanted = rows.filter { $0.device == "d1" && $0.time >= from && $0.time < to }
    #expect(got.map(\.time) == wanted.map(\.time).sorted())
    #expect(Set(got).count == wanted.count && got.allSatisfy { $0.device == "d1" && $0.measurement == "m" })
    let firstPageScans = reader.scans.prefix { $0.from == from }.count
    if limit == 1 { #expect(firstPageScans < 8) }
  }

  @Test func rowsOfOneInstantWithDisjointFieldsAreOne() throws {
    let tag = [SeriesKey.Tag(name: "k", value: "1")]
    let rows = [
      TestRow("d", 5 * Self.second, [("a", .integer(1))]), TestRow("d", 5 * Self.second, [("b", .boolean(true))]),
      TestRow("d", 5 * Self.second, [("a", .integer(2))]),
      TestRow("d", 5 * Self.second, [("c", .string("x"))], tags: tag),
    ]
    let (view, _) = QueryFixture.view(parts: [], unsealed: [rows], table: .readings("m"))
    let page = try ReadingsQuery(device: "d", measurement: "m").run(on: view)
    #expect(page.rows.map { $0.fields.map(\.name) } == [["a", "b"], ["a"], ["c"]])
    #expect(page.rows[2].tags == tag && page.next == nil)
  }

  /// What a part holds came before what is in memory; within each rows lie as they came.
  @Test func rowsOfOneInstantComeInTheOrderOfArrival() throws {
    func row(_ value: Int64) -> TestRow { TestRow("d", 5 * Self.second, [("v", .integer(value))]) }
    let (view, _) = QueryFixture.view(
      parts: [[row(7), row(3)]], unsealed: [[row(5)], [row(4)]], table: .readings("m"))
    func values(_ rows: [ResultRow]) -> [ReadingValue] { rows.map { $0.fields[0].value } }
    let page = try ReadingsQuery(device: "d", measurement: "m").run(on: view)
    #expect(values(page.rows) == [.integer(7), .integer(3), .integer(5), .integer(4)])
    let latest = try LatestQuery(measurement: "m").run(
      on: view, directory: FakeDirectory.fleet(1), cache: NewestRowsCache())
    #expect(values(latest.rows) == [.integer(4)])
  }

  @Test(arguments: [1, 7, 100, 10_000])
  func eventsComeNewestFirst(limit: Int) throws {
    var random = SeededRandom(4)
    let severities = ["info", "warning", "error"]
    let rows = (0..<1_200).map { number in
      TestRow(
        "d\(number % 9)", Int64.random(in: 0..<1_000, using: &random) * Self.second,
        [
          ("severity", .string(severities[number % 3])), ("kind", .string(number % 2 == 0 ? "syslog" : "trap")),
          ("message", .string("event \(number)")),
        ])
    }
    let merger = 500 * Self.second
    let directory = FakeDirectory.fleet(9, merger: merger)
    let (view, _) = Self.dealt(rows, table: .events, seed: 5)
    let filters = [
      DeviceFilter(), DeviceFilter(device: "d4"), DeviceFilter(deviceClass: "sensor"), DeviceFilter(area: "52"),
    ]
    for filter in filters {
      var query = EventsQuery(
        from: 10 * Self.second, to: 990 * Self.second, severities: ["error", "info"], kind: "syslog", filter: filter,
        limit: limit)
      var got: [ResultRow] = []
      repeat {
        let page = try query.run(on: view, directory: directory)
        #expect(page.rows.count <= limit && (page.next == nil || !page.rows.isEmpty))
        got += page.rows
        query.cursor = page.next
      } while query.cursor != nil && got.count <= rows.count
      let wanted = rows.enumerated().filter { number, row in
        guard row.time >= query.from, row.time < query.to, number % 3 != 1, number % 2 == 0 else { return false }
        let facts = directory.device(row.device)
        if filter == DeviceFilter() { return true }
        if filter.device != nil { return row.device == "d4" }
        guard let facts else { return false }
        return filter.area == nil
          ? facts.deviceClass == "sensor" : directory.isArea(facts.area, within: "52", at: row.time)
      }
      #expect(got.map(\.time) == wanted.map(\.element.time).sorted(by: >))
      #expect(Set(got.compactMap { $0.text("message") }) == Set(wanted.map { "event \($0.offset)" }))
    }
  }

  @Test(arguments: ["", "x", "1", "1.", ".1", "-1.0", "1.-1", "1.2.3", "zzzzzzzzzzzzzzzzzz.0", "+1.0"])
  func foreignCursorsAreRefused(text: String) {
    #expect(PageCursor(text) == nil)
  }

  @Test(arguments: [Int64.min, -1, 0, 1_763_683_200_000_000_000, .max])
  func cursorsComeBack(time: Int64) {
    #expect(PageCursor(PageCursor(time: time, skip: 41).text) == PageCursor(time: time, skip: 41))
  }
}
