import Primitives
import Telemetry

/// Collects the first rows by time, or the last, of many sources, holding about twice as many as are wanted.
struct OrderedRows {
  let isDescending: Bool
  /// How many rows must be found to fill the page and know of the next.
  let wanted: Int
  private var rows: [FoundRow] = []
  /// No row beyond this time can be on the page.
  private var horizon: UnixNanos
  /// Whether rows were left out.
  private(set) var isCut = false

  init(isDescending: Bool, wanted: Int) {
    self.isDescending = isDescending
    self.wanted = wanted
    horizon = isDescending ? .min : .max
  }

  /// Takes the rows of a source in `from ..< to` that `isWanted`.
  mutating func add(
    _ source: RowSource, from: UnixNanos, to: UnixNanos, isWanted: (RowChunk, Int, UnixNanos) -> Bool
  ) {
    let unit = source.precision.unitNanos
    let low = raisedDivision(from, by: unit)
    let high = raisedDivision(to, by: unit)
    for chunk in source.chunks {
      chunk.withTimes { _, times in
        for row in times.indices {
          let time = times[row]
          if time < low || time >= high { continue }
          let nanos = time * unit
          if isCut && isBeyond(nanos) { continue }
          guard isWanted(chunk, row, nanos) else { continue }
          if isBeyond(nanos) {
            isCut = true
            continue
          }
          rows.append(FoundRow(source: source, chunk: chunk, row: row, time: nanos))
          if rows.count >= wanted * 2 + 1_024 { cut() }
        }
      }
    }
  }

  private func isBeyond(_ time: UnixNanos) -> Bool {
    isDescending ? time < horizon : time > horizon
  }

  /// Keeps the rows that may be on the page, with all of the last one's instant.
  private mutating func cut() {
    sort()
    guard rows.count > wanted else { return }
    horizon = rows[wanted - 1].time
    let kept = rows.prefix { !isBeyond($0.time) }.count
    if kept < rows.count { isCut = true }
    rows.removeSubrange(kept...)
  }

  private mutating func sort() {
    let isDescending = isDescending
    rows.sort { isDescending ? $0.time > $1.time : $0.time < $1.time }
  }

  /// Whether rows from that time on (backwards: up to it) cannot be on the page any more.
  mutating func isFull(before time: UnixNanos) -> Bool {
    cut()
    return rows.count >= wanted && isBeyond(time)
  }

  /// Says that there are more rows, which were not looked at.
  mutating func noteMore() { isCut = true }

  /// The page that begins behind `cursor`.
  mutating func page(limit: Int, after cursor: PageCursor?, measurement: String?) -> RowPage {
    cut()
    sort()
    var page: [ResultRow] = []
    var start = 0
    var ended: PageCursor?
    while start < rows.count && ended == nil {
      let time = rows[start].time
      let end = rows[start...].firstIndex { $0.time != time } ?? rows.count
      let instant = ResultRow.merged(rows[start..<end].map { $0.result(measurement: measurement) })
      let skipped = cursor?.time == time ? min(cursor?.skip ?? 0, instant.count) : 0
      let taken = instant.dropFirst(skipped).prefix(limit - page.count)
      page += taken
      let isRest = skipped + taken.count < instant.count
      if isRest || (page.count == limit && (end < rows.count || isCut)) {
        ended = isRest ? PageCursor(time: time, skip: skipped + taken.count) : self.cursor(behind: time)
      }
      start = end
    }
    if ended == nil, isCut, let last = rows.last { ended = self.cursor(behind: last.time) }
    return RowPage(rows: page, next: ended)
  }

  /// Where a page begins before which everything up to that time came.
  private func cursor(behind time: UnixNanos) -> PageCursor {
    PageCursor(time: isDescending ? time - 1 : time + 1, skip: 0)
  }
}
