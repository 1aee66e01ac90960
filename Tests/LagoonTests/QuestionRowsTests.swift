import Mutation
import Primitives
import Rollups
import Synchronization
import Telemetry
import Testing

@testable import Lagoon

/// Rows on their way into pages.
@Suite struct QuestionRowsTests {
  private static func source(_ rows: [TestRow]) -> RowSource { QueryFixture.source(rows, measurement: "m") }

  /// Rows of some instants, many of them with a few others.
  private static func rows(_ count: Int, seed: UInt64) -> [TestRow] {
    var random = SeededRandom(seed)
    return (0..<count).map { number in
      TestRow(
        "d\(number % 5)", Int.random(in: -count / 4...count / 4, using: &random).nanos, [("v", .integer(Int64(number)))]
      )
    }
  }

  /// Walked page by page, each row comes once and in order, whatever the size of a page.
  @Test(arguments: [1, 3, 700, 5_000], [false, true]) func pagesAreTheWhole(limit: Int, isDescending: Bool) throws {
    let rows = Self.rows(limit < 10 ? 60 : 4_000, seed: UInt64(limit))
    let sources = stride(from: 0, to: rows.count, by: 900).map {
      Self.source(Array(rows[$0..<min($0 + 900, rows.count)]))
    }
    var found: [ResultRow] = []
    var cursor: PageCursor?
    var pages = 0
    repeat {
      var ordered = OrderedRows(isDescending: isDescending, limit: limit, cursor: cursor, probe: .never)
      let (from, to) = (
        isDescending ? Int64.min : cursor?.time ?? .min, isDescending ? (cursor?.time ?? .max - 1) + 1 : .max
      )
      for (arrival, source) in sources.enumerated() {
        try ordered.add(source, arrival: Int64(arrival), from: from, to: to) { chunk, row, _ in
          chunk.payload(row, column: 0) % 7 != 0
        }
      }
      let page = try ordered.page(limit: limit, measurement: nil)
      #expect(page.count <= limit && (page.next == nil || page.count > 0))
      found += page.rows
      cursor = page.next
      pages += 1
    } while cursor != nil && pages < 10_000
    func value(_ row: ResultRow) -> Int64 {
      if case .integer(let value)? = row.fields.first?.value { value } else { -1 }
    }
    let wanted = rows.indices.filter { $0 % 7 != 0 }.map { Int64($0) }
    #expect(found.map(value).sorted() == wanted)
    for (row, next) in zip(found, found.dropFirst()) {
      #expect(isDescending ? row.time >= next.time : row.time <= next.time)
    }
    #expect(pages <= wanted.count / limit + 1)
  }

  @Test func aPageIsFullOnceNothingCanComeBeforeItsEnd() throws {
    var ordered = OrderedRows(isDescending: false, limit: 2, cursor: nil, probe: .never)
    #expect(!ordered.isFull(before: .max) && ordered.wanted == 3 && !ordered.isCut)
    try ordered.add(
      Self.source((0..<5).map { TestRow("d", Int64($0).nanos, [("v", .integer(1))]) }), from: .min, to: .max
    ) {
      _, _, _ in true
    }
    #expect(!ordered.isFull(before: 2.nanos) && ordered.isFull(before: 3.nanos))
    let page = try ordered.page(limit: 2, measurement: "other")
    #expect(page.rows.map(\.time) == [0, 1.nanos] && page.next == PageCursor(time: 1.nanos + 1, skip: 0))
    #expect(page.rows.allSatisfy { $0.measurement == "other" })
  }

  // MARK: pages

  /// A page keeps its rows when what they were found in goes, and says of them what they were.
  @Test func aPageThatIsDetachedIsTheSame() {
    let source = Self.source([
      TestRow("a", 5.nanos, [("v", .string("")), ("w", .integer(1))]), TestRow("b", 6.nanos, [("v", .string("đá"))]),
      TestRow("a", 7.nanos, [], tags: [SeriesKey.Tag(name: "port", value: "1")]),
    ])
    let chunk = source.chunks[0]
    var page = RowPage(measurement: "other")
    #expect(page.count == 0 && page.rows.isEmpty && page.byteCount == 0)
    page.detach()
    for row in [2, 0, 1] { page.append(FoundRow(source: source, chunk: chunk, row: row, time: chunk.time(row).nanos)) }
    page.append(
      ResultRow(measurement: "made", device: "x", tags: [], time: 9, receivedMillis: nil, fields: []))
    let before = page.rows
    #expect(before.map(\.device) == ["a", "a", "b", "x"] && before[3].measurement == "made")
    let size = page.byteCount
    page.detach()
    #expect(page.rows == before && page.count == 4 && page.byteCount > size)
    page.detach()
    #expect(page.rows == before)
  }

  @Test func aRowTellsWhenItCame() {
    let source = Self.source([TestRow("a", -5.nanos, [("v", .integer(1))])])
    let chunk = source.chunks[0]
    var row = FoundRow(source: source, chunk: chunk, row: 0, time: -5.nanos)
    #expect(row.arrivalNanos == -5.nanos && row.result().receivedMillis == nil && row.arrival == FoundRow.inMemory)
    chunk.setReceived(-7)
    row.arrival = 3
    #expect(row.arrivalNanos == -7 * Nanos.perMillisecond && row.result(measurement: "x").receivedMillis == -7)
    #expect(row.key == SeriesKey(measurement: "m", device: "a") && row.result().measurement == "m")
  }

  // MARK: what is missing

  @Test func eachTableIsMissedOnce() throws {
    var missing = MissingTables()
    #expect(missing.isEmpty && missing.all.isEmpty)
    let name = TableName.readings("m")
    let found = try missing.reading(name) { 7 }
    #expect(found == 7 && missing.isEmpty)
    for part in ["a", "b"] {
      let none: Int? = try missing.reading(name) {
        throw QueryError.unreadablePart(table: "m", part: part, cause: "damaged")
      }
      #expect(none == nil)
    }
    #expect(missing.all.count == 1 && missing.all[0].table == "m" && missing.all[0].cause.contains("part a"))
    // Other faults are those of the question itself.
    #expect(throws: QueryError.self) { try missing.reading(name) { throw QueryError.abandoned } }
    #expect(throws: FakeParts.MissingPart.self) { try missing.reading(name) { throw FakeParts.MissingPart() } }
    var other = MissingTables()
    other.note(name, "later")
    other.note(.events, "gone")
    missing.take(other)
    #expect(missing.all == [MissingTable(table: "events", cause: "gone"), missing.all[1]])
    #expect(missing.all[1].cause.contains("part a"))
  }

  @Test func onlyTablesOfRowsAreMissed() {
    var view = QueryFixture.view(parts: [], table: .readings("m")).view
    view.unreadable = [.readings("x"): "1", .events: "2", .devices: "3", .rollups(.hour): "4"]
    #expect(view.missing.map(\.table) == ["events", "x"])
    #expect(MissingTables(view, among: [.readings("x"), .devices]).all.map(\.cause) == ["1"])
    #expect(MissingTables(view, among: []).isEmpty)
  }

  // MARK: newest rows

  @Test(arguments: 1...4 as ClosedRange<UInt64>) func theNewestRowsOfEachSeriesAreThoseOfLists(seed: UInt64) {
    var random = SeededRandom(seed)
    let rows = (0..<60).map { number in
      TestRow(
        "d\(Int.random(in: 0..<4, using: &random))", Int64.random(in: -9...(-3), using: &random).nanos,
        [("v", .integer(Int64(number)))])
    }
    let source = Self.source(rows)
    for devices in [nil, [], ["d1", "none"], ["d0", "d1", "d2", "d3"]] as [Set<String>?] {
      let newest = SeriesNewest(source, arrival: 5, devices: devices)
      var found: [String: [Int64]] = [:]
      for (series, rows) in newest.rows {
        #expect(rows.allSatisfy { $0.arrival == 5 && $0.key.device == source.series.device(series) })
        found[source.series.device(series)] = rows.map { $0.chunk.payload($0.row, column: 0) }
      }
      var truth: [String: [Int64]] = [:]
      for device in Set(rows.map(\.device)) where devices?.contains(device) ?? true {
        let own = rows.indices.filter { rows[$0].device == device }
        let last = own.map { rows[$0].time }.max()
        truth[device] = own.filter { rows[$0].time == last }.map { Int64($0) }
      }
      #expect(found == truth)
    }
    #expect(SeriesNewest(Self.source([])).rows.isEmpty)
  }

  // MARK: pages of newest rows

  /// No more than a page and one are held, and they are the first.
  @Test(arguments: [0, 1, 7, 300]) func placesAreTheFirstOfAll(limit: Int) {
    var random = SeededRandom(UInt64(limit))
    var places = LatestPlaces(limit: limit)
    var all: [LatestQuery.Place] = []
    for number in 0..<12_000 {
      let place = LatestQuery.Place(
        device: "d\(Int.random(in: 0..<900, using: &random))", measurement: "m\(number)",
        tags: number % 3 == 0 ? [] : [SeriesKey.Tag(name: "a", value: "")])
      all.append(place)
      places.add(place, [])
      if number % 2_500 == 0 {
        let sorted = all.sorted()
        let bound = LatestQuery.Place(device: "d5", measurement: "")
        #expect(places.isFull(before: bound) == (sorted.count > limit && sorted[limit] < bound))
      }
    }
    #expect(places.sorted().map(\.place) == Array(all.sorted().prefix(limit + 1)))
  }

  /// Whatever cursor and devices are asked for, a table that has a row on the page is among the candidates, at a place
  /// that is not behind that row.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func noTableOfThePageIsPassedOver(seed: UInt64) {
    var random = SeededRandom(seed)
    var tables: [(name: String, table: TableView)] = []
    var places: [LatestQuery.Place] = []
    for number in 0..<(seed == 1 ? 32 : 60) {
      let name = String(["m", "n"][number % 2] + "\(number)")
      let devices = (0..<Int.random(in: 0..<4, using: &random)).map { _ in "d\(Int.random(in: 0..<9, using: &random))" }
      var table = TableView(name: .readings(name))
      if let first = devices.min(), let last = devices.max(), number % 3 > 0 {
        var part = QueryPart(path: "p", rowCount: 1, oldest: 0, newest: 0)
        part.devices = number % 3 == 1 ? first...last : nil
        table.parts = [part]
      } else if !devices.isEmpty {
        table.unsealed = [Self.source(devices.map { TestRow($0, 0, [("v", .integer(1))]) })]
      }
      tables.append((name, table))
      for device in devices {
        places.append(LatestQuery.Place(device: device, measurement: name))
        places.append(
          LatestQuery.Place(device: device, measurement: name, tags: [SeriesKey.Tag(name: "a", value: "1")]))
      }
    }
    for asked in [nil, ["d3"], ["d0", "d8", "none"]] as [Set<String>?] {
      for cursor in [nil] + places.shuffled(using: &random).prefix(12).map({ Optional($0) }) {
        let found = LatestCandidate.inOrder(tables, devices: asked, after: cursor)
        for (candidate, next) in zip(found, found.dropFirst()) { #expect(candidate.first <= next.first) }
        for place in places where (asked?.contains(place.device) ?? true) && (cursor.map { place > $0 } ?? true) {
          let candidate = found.first { $0.measurement == place.measurement }
          #expect(candidate.map { $0.first <= place } == true, "\(place) \(String(describing: cursor))")
        }
        #expect(Set(found.map(\.measurement)).count == found.count)
      }
    }
  }

  // MARK: readers that ask

  @Test func aReaderAsksBeforeEachPart() throws {
    let asked = Mutex(0)
    let (view, parts) = QueryFixture.view(parts: [[TestRow("d", 0, [("v", .integer(1))])]], table: .readings("m"))
    let probe = QuestionProbe {
      asked.withLock { asked in
        asked += 1
        return asked > 2
      }
    }
    let reader = ProbedReader(reader: view.reader, probe: probe)
    let request = ScanRequest(table: .readings("m"), path: "part-0")
    for _ in 0..<2 { #expect(try reader.scan(request).rowCount == 1) }
    #expect(throws: QueryError.self) { _ = try reader.scan(request) }
    let part = QueryPart(path: "part-0", rowCount: 1, oldest: 0, newest: 0)
    #expect(throws: QueryError.self) {
      _ = try reader.buckets(BucketRequest(table: .readings("m"), part: part, field: "v", stepNanos: 1))
    }
    // What was not wanted any more was not read.
    #expect(parts.scans.count == 2)
    #expect(throws: QueryError.self) { try parts.scans[0].probe.check() }
  }
}

extension BinaryInteger {
  /// So many milliseconds, in nanoseconds.
  fileprivate var nanos: Int64 { Int64(self) * Nanos.perMillisecond }
}
