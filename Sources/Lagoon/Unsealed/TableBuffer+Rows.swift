import Primitives
import Telemetry

extension TableBuffer {
  /// Whether the row appended last to `chunk`, which belongs to that generation, says nothing that the other rows of its
  /// series and instant do not say: those that are unsealed, and those of the parts, which are handed in.
  @inline(never)
  func isDoubled(
    _ chunk: RowChunk, series: UInt32, time: Int64, generation: UInt64, stored: [InstantRows.Place] = []
  ) -> Bool {
    let own = InstantRows.Place(chunk: chunk, row: chunk.count - 1, fields: nil)
    let instant = GenerationRows.Instant(series: series, time: time)
    if let known = contested[instant], known.holdsStored || stored.isEmpty {
      if known.rows.add(own) == .doubled { return true }
      known.generations.insert(generation)
      contestedGrowthBytes += ContestedInstant.rowBytes
      return false
    }
    let others = unsealedRows(of: series, at: time)
    if others.isEmpty && stored.isEmpty { return false }
    // Nearly always there is one other row at the most, and few fields.
    if others.count + stored.count == 1, let other = stored.first ?? others.first?.place {
      return InstantRows.says(other, all: own)
    }
    let made = ContestedInstant()
    made.holdsStored = !stored.isEmpty
    for place in stored { _ = made.rows.add(place) }
    for other in others {
      _ = made.rows.add(other.place)
      made.generations.insert(other.generation)
    }
    let isDoubled = made.rows.add(own) == .doubled
    // Remembered, lest each row that comes pay for all of them.
    made.generations.insert(generation)
    contested[instant] = made
    contestedGrowthBytes += made.rows.count * ContestedInstant.rowBytes
    return isDoubled
  }

  /// The unsealed rows of one series and instant, in the order in which they came.
  func unsealedRows(of series: UInt32, at time: Int64) -> [(place: InstantRows.Place, generation: UInt64)] {
    var found: [(place: InstantRows.Place, generation: UInt64)] = []
    for rows in generations {
      for (chunk, row) in rows.rows(of: series, at: time).reversed() {
        found.append((InstantRows.Place(chunk: chunk, row: row, fields: nil), rows.generation))
      }
    }
    return found
  }

  /// Enters the row appended last into its generation and its series.
  @inline(__always)
  func enterRow(in rows: GenerationRows, series: UInt32, time: Int64, valueCount: Int) {
    let isNewest = time >= newestTime(of: series)
    let number = UInt32(truncatingIfNeeded: rows.rowCount)
    rows.enter(series: series, isNewest: isNewest, valueCount: valueCount)
    if rows.isIndexed(series) { rows.enterLate(number, series: series, time: time) }
    note(series: series, time: time)
  }
}
