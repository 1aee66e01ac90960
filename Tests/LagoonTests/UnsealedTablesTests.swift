import Primitives
import Telemetry
import Testing

@testable import Lagoon

/// What the tables promise of rows that are in no part yet: their account, generations, and what a seal leaves.
@Suite struct UnsealedTablesTests {
  private static func rows(_ devices: [String], seconds: Range<Int64>, values: Int64 = 0) -> RecordedRows {
    var rows = RecordedRows()
    rows.layout(0, ["v"])
    for (number, device) in devices.enumerated() {
      rows.series(UInt32(number), SeriesKey(measurement: "air", device: device))
    }
    for second in seconds {
      for number in devices.indices { rows.row(UInt32(number), 0, seconds: second, [second + values]) }
    }
    return rows
  }

  @Test func generationsAreFrozenAndDroppedEachForItself() {
    var fixture = UnsealedTablesFixture()
    let tables = fixture.tables
    _ = fixture.apply(Self.rows(["a", "b"], seconds: 0..<3), segment: 3, generation: 3)
    _ = fixture.apply(Self.rows(["a", "b"], seconds: 3..<5), segment: 4, generation: 4)
    #expect(tables.generations == [3, 4] && tables.oldestGeneration == 3)
    let frozen = tables.frozen(generation: 3)
    #expect(frozen.map(\.rows.rowCount) == [6] && tables.frozen(generation: 5).isEmpty)
    #expect(tables.facts().rowCount == 10 && tables.facts().tables == 1 && tables.facts().series == 2)
    let before = tables.facts().byteCount
    tables.drop(.readings("air"), generation: 3)
    #expect(tables.generations == [4] && tables.facts().rowCount == 4 && tables.facts().byteCount < before)
    // Once more, and what is not there.
    tables.drop(.readings("air"), generation: 3)
    tables.drop(.readings("rain"), generation: 4)
    #expect(tables.facts().rowCount == 4)
    tables.drop(.readings("air"), generation: 4)
    #expect(tables.oldestGeneration == nil && tables.facts().rowCount == 0 && tables.generations.isEmpty)
    #expect(!tables.isWorthSealing(generation: 4, byteCount: 1))
    // Of what was sealed the newest row of each series stays.
    #expect(tables.view(of: .readings("air"))?.latest?.rowCount == 2)
  }

  @Test func sizesAreOfWhatRowsSay() {
    var fixture = UnsealedTablesFixture()
    _ = fixture.apply(Self.rows(["a"], seconds: 0..<100), generation: 7)
    let tables = fixture.tables
    #expect(tables.isWorthSealing(generation: 7, byteCount: 100 * 33))
    #expect(!tables.isWorthSealing(generation: 7, byteCount: 1 << 20))
    #expect(!tables.isWorthSealing(generation: 8, byteCount: 1))
    #expect(tables.byteCount(of: .readings("air")) > 100 * 17 && tables.byteCount(of: .readings("rain")) == 0)
    #expect(tables.pressure.byteCount == tables.facts().byteCount && tables.pressure.lateRowCount == 0)
  }

  @Test func snapshotsStayWhileRowsCome() {
    var fixture = UnsealedTablesFixture()
    _ = fixture.apply(Self.rows(["a"], seconds: 0..<2))
    let view = fixture.tables.view(of: .readings("air"))
    let version = fixture.tables.facts().version
    _ = fixture.apply(Self.rows(["a"], seconds: 2..<200))
    #expect(view?.generations.map(\.rows.rowCount) == [2] && fixture.tables.facts().version > version)
    #expect(view?.newestTime == 1_000 && fixture.tables.view(of: .readings("rain")) == nil)
    #expect(fixture.tables.views().count == 1)
  }

  @Test func whatWasSentTwiceIsThereOnce() {
    var fixture = UnsealedTablesFixture()
    for _ in 0..<3 { _ = fixture.apply(Self.rows(["a", "b"], seconds: 0..<10)) }
    let (stored, duplicate) = (fixture.counts[0].stored, fixture.counts[0].duplicate)
    #expect(stored == 20 && duplicate == 40)
    // Another value at the same instant is another row.
    _ = fixture.apply(Self.rows(["a"], seconds: 5..<6, values: 100))
    #expect(fixture.counts[0].stored == 21)
  }

  /// Rows of a generation that was sealed are known again by what memory keeps, and looked up in the parts where it keeps
  /// nothing.
  @Test func rowsOlderThanThePartsAreLookedUpThere() throws {
    let chunk = RowChunk(capacity: 1)
    chunk.appendRow(series: 0, time: 5_000, previous: .max)
    chunk.setValue(column: 0, tag: .integer, payload: 5)
    let source = RowSource(
      chunks: [chunk], series: SeriesList([SeriesKey(measurement: "air", device: "a")]),
      fields: [FieldIdentity(name: "v")], precision: .milliseconds)
    let sealed = FakeSealedRows([.readings("air"): source])
    var fixture = UnsealedTablesFixture(sealed)
    _ = fixture.apply(Self.rows(["a"], seconds: 4..<7))
    #expect(fixture.tables.facts().lateRowCount == 2 && sealed.lookUps == 0)
    // Not shown before they were looked up.
    #expect(fixture.rows(of: "air") == ["6 a v=6"])
    fixture.settle()
    #expect(sealed.lookUps == 1 && fixture.tables.facts().lateRowCount == 0)
    #expect(fixture.rows(of: "air") == ["4 a v=4", "6 a v=6"])
    let (stored, duplicate, rows) = (fixture.counts[0].stored, fixture.counts[0].duplicate, fixture.counts[0].rows)
    #expect(stored == 2 && duplicate == 1 && rows == 0)
  }

  @Test func theAccountComesOutEvenWhenAllIsGone() {
    var fixture = UnsealedTablesFixture()
    for generation in 1...5 as ClosedRange<UInt64> {
      let start = Int64(generation) * 1_000
      _ = fixture.apply(
        Self.rows((0..<20).map { "d\($0)" }, seconds: start..<start + 30), segment: generation,
        generation: generation)
    }
    for generation in 1...5 as ClosedRange<UInt64> { fixture.tables.drop(.readings("air"), generation: generation) }
    let facts = fixture.tables.facts()
    #expect(facts.rowCount == 0 && facts.byteCount == 0 && fixture.tables.pressure.byteCount == 0)
  }
}
