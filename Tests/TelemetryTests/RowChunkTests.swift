import Primitives
import Telemetry
import Testing

@Suite struct RowChunkTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func sample() -> RowChunk {
    let chunk = RowChunk(capacity: 4)
    chunk.appendRow(series: 3, time: 100, previous: .max)
    chunk.setValue(column: 2, tag: .integer, payload: -7)
    chunk.appendRow(series: 4, time: Int64.min, previous: 0)
    chunk.setString(column: 0, bytes("mưa").span.bytes)
    chunk.setReceived(55)
    chunk.appendRow(series: 3, time: Int64.max, previous: 0)
    chunk.setString(column: 0, RawSpan())
    return chunk
  }

  @Test func rowsHaveWhatWasPutThere() {
    let chunk = sample()
    #expect(chunk.count == 3 && !chunk.isFull && chunk.columnCount == 3 && chunk.allocatedColumns == 2)
    #expect((0..<3).map { chunk.series($0) } == [3, 4, 3])
    #expect((0..<3).map { chunk.time($0) } == [100, .min, .max])
    #expect((0..<3).map { chunk.previous($0) } == [.max, 0, 0])
    #expect((0..<3).map { chunk.received($0) } == [RowChunk.noReceived, 55, RowChunk.noReceived])
    #expect(chunk.tag(0, column: 2) == .integer && chunk.payload(0, column: 2) == -7)
    #expect(chunk.tag(1, column: 2) == .null && chunk.tag(0, column: 1) == .null && chunk.tag(0, column: 99) == .null)
    #expect(!chunk.hasColumn(1) && chunk.hasColumn(2) && !chunk.hasColumn(3))
    #expect(chunk.string(chunk.payload(1, column: 0)) == "mưa")
    #expect(chunk.tag(2, column: 0) == .string && chunk.string(chunk.payload(2, column: 0)) == "")
    #expect(chunk.double(0, column: 2) == -7 && chunk.double(1, column: 0) == nil)
  }

  @Test func fullMeansNoMoreRows() {
    let chunk = sample()
    chunk.appendRow(series: 1, time: 1, previous: .max)
    #expect(chunk.isFull)
    let other = sample()
    other.close()
    #expect(other.isFull && other.count == 3)
  }

  @Test func aRowIsTakenBackWithItsText() {
    let chunk = sample()
    let before = chunk.textByteCount
    chunk.appendRow(series: 9, time: 9, previous: .max)
    chunk.setString(column: 0, bytes("a long text").span.bytes)
    chunk.setReceived(99)
    chunk.setValue(column: 0, tag: .null, payload: 0)
    chunk.removeLastRow(heapCount: before)
    #expect(chunk.count == 3 && chunk.textByteCount == before)
    // The next row in its place has nothing of it.
    chunk.appendRow(series: 8, time: 8, previous: .max)
    #expect(chunk.received(3) == RowChunk.noReceived && chunk.tag(3, column: 0) == .null)
  }

  @Test func copiesStayAsTheyAre() {
    let chunk = sample()
    let copy = chunk.copy()
    let renumbered = chunk.copy(renumbering: [9, 9, 9, 30, 40])
    chunk.setValue(row: 0, column: 2, tag: .integer, payload: 1)
    chunk.appendRow(series: 1, time: 1, previous: .max)
    #expect(copy.count == 3 && copy.isFull && copy.payload(0, column: 2) == -7)
    #expect(copy.string(copy.payload(1, column: 0)) == "mưa" && copy.received(1) == 55)
    #expect((0..<3).map { renumbered.series($0) } == [30, 40, 30])
    #expect(RowChunk(capacity: 8).copy().count == 0)
  }

  @Test func rowsOfOthersComeWithTheirValues() {
    let source = sample()
    let target = RowChunk(capacity: 8)
    #expect(target.appendCopy(of: 1, from: source) == 1)
    #expect(target.appendCopy(of: 0, from: source, previous: 5) == 1)
    #expect(target.string(target.payload(0, column: 0)) == "mưa" && target.received(0) == 55)
    #expect(target.previous(0) == 0 && target.previous(1) == 5 && target.payload(1, column: 2) == -7)
    #expect(target.tag(1, column: 0) == .null)
  }

  @Test func memoryIsAccountedFor() {
    let chunk = RowChunk(capacity: 1_000)
    let empty = chunk.byteCount
    chunk.appendRow(series: 0, time: 0, previous: .max)
    #expect(chunk.byteCount == empty)
    chunk.setValue(column: 0, tag: .boolean, payload: 1)
    let one = chunk.byteCount
    #expect(one >= empty + 9_000)
    chunk.setString(column: 0, [UInt8](repeating: 1, count: 5_000).span.bytes)
    #expect(chunk.byteCount >= one + 5_000)
  }

  @Test func whatIsDerivedIsMadeOnce() {
    let chunk = sample()
    chunk.close()
    var made = 0
    for _ in 0..<3 {
      let value: [Int] = chunk.derived(ofColumn: 2) {
        made += 1
        return [made]
      }
      #expect(value == [1])
    }
  }
}
