import Lagoon
import Primitives
import Telemetry
import Testing

/// Series that only the parts speak of do not fill memory for ever.
struct IdleSeriesTests {
  private static let table = TableName.readings("air")
  private static let day: Int64 = 86_400

  private static func key(_ number: UInt32) -> SeriesKey { SeriesKey(measurement: "air", device: "d\(number)") }

  /// A table of 20 series of which two went on after the first generation was sealed.
  private static func sealedOnce(_ sealed: FakeSealedRows) -> UnsealedTablesFixture {
    var fixture = UnsealedTablesFixture(sealed, idleLookCount: 8)
    var first = RecordedRows()
    first.layout(0, ["v"])
    for number in 0..<20 as Range<UInt32> {
      first.series(number, key(number))
      first.row(number, 0, seconds: 100, [Int64(number)])
    }
    var second = RecordedRows()
    for number in [1, 7] as [UInt32] { second.row(number, 0, seconds: 100 + 2 * day, [Int64(number)]) }
    second.row(7, 0, seconds: 99 + 2 * day, [70])
    let isWhole = fixture.apply(first, generation: 9) && fixture.apply(second, generation: 10)
    precondition(isWhole, "BUG: records that make no sense")
    fixture.tables.drop(table, generation: 9)
    return fixture
  }

  @Test func theyAreGivenBackOnceSealed() throws {
    let fixture = Self.sealedOnce(FakeSealedRows())
    let view = try #require(fixture.tables.view(of: Self.table))
    let rows = fixture.rows(of: "air")
    #expect(view.turn == 1 && view.latest?.rowCount == 2)
    #expect(view.generations.map(\.rows.series.count) == [2])
    #expect(rows == ["172899 d7 v=70", "172900 d1 v=1", "172900 d7 v=7"])
  }

  /// The lane goes on with the numbers that it gave before: those of series that stayed, and of those that went.
  @Test func theirNumbersGoOn() throws {
    var fixture = Self.sealedOnce(FakeSealedRows())
    var third = RecordedRows()
    third.row(5, 0, seconds: 101 + 2 * Self.day, [55])
    third.row(7, 0, seconds: 101 + 2 * Self.day, [77])
    third.row(1, 0, seconds: 100 + 2 * Self.day, [1])
    third.row(7, 0, seconds: 99 + 2 * Self.day, [70])
    let isWhole = fixture.apply(third, generation: 10)
    let counts = fixture.counts[0]
    let rows = fixture.rows(of: "air")
    #expect(isWhole && counts.duplicate == 2 && counts.stored == 25)
    #expect(rows == ["172899 d7 v=70", "172900 d1 v=1", "172900 d7 v=7", "172901 d5 v=55", "172901 d7 v=77"])
  }

  /// A row of a series that went may stand in the parts: it is looked up there, and a newer one is not.
  @Test func theirRowsAreLookedUpInTheParts() {
    let sealed = FakeSealedRows()
    var fixture = Self.sealedOnce(sealed)
    var newer = RecordedRows()
    newer.row(5, 0, seconds: 101, [6])
    let isNewerWhole = fixture.apply(newer, generation: 10)
    fixture.settle()
    let lookUpsBefore = sealed.lookUps
    var older = RecordedRows()
    older.row(6, 0, seconds: 100, [6])
    let isWhole = fixture.apply(older, generation: 10)
    fixture.settle()
    let lookUps = sealed.lookUps
    #expect(isNewerWhole && isWhole && lookUpsBefore == 0 && lookUps == 1)
  }

  /// What the tables say that they hold is what they hold, and nothing when all is sealed.
  @Test func theAccountStaysRight() {
    let fixture = Self.sealedOnce(FakeSealedRows())
    let before = fixture.tables.facts()
    fixture.tables.drop(Self.table, generation: 10)
    let after = fixture.tables.facts()
    #expect(before.byteCount > 0 && before.rowCount == 3 && after.byteCount == 0 && after.rowCount == 0)
  }
}
