import Lagoon
import Mutation
import Primitives
import Rollups
import Telemetry
import Testing

@Suite struct QueryArrivalTests {
  static let zone = TimeZoneRules.fixed(offsetSeconds: 7 * 3_600)

  /// 600 rows of 20 minutes; their versions follow their times by 1,001 ms.
  static func rows(_ fields: (Int) -> [(String, ReadingValue)]) -> [TestRow] {
    var random = SeededRandom(5)
    return (0..<600).map { number in
      let millis = Int64.random(in: 0..<1_200_000, using: &random) / 500 * 500
      return TestRow("d\(number % 4)", millis * Nanos.perMillisecond, fields(number))
    }
  }

  /// Cuts of a range into windows, some of a millisecond.
  static func cuts(_ seed: UInt64) -> [Int64] {
    var random = SeededRandom(seed)
    var cuts: Set<Int64> = [0, 2_000_000]
    for _ in 0..<40 {
      let cut = Int64.random(in: 0..<1_300_000, using: &random)
      cuts.formUnion([cut, cut + 1])
    }
    return cuts.sorted()
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func windowsOfEventsAreTheWhole(seed: UInt64) throws {
    let rows = Self.rows { [("message", .string("m\($0)"))] }
    let (view, _) = QueryFixture.view(
      parts: [Array(rows[..<200]), Array(rows[200..<300])], unsealed: [Array(rows[300...])], table: .events)
    let whole = try ArrivedEventsQuery(since: 0, until: .max, most: 600).run(on: view).events
    #expect(whole.count == 600 && whole.map(\.version) == rows.map { $0.time / 1_000_000 + 1_001 }.sorted())
    var found: [ArrivedEventsQuery.Arrived] = []
    let cuts = Self.cuts(seed)
    for (since, until) in zip(cuts, cuts.dropFirst()) {
      found += try ArrivedEventsQuery(since: since, until: until, most: 600).run(on: view).events
    }
    #expect(found.map(\.row) == whole.map(\.row) && found.map(\.ordinal) == whole.map(\.ordinal))
    #expect(Set(whole.map { [$0.version, Int64($0.ordinal)] }).count == 600)
    #expect(throws: QueryError.self) { try ArrivedEventsQuery(since: 0, until: .max, most: 599).run(on: view) }
  }

  @Test func theOrderOfEventsIsTheSameWhereverTheyLie() throws {
    let rows = Self.rows { [("message", .string("m\($0)"))] }
    var random = SeededRandom(8)
    let (one, _) = QueryFixture.view(parts: [rows], table: .events)
    let (other, _) = QueryFixture.view(parts: [], unsealed: [rows.shuffled(using: &random)], table: .events)
    let query = ArrivedEventsQuery(since: 0, until: .max, most: 1_000)
    #expect(try query.run(on: one).events.map(\.row) == query.run(on: other).events.map(\.row))
  }

  /// Whoever follows window by window holds the newest version of every bucket, and was told of each row's once.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func windowsOfChangesAreTheWhole(seed: UInt64) throws {
    let rows = Self.rows { [("v", .integer(Int64($0)))] }
    let (view, _) = QueryFixture.view(
      parts: [Array(rows[..<250])], unsealed: [Array(rows[250...])], table: .readings("m"))
    let whole = try ChangesQuery(since: 0, limit: .max).run(on: view, zone: Self.zone).changes
    var told: [BucketChange] = []
    let cuts = Self.cuts(seed)
    for (since, until) in zip(cuts, cuts.dropFirst()) {
      let window = try ChangesQuery(since: since, until: until, limit: .max).run(on: view, zone: Self.zone).changes
      #expect(window.allSatisfy { $0.version >= since && $0.version < until })
      told += window
    }
    #expect(told == told.sorted() && Set(told).count == told.count)
    func newest(_ changes: [BucketChange]) -> [String: Int64] {
      changes.reduce(into: [:]) { known, change in
        known["\(change.device) \(change.step) \(change.time)", default: 0] = change.version
      }
    }
    #expect(newest(told) == newest(whole) && told.count > whole.count)
  }

  /// A row's version may lie a second or two behind the moment at which its part was written.
  @Test func aPartWrittenBeforeItsVersionsIsRead() throws {
    let row = TestRow("d", 10_000 * Nanos.perMillisecond, [("v", .integer(1)), ("message", .string("x"))])
    for table in [TableName.events, .readings("m")] {
      var (view, _) = QueryFixture.view(parts: [[row]], table: table)
      // The row came at 9,000 at the earliest, and its version is 11,001.
      view.tables[table]?.parts[0].writtenMillis = 9_000
      if table == .events {
        #expect(try ArrivedEventsQuery(since: 11_001, until: 11_002, most: 9).run(on: view).events.count == 1)
      } else {
        #expect(try ChangesQuery(since: 11_001, until: 11_002).run(on: view, zone: Self.zone).changes.count == 4)
      }
    }
  }

  @Test func whatIsSettledGoesOnWhereNothingComes() {
    var view = QueryFixture.view(parts: [], table: .events).view
    view.watermark = 50_000 * Nanos.perMillisecond
    #expect(view.settledVersion == 48_000)
    view.quietSince = 60_000 * Nanos.perMillisecond
    #expect(view.settledVersion == 58_000 && view.changeVersion == 48_000)
    view.quietSince = 1
    #expect(view.settledVersion == 48_000)
  }
}
