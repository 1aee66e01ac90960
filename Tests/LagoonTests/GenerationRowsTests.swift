import Primitives
import Telemetry
import Testing

@testable import Lagoon

@Suite struct GenerationRowsTests {
  private func append(_ series: UInt32, _ time: Int64, to rows: GenerationRows, isNewest: Bool = true) {
    let chunk = rows.list.openChunk()
    chunk.appendRow(series: series, time: time, previous: rows.previousRow(of: series))
    chunk.setValue(column: 0, tag: .integer, payload: time)
    let number = UInt32(rows.rowCount)
    rows.enter(series: series, isNewest: isNewest, valueCount: 1)
    if rows.isIndexed(series) { rows.enterLate(number, series: series, time: time) }
  }

  private func times(_ rows: GenerationRows, _ series: UInt32, _ time: Int64) -> [UInt32] {
    rows.rows(of: series, at: time).map { UInt32($0.row) + $0.chunk.series($0.row) * 1_000 }.sorted()
  }

  @Test func rowsOfASeriesAreFoundByTime() {
    let rows = GenerationRows(generation: 3)
    for (series, time) in [(0, 5), (1, 5), (0, 7), (0, 5), (1, 9)] as [(UInt32, Int64)] {
      append(series, time, to: rows)
    }
    #expect(times(rows, 0, 5) == [0, 3] && times(rows, 0, 7) == [2] && times(rows, 0, 6).isEmpty)
    #expect(times(rows, 1, 5) == [1_001] && times(rows, 9, 5).isEmpty)
    #expect(rows.isIndexed(0) && rows.isIndexed(1) && !rows.isIndexed(9))
    // What comes later is entered as it comes.
    append(0, 5, to: rows)
    #expect(times(rows, 0, 5) == [0, 3, 5])
  }

  @Test func theNewestRowOfASeriesIsKnown() {
    let rows = GenerationRows(generation: 3)
    append(2, 5, to: rows)
    append(2, 3, to: rows, isNewest: false)
    #expect(rows.seriesRows[2].newest == 0 && rows.seriesRows[2].last == 1)
    #expect(rows.seriesRows[0].last == GenerationRows.none && rows.previousRow(of: 7) == GenerationRows.none)
    let (chunk, row) = rows.chunk(ofRow: 1)
    #expect(chunk.time(row) == 3)
  }

  @Test func copiesHaveOtherNumbersAndFindRowsAgain() {
    let rows = GenerationRows(generation: 3)
    for (series, time) in [(0, 5), (1, 6), (0, 7)] as [(UInt32, Int64)] { append(series, time, to: rows) }
    _ = rows.rows(of: 0, at: 5)
    let copy = GenerationRows(rows, renumbering: [4, 2], seriesCount: 5)
    #expect(times(copy, 4, 5) == [4_000] && times(copy, 2, 6) == [2_001] && times(copy, 0, 5).isEmpty)
    #expect(copy.rowCount == 3 && copy.generation == 3 && copy.snapshot().reduce(0) { $0 + $1.count } == 3)
  }

  @Test func growthIsToldOnce() {
    let rows = GenerationRows(generation: 1)
    append(0, 1, to: rows)
    let first = rows.takeGrowth()
    #expect(first > 0 && rows.takeGrowth() == 0)
    _ = rows.rows(of: 0, at: 1)
    #expect(rows.takeGrowth() > 0 && rows.takeGrowth() == 0)
  }

  @Test func lateRowsKeepWhatTheirColumnsDoNotSay() {
    var late = LateRows()
    #expect(late.isEmpty && late.oldestArrivalNanos == .max)
    for (number, arrival) in [50, 20, 90].enumerated() {
      late.list.openChunk().appendRow(series: UInt32(number), time: Int64(number), previous: .max)
      late.note(
        LateRows.Origin(
          generation: 7, arrivalNanos: Int64(arrival), listener: 1, isTimeCut: number == 1, valueCount: 2))
    }
    #expect(late.count == 3 && late.oldestArrivalNanos == 20 && late.origins.map(\.isTimeCut) == [false, true, false])
    let copy = LateRows(late, renumbering: [9, 8, 7])
    #expect(copy.count == 3 && copy.list.chunks[0].series(2) == 7 && copy.oldestArrivalNanos == 20)
  }
}
