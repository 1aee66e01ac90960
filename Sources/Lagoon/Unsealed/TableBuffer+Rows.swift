import Primitives
import Telemetry

extension TableBuffer {
  /// Whether the row appended last to `chunk` says nothing new. Looks at the rows of its series and instant that are
  /// unsealed, then at those in parts.
  @inline(never)
  func isDoubled(_ chunk: RowChunk, series number: UInt32, time: Int64, sealed: any SealedRows) -> Bool {
    coverParts(series: number, sealed: sealed)
    if isCertainlyNew(series: number, time: time) { return false }
    var candidates: [DuplicateCheck.Candidate] = []
    for rows in generations {
      for found in rows.rows(of: number, at: time) {
        candidates.append(DuplicateCheck.Candidate(chunk: found.chunk, row: found.row, columns: nil))
      }
    }
    let row = chunk.count - 1
    if DuplicateCheck.isDoubled(row, of: chunk, among: candidates) { return true }
    if time > newestSealedTime { return false }
    for source in sealed.existingRows(in: name, of: series[number], at: time) {
      let columns = source.fields.map { fieldNumber($0) ?? -1 }
      for found in source.chunks {
        for row in 0..<found.count {
          candidates.append(DuplicateCheck.Candidate(chunk: found, row: row, columns: columns))
        }
      }
    }
    return DuplicateCheck.isDoubled(row, of: chunk, among: candidates)
  }

  /// Enters the row appended last into its generation and its series.
  @inline(__always)
  func enterRow(in rows: GenerationRows, series: UInt32, time: Int64) {
    let isNewest = time >= newestTime(of: series)
    let number = UInt32(truncatingIfNeeded: rows.rowCount)
    rows.enter(series: series, isNewest: isNewest)
    if rows.isIndexed(series) { rows.enterLate(number, series: series, time: time) }
    note(series: series, time: time)
  }
}
