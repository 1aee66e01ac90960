import Primitives
import Telemetry

/// The rows of one table that came with one generation of journal segments: what one seal makes parts of. Used only under
/// the lock of `UnsealedTables`; its full chunks never change again.
final class GenerationRows: @unchecked Sendable {
  /// The segment number that every lane's rows here came with.
  let generation: UInt64
  private(set) var chunks: [RowChunk] = []
  /// The row number of each chunk's first row.
  private var firstRows: [Int] = []
  private(set) var rowCount = 0
  /// By series: the row appended last and the row of the newest time; `none` where there is none.
  private var lastRow: [UInt32] = []
  private(set) var newestRow: [UInt32] = []
  /// Rows by series and time, for the series in which a row ever came out of order: the newest of equals, each
  /// linked to the one before.
  private var lateIndex: [Instant: UInt32] = [:]
  private var lateLinks: [UInt32: UInt32] = [:]
  private var indexedSeries: Set<UInt32> = []

  static let none = UInt32.max
  private static let firstCapacity = 64

  struct Instant: Hashable {
    var series: UInt32
    var time: Int64
  }

  init(generation: UInt64) {
    self.generation = generation
  }

  /// The chunk that the next row goes to.
  @inline(__always)
  func openChunk() -> RowChunk {
    if let chunk = chunks.last, !chunk.isFull { return chunk }
    return addChunk()
  }

  @inline(never)
  private func addChunk() -> RowChunk {
    let capacity = min(RowChunk.largestCapacity, Self.firstCapacity << min(chunks.count, 16))
    let chunk = RowChunk(capacity: capacity)
    firstRows.append(rowCount)
    chunks.append(chunk)
    return chunk
  }

  /// The number that the next row gets, and the row before of the same series.
  @inline(__always)
  func previousRow(of series: UInt32) -> UInt32 {
    if Int(series) >= lastRow.count { growSeries(to: Int(series) + 1) }
    return lastRow[Int(series)]
  }

  private func growSeries(to count: Int) {
    let more = max(count, lastRow.count * 2, 16) - lastRow.count
    lastRow.append(contentsOf: repeatElement(Self.none, count: more))
    newestRow.append(contentsOf: repeatElement(Self.none, count: more))
  }

  /// Enters the row that was just appended to the open chunk.
  @inline(__always)
  func enter(series: UInt32, isNewest: Bool) {
    let row = UInt32(truncatingIfNeeded: rowCount)
    lastRow[Int(series)] = row
    if isNewest || newestRow[Int(series)] == Self.none { newestRow[Int(series)] = row }
    rowCount &+= 1
  }

  func chunk(ofRow number: UInt32) -> (chunk: RowChunk, row: Int) {
    var low = 0
    var high = chunks.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if firstRows[middle] <= Int(number) { low = middle } else { high = middle - 1 }
    }
    return (chunks[low], Int(number) - firstRows[low])
  }

  /// Whether the series' rows are found by time, so that each new one must be entered with `enterLate`.
  func isIndexed(_ series: UInt32) -> Bool {
    !indexedSeries.isEmpty && indexedSeries.contains(series)
  }

  /// Rows of one series at one instant. The first question about a series indexes its rows by time.
  func rows(of series: UInt32, at time: Int64) -> [(chunk: RowChunk, row: Int)] {
    if Int(series) >= lastRow.count || lastRow[Int(series)] == Self.none { return [] }
    if indexedSeries.insert(series).inserted { indexRows(of: series) }
    var found: [(chunk: RowChunk, row: Int)] = []
    var next = lateIndex[Instant(series: series, time: time)]
    while let number = next {
      found.append(chunk(ofRow: number))
      next = lateLinks[number]
    }
    return found
  }

  private func indexRows(of series: UInt32) {
    var number = lastRow[Int(series)]
    while number != Self.none {
      let (chunk, row) = chunk(ofRow: number)
      link(number, Instant(series: series, time: chunk.time(row)))
      number = chunk.previous(row)
    }
  }

  /// Enters the row with that number under its time. Only for series that are indexed.
  func enterLate(_ number: UInt32, series: UInt32, time: Int64) {
    link(number, Instant(series: series, time: time))
  }

  private func link(_ number: UInt32, _ instant: Instant) {
    if let before = lateIndex[instant] { lateLinks[number] = before }
    lateIndex[instant] = number
  }

  /// The chunks as they stand: full ones as they are, the open one copied.
  func snapshot() -> [RowChunk] {
    guard let open = chunks.last, !open.isFull else { return chunks }
    return Array(chunks.dropLast()) + (open.count == 0 ? [] : [open.copy()])
  }
}
