import Rollups
import Telemetry

/// What all readings of a full chunk's column add up to. Under load a chunk holds rows of some seconds, so that most fall
/// whole into one bucket: it is summed up by the first question and merged by those that follow.
struct ChunkSum: Sendable {
  /// The oldest and the newest time of a reading, in the table's unit; meaningless if there is none.
  var oldest = Int64.max
  var newest = Int64.min
  var readings = 0
  var bucket = Bucket()
  /// Whether there are readings with more digits than a double holds.
  var isWide = false

  /// The sum of a chunk that will not change any more; nil if it may.
  static func of(_ chunk: RowChunk, column: Int, unitNanos: Int64) -> ChunkSum? {
    guard chunk.isFull else { return nil }
    return chunk.derived(ofColumn: column) { make(chunk, column, unitNanos) }
  }

  private static func make(_ chunk: RowChunk, _ column: Int, _ unitNanos: Int64) -> ChunkSum {
    var sum = ChunkSum()
    chunk.withColumn(column) { rows in
      for row in rows.times.indices {
        let tag = ValueTag(rawValue: rows.tags[row])
        guard tag != .null, DecimalNumber.double(tag: tag, payload: rows.payloads[row])?.isFinite ?? false else {
          continue
        }
        let time = rows.times[row]
        sum.oldest = min(sum.oldest, time)
        sum.newest = max(sum.newest, time)
        sum.readings += 1
        sum.bucket.add(tag: tag, payload: rows.payloads[row], at: time &* unitNanos)
        if tag != .double && WideNumber.isWide(rows.payloads[row]) { sum.isWide = true }
      }
    }
    return sum
  }
}
