import Primitives
import Telemetry

/// The rows of one table that came with one generation of journal segments: what one seal makes parts of. Used only under
/// the lock of `UnsealedTables`, which is why the variables that each row touches are not checked for exclusive access a
/// second time; its full chunks never change again.
final class GenerationRows: @unchecked Sendable {
  /// The segment number that every lane's rows here came with.
  let generation: UInt64
  @exclusivity(unchecked) var list = ChunkList()
  /// What of the rows' memory is in the account of all tables.
  @exclusivity(unchecked) var accountedBytes = 0
  /// Bytes of what the rows say, without the memory that is allocated ahead of them.
  @exclusivity(unchecked) var contentBytes = 0
  /// By the table's number of the series.
  @exclusivity(unchecked) private(set) var seriesRows = GrowingSlab<SeriesRows>()
  /// Rows by series and time, for the series in which a row ever came out of order: the newest of equals, each
  /// linked to the one before.
  private var lateIndex: [Instant: UInt32] = [:]
  private var lateLinks: [UInt32: UInt32] = [:]
  private var indexedSeries: Set<UInt32> = []
  private var toldIndexBytes = 0
  @exclusivity(unchecked) private(set) var hasIndexedSeries = false

  static let none = UInt32.max
  /// What an indexed row takes beside its chunk, about.
  private static let indexedRowBytes = 64

  /// The rows of one series to begin from: the one appended last and the one of the newest time; `none` if it has none.
  struct SeriesRows: BitwiseCopyable {
    var last: UInt32
    var newest: UInt32
  }

  struct Instant: Hashable {
    var series: UInt32
    var time: Int64
  }

  /// What a row of so many values and octets of text says, in bytes: its time, arrival and series, and its values.
  @inline(__always)
  static func contentBytes(valueCount: Int, textBytes: Int) -> Int { 24 &+ 9 &* valueCount &+ textBytes }

  init(generation: UInt64) {
    self.generation = generation
  }

  /// A copy of the rows whose series have other numbers, of which there are `seriesCount`. What finds rows by time is
  /// made anew when it is asked for.
  init(_ other: GenerationRows, renumbering numbers: [UInt32], seriesCount: Int) {
    generation = other.generation
    list = ChunkList(other.list, renumbering: numbers)
    contentBytes = other.contentBytes
    growSeries(to: seriesCount)
    for number in other.seriesRows.indices where other.seriesRows[number].last != Self.none {
      seriesRows[Int(numbers[number])] = other.seriesRows[number]
    }
  }

  var chunks: [RowChunk] { list.chunks }
  var rowCount: Int { list.rowCount }

  /// The row before of the same series.
  @inline(__always)
  func previousRow(of series: UInt32) -> UInt32 {
    if Int(series) >= seriesRows.count { growSeries(to: Int(series) + 1) }
    return seriesRows[Int(series)].last
  }

  @inline(never)
  private func growSeries(to count: Int) {
    seriesRows.grow(to: count, repeating: SeriesRows(last: Self.none, newest: Self.none))
  }

  /// Enters the row that was just appended to the open chunk.
  @inline(__always)
  func enter(series: UInt32, isNewest: Bool, valueCount: Int) {
    let row = UInt32(truncatingIfNeeded: list.rowCount)
    seriesRows[Int(series)].last = row
    if isNewest || seriesRows[Int(series)].newest == Self.none { seriesRows[Int(series)].newest = row }
    list.noteRow(valueCount: valueCount)
  }

  func chunk(ofRow number: UInt32) -> (chunk: RowChunk, row: Int) {
    list.chunk(ofRow: Int(number))
  }

  /// Whether the series' rows are found by time, so that each new one must be entered with `enterLate`.
  @inline(__always)
  func isIndexed(_ series: UInt32) -> Bool {
    hasIndexedSeries && indexedSeries.contains(series)
  }

  /// Rows of one series at one instant, the newest first. The first question about a series indexes its rows by time.
  func rows(of series: UInt32, at time: Int64) -> [(chunk: RowChunk, row: Int)] {
    if Int(series) >= seriesRows.count || seriesRows[Int(series)].last == Self.none { return [] }
    hasIndexedSeries = true
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
    var number = seriesRows[Int(series)].last
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
  func snapshot() -> [RowChunk] { list.snapshot() }

  /// What the rows and what finds them grew by since the last call, in bytes.
  func takeGrowth() -> Int {
    let indexBytes = lateIndex.capacity * Self.indexedRowBytes + seriesRows.byteCount
    defer { toldIndexBytes = indexBytes }
    return list.takeGrowth() + indexBytes - toldIndexBytes
  }
}
