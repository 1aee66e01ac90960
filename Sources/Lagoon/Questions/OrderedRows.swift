import Primitives
import Telemetry

/// Collects the first rows by time, or the last, of many sources, holding about twice as many as are wanted.
struct OrderedRows {
  let isDescending: Bool
  /// How many rows must be found to fill the page and know of the next, beside those of the cursor's instant.
  let wanted: Int
  private let cursor: PageCursor?
  private let probe: QuestionProbe
  private var rows: [FoundRow] = []
  /// How many of them are of the cursor's instant: all are kept, since nobody knows which of them came already.
  private var ofCursor = 0
  /// How many there may be before those that are not wanted leave: rows of one instant cannot be told apart, so it grows.
  private var cutAt: Int
  /// No row beyond this time can be on the page.
  private var horizon: UnixNanos
  /// Whether rows were left out.
  private(set) var isCut = false

  private static let spare = 1_024

  init(isDescending: Bool, limit: Int, cursor: PageCursor?, probe: QuestionProbe) {
    self.isDescending = isDescending
    self.cursor = cursor
    self.probe = probe
    wanted = limit + 1
    cutAt = wanted * 2 + Self.spare
    horizon = isDescending ? .min : .max
  }

  /// Takes the rows of a source in `from ..< to` that `isWanted`.
  mutating func add(
    _ source: RowSource, arrival: Int64 = FoundRow.inMemory, from: UnixNanos, to: UnixNanos,
    isWanted: (RowChunk, Int, UnixNanos) -> Bool
  ) throws(QueryError) {
    let unit = source.precision.unitNanos
    let low = raisedDivision(from, by: unit)
    let high = raisedDivision(to, by: unit)
    for chunk in source.chunks {
      try probe.check()
      chunk.withTimes { _, times in
        for row in times.indices {
          let time = times[row]
          if time < low || time >= high { continue }
          let nanos = time &* unit
          if isCut && isBeyond(nanos) { continue }
          guard isWanted(chunk, row, nanos) else { continue }
          if isBeyond(nanos) {
            isCut = true
            continue
          }
          if nanos == cursor?.time { ofCursor += 1 }
          rows.append(FoundRow(source: source, chunk: chunk, row: row, time: nanos, arrival: arrival))
          if rows.count >= cutAt { cut() }
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
    let last = wanted + ofCursor - 1
    if last < rows.count {
      horizon = rows[last].time
      let kept = rows.prefix { !isBeyond($0.time) }.count
      if kept < rows.count { isCut = true }
      rows.removeSubrange(kept...)
    }
    cutAt = max(wanted + Self.spare, rows.count) * 2
  }

  private mutating func sort() {
    let isDescending = isDescending
    rows.sort { isDescending ? $0.time > $1.time : $0.time < $1.time }
  }

  /// Whether rows from that time on (backwards: up to it) cannot be on the page any more.
  mutating func isFull(before time: UnixNanos) -> Bool {
    cut()
    return rows.count >= wanted + ofCursor && isBeyond(time)
  }

  /// Says that there are more rows, which were not looked at.
  mutating func noteMore() { isCut = true }

  /// The page that begins behind the cursor.
  mutating func page(limit: Int, measurement: String?) throws(QueryError) -> RowPage {
    cut()
    sort()
    var page = RowPage(measurement: measurement)
    var start = 0
    var ended: PageCursor?
    while start < rows.count && ended == nil {
      try probe.check()
      let time = rows[start].time
      let end = rows[start...].firstIndex { $0.time != time } ?? rows.count
      let skip = cursor.map { $0.time == time ? $0.skip : 0 } ?? 0
      let (came, taken) = Self.take(
        rows[start..<end], isDescending: isDescending, skip: skip, most: limit - page.count,
        measurement: measurement, to: &page)
      let isRest = skip + taken < came
      if isRest || (page.count == limit && (end < rows.count || isCut)) {
        ended = isRest ? PageCursor(time: time, skip: skip + taken) : self.cursor(behind: time)
      }
      start = end
    }
    if ended == nil, isCut, let last = rows.last { ended = self.cursor(behind: last.time) }
    page.next = ended
    page.detach()
    return page
  }

  /// Takes rows of one instant; how many it has, and how many of them were taken.
  private static func take(
    _ rows: ArraySlice<FoundRow>, isDescending: Bool, skip: Int, most: Int, measurement: String?, to page: inout RowPage
  ) -> (came: Int, taken: Int) {
    if rows.count == 1 {
      if skip > 0 || most == 0 { return (1, 0) }
      page.append(rows[rows.startIndex])
      return (1, 1)
    }
    let arrived = rows.sorted { $0.arrival < $1.arrival }
    var instant = ResultRow.merged(arrived.map { $0.result(measurement: measurement) })
    if isDescending { instant.reverse() }
    let taken = instant.dropFirst(skip).prefix(most)
    for row in taken { page.append(row) }
    return (instant.count, taken.count)
  }

  /// Where a page begins before which everything up to that time came.
  private func cursor(behind time: UnixNanos) -> PageCursor {
    PageCursor(time: isDescending ? time &- 1 : time &+ 1, skip: 0)
  }
}
