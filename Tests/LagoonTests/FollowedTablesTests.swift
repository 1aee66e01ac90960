import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// Who goes through each row once misses none that leaves memory between two looks.
@Suite struct FollowedTablesTests {
  private static let table = TableName.readings("air")

  private static func rows(
    _ seconds: Range<Int64>, of devices: Range<UInt32> = 0..<1, isFirst: Bool = false
  ) -> RecordedRows {
    var rows = RecordedRows()
    if isFirst { rows.layout(0, ["v"]) }
    for number in devices {
      if isFirst { rows.series(number, SeriesKey(measurement: "air", device: "d\(number)")) }
      for second in seconds { rows.row(number, 0, seconds: second, [second]) }
    }
    return rows
  }

  /// A follower, and what he went through: seconds and values by device.
  private struct Follower {
    var cursor = RowCursor()
    var seen: [String] = []

    /// Whether none was missed.
    mutating func look(_ tables: UnsealedTables) throws -> Bool {
      let view = try #require(tables.view(of: table))
      var shown = TableView(name: table, parts: [], unsealed: [])
      (shown.memory, shown.enteredRows) = (view.memory, view.enteredRows)
      let isComplete = cursor.advance(over: shown) { rows in
        let source = shown.memory[rows.source].rows
        for row in rows.first..<rows.chunk.count {
          seen.append("\(source.series.device(rows.chunk.series(row))) \(rows.chunk.payload(row, column: 0))")
        }
      }
      return isComplete
    }
  }

  @Test func whatLeavesMemoryIsKeptUntilItWasSeen() throws {
    var fixture = UnsealedTablesFixture()
    var follower = Follower()
    var isWhole = fixture.apply(Self.rows(100..<200, isFirst: true), generation: 9)
    #expect(isWhole)
    #expect(try follower.look(fixture.tables) && follower.seen.count == 100)
    fixture.tables.follow([Self.table: follower.cursor.positions])
    isWhole = fixture.apply(Self.rows(200..<300), generation: 9)
    isWhole = fixture.apply(Self.rows(300..<310), generation: 10) && isWhole
    #expect(isWhole)
    fixture.tables.drop(Self.table, generation: 9)
    // What was seen is not kept.
    let kept = try #require(fixture.tables.view(of: Self.table)).memory
    #expect(kept.map(\.generation) == [9, 10] && kept[0].endRow == 200 && kept[0].firstRow > 0)
    #expect(try follower.look(fixture.tables))
    #expect(follower.seen == (100..<310).map { "d0 \($0)" })
    fixture.tables.follow([Self.table: follower.cursor.positions])
    #expect(fixture.tables.view(of: Self.table)?.memory.map(\.generation) == [10])
    // Twice is no news.
    #expect(try follower.look(fixture.tables) && follower.seen.count == 210)
  }

  @Test func whoDoesNotFollowIsToldThatHeMissed() throws {
    var fixture = UnsealedTablesFixture()
    var follower = Follower()
    var isWhole = fixture.apply(Self.rows(100..<110, isFirst: true), generation: 9)
    #expect(try isWhole && follower.look(fixture.tables))
    isWhole = fixture.apply(Self.rows(110..<120), generation: 9)
    fixture.tables.drop(Self.table, generation: 9)
    #expect(try isWhole && !follower.look(fixture.tables) && follower.seen.count == 10)
    // From then on all is well again.
    isWhole = fixture.apply(Self.rows(120..<125), generation: 10)
    #expect(try isWhole && follower.look(fixture.tables) && follower.seen.count == 15)
    // What is followed no more is not kept.
    fixture.tables.follow([Self.table: follower.cursor.positions])
    fixture.tables.follow([:])
    isWhole = fixture.apply(Self.rows(125..<130), generation: 10)
    fixture.tables.drop(Self.table, generation: 10)
    #expect(isWhole && fixture.tables.view(of: Self.table)?.memory.isEmpty == true)
  }

  /// A seal in the midst of looks, a follower who is behind and series that are given back: each row is seen once.
  @Test func seriesThatAreGivenBackChangeNothing() throws {
    var fixture = UnsealedTablesFixture(FakeSealedRows(), idleLookCount: 8)
    var follower = Follower()
    let day: Int64 = 86_400
    var isWhole = fixture.apply(Self.rows(100..<102, of: 0..<20, isFirst: true), generation: 9)
    #expect(try isWhole && follower.look(fixture.tables))
    fixture.tables.follow([Self.table: follower.cursor.positions])
    isWhole = fixture.apply(Self.rows(102..<103, of: 4..<6), generation: 9)
    isWhole = fixture.apply(Self.rows(2 * day..<2 * day + 3, of: 1..<2), generation: 10) && isWhole
    fixture.tables.drop(Self.table, generation: 9)
    #expect(isWhole && fixture.tables.view(of: Self.table)?.turn == 1)
    #expect(try follower.look(fixture.tables))
    let late = follower.seen.dropFirst(40)
    #expect(Array(late) == ["d4 102", "d5 102"] + (2 * day..<2 * day + 3).map { "d1 \($0)" })
    // A second seal before the next look: two generations wait.
    fixture.tables.follow([Self.table: follower.cursor.positions])
    isWhole = fixture.apply(Self.rows(3 * day..<3 * day + 1, of: 1..<2), generation: 10)
    isWhole = fixture.apply(Self.rows(4 * day..<4 * day + 1, of: 1..<2), generation: 11) && isWhole
    for generation in [10, 11] as [UInt64] { fixture.tables.drop(Self.table, generation: generation) }
    #expect(try isWhole && follower.look(fixture.tables) && follower.seen.count == 47)
    #expect(follower.seen.suffix(2) == ["d1 \(3 * day)", "d1 \(4 * day)"])
  }
}
