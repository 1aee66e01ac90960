import Telemetry
import Testing

@Suite struct ColumnCellsTests {
  private func chunk(_ values: [Int64?]) -> RowChunk {
    let chunk = RowChunk(capacity: max(1, values.count))
    for value in values {
      chunk.appendRow(series: 0, time: 0, previous: .max)
      if let value { chunk.setValue(column: 1, tag: .integer, payload: value) }
    }
    return chunk
  }

  private func values(_ cells: borrowing ColumnCells) -> [Int64?] {
    (0..<cells.count).map { cells.tag($0) == .null ? nil : cells.payload($0) }
  }

  @Test func rowsGoWhereTheirTargetsSay() {
    var cells = ColumnCells(count: 4)
    let targets: [UInt32] = [77, 3, ColumnCells.nowhere, 0, 4]
    cells.takeColumn(1, of: chunk([30, 31, 32, 33]), targets: targets, from: 1)
    // The fourth is no cell of these, the third goes nowhere.
    #expect(values(cells) == [32, nil, nil, 30])
  }

  @Test func rowsWithoutAValueLeaveWhatIsThere() {
    var cells = ColumnCells(count: 2)
    cells.takeColumn(1, of: chunk([1, nil]), targets: [0, 1], from: 0)
    cells.takeColumn(1, of: chunk([nil, 2]), targets: [0, 1], from: 0)
    // A column that nobody has, and a chunk without rows.
    cells.takeColumn(9, of: chunk([7, 7]), targets: [0, 1], from: 0)
    cells.takeColumn(1, of: chunk([]), targets: [], from: 0)
    #expect(values(cells) == [1, 2])
    cells.removeAll()
    #expect(values(cells) == [nil, nil])
  }

  @Test func noCellsAreCellsToo() {
    var cells = ColumnCells(count: 0)
    cells.takeColumn(1, of: chunk([1]), targets: [0], from: 0)
    let count = cells.count
    #expect(count == 0)
  }
}
