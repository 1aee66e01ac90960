import Parquet
import Primitives
import Telemetry

/// Learns a field's type from its first part. Compaction learns it anew where that part told too little (`TypeNeeds`).
struct TypeLearner {
  private var integers = 0
  private var numbers = 0
  private var booleans = 0
  private var strings = 0
  private var tally = NumberTally()
  /// Fewer numbers than this, all of them whole, do not show that a field has no places: rain that is 0 for a day.
  private static let enough = 1_000
  /// What such a field gets meanwhile: what most sensors send, and room for fifteen digits before the point.
  private static let provisional = ColumnType.decimal(scale: 3)

  /// Of so many rows one is looked at.
  private let every: Int
  private var chunkNumber = 0

  /// - Parameter rowCount: how many rows there are in all. Of many, as many are learned from as tell what they are like:
  ///   a value that does not fit stands beside the column, so nothing depends on having seen it.
  init(rowCount: Int = 0) {
    every = max(1, rowCount / Limits.learnedRows)
  }

  /// Notes the values of a chunk; false if all were null.
  mutating func note(_ tags: Span<UInt8>, _ payloads: Span<Int64>) -> Bool {
    // A run of neighbours, elsewhere in each chunk: single rows at equal distances might be of one device always.
    let length = (tags.count + every - 1) / every
    let start = chunkNumber % every * length
    chunkNumber += 1
    let run = min(start, tags.count - length)..<min(start, tags.count - length) + length
    if note(tags, payloads, run) { return true }
    for index in tags.indices where tags[index] != ValueTag.null.rawValue {
      // A column of few values: what a chunk has of it is looked at.
      return note(tags, payloads, index..<tags.count)
    }
    return false
  }

  private mutating func note(_ tags: Span<UInt8>, _ payloads: Span<Int64>, _ rows: Range<Int>) -> Bool {
    var hasValues = false
    for index in rows {
      let tag = ValueTag(rawValue: tags[index])
      if tag == .null { continue }
      hasValues = true
      if tag == .boolean {
        booleans += 1
      } else if tag == .string {
        strings += 1
      } else {
        numbers += 1
        if tag == .integer { integers += 1 }
        tally.note(tag: tag, payload: payloads[index])
      }
    }
    return hasValues
  }

  /// The type of the field's own column: that of most of its values.
  var type: ColumnType {
    if strings > numbers && strings >= booleans { return .string }
    if booleans > numbers { return .boolean }
    if integers == numbers { return .int64 }
    guard let best = tally.best else { return tally.zeros > 0 ? Self.provisional : .double }
    let isWhole = tally.fitting(.decimal(scale: 0)) == tally.nonzero
    if isWhole && tally.nonzero < Self.enough && !tally.isMisfit(Self.provisional) { return Self.provisional }
    return best
  }
}
