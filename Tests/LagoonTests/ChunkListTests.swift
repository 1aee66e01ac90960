import Telemetry
import Testing

@testable import Lagoon

@Suite struct ChunkListTests {
  private func append(_ columns: [Int], to list: inout ChunkList, series: UInt32 = 0) {
    let chunk = list.openChunk { chunk in columns.count { !chunk.hasColumn($0) } }
    chunk.appendRow(series: series, time: Int64(list.rowCount), previous: .max)
    for column in columns { chunk.setValue(column: column, tag: .integer, payload: 1) }
    list.noteRow(valueCount: columns.count)
  }

  @Test func denseChunksDouble() {
    var list = ChunkList()
    for _ in 0..<64 * 7 { append([0, 1], to: &list) }
    #expect(list.chunks.map(\.capacity) == [64, 128, 256] && list.rowCount == 448)
    for row in 0..<list.rowCount {
      let (chunk, place) = list.chunk(ofRow: row)
      #expect(chunk.time(place) == Int64(row))
    }
  }

  /// Rows with few of many fields each: memory follows the values.
  @Test func sparseChunksStaySmall() {
    var list = ChunkList()
    for row in 0..<2_000 { append([row % 60], to: &list) }
    #expect(list.chunks.allSatisfy { $0.capacity == 64 })
    let cells = list.chunks.reduce(0) { $0 + $1.capacity * $1.allocatedColumns }
    #expect(cells <= 2_000 * 64)
  }

  @Test func aLargeChunkIsClosedBeforeManyNewColumns() {
    var list = ChunkList()
    for _ in 0..<64 * 3 + 1 { append([0], to: &list) }
    let open = list.chunks.count
    append(Array(100..<150), to: &list)
    #expect(list.chunks.count == open + 1 && list.chunks[open - 1].isFull)
  }

  @Test func growthIsToldOnce() {
    var list = ChunkList()
    append([0], to: &list)
    let first = list.takeGrowth()
    #expect(first == list.chunks[0].byteCount && list.takeGrowth() == 0)
    append([1], to: &list)
    #expect(list.takeGrowth() == list.chunks[0].byteCount - first)
    for _ in 0..<1_000 { append([0, 1], to: &list) }
    let total = list.chunks.reduce(0) { $0 + $1.byteCount }
    #expect(list.takeGrowth() == total - first - (list.chunks[0].byteCount - first) && list.takeGrowth() == 0)
  }

  @Test func copiesHaveOtherNumbers() {
    var list = ChunkList()
    for row in 0..<100 { append([0], to: &list, series: UInt32(row % 2)) }
    var copy = ChunkList(list, renumbering: [7, 9])
    #expect(copy.rowCount == 100)
    #expect((0..<4).map { copy.chunk(ofRow: $0).chunk.series($0) } == [7, 9, 7, 9])
    // What comes next does not touch the rows of the copy.
    append([0], to: &copy)
    #expect(copy.rowCount == 101 && copy.chunk(ofRow: 100).row == 0 && list.rowCount == 100)
    #expect(list.snapshot().reduce(0) { $0 + $1.count } == 100)
  }
}
