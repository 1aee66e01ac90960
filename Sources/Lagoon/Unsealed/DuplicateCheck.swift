import Telemetry

/// Whether a row says nothing that the rows of its series and instant did not say already.
struct DuplicateCheck {
  /// A row to look at, with the table's field numbers of its columns; nil where it has the table's own.
  struct Candidate {
    var chunk: RowChunk
    var row: Int
    var columns: [Int]?
  }

  /// `row` of `chunk` is doubled if another row of its instant holds each of its fields with an equal value, or if
  /// such rows with disjoint fields, which are one row once they are sealed, hold them together.
  static func isDoubled(_ row: Int, of chunk: RowChunk, among others: [Candidate]) -> Bool {
    if others.isEmpty { return false }
    let fields = (0..<chunk.columnCount).filter { chunk.tag(row, column: $0) != .null }
    for other in others where fields.allSatisfy({ equal(chunk, row, $0, other) }) { return true }
    return others.count > 1 && areDisjoint(others)
      && fields.allSatisfy { field in others.contains { equal(chunk, row, field, $0) } }
  }

  private static func areDisjoint(_ rows: [Candidate]) -> Bool {
    var seen: Set<Int> = []
    for candidate in rows {
      for column in 0..<candidate.chunk.columnCount where candidate.chunk.tag(candidate.row, column: column) != .null {
        let field = candidate.columns.map { column < $0.count ? $0[column] : -1 } ?? column
        if !seen.insert(field).inserted { return false }
      }
    }
    return true
  }

  private static func equal(_ chunk: RowChunk, _ row: Int, _ field: Int, _ other: Candidate) -> Bool {
    let column: Int
    if let columns = other.columns {
      guard let place = columns.firstIndex(of: field) else { return false }
      column = place
    } else {
      column = field
    }
    let tag = chunk.tag(row, column: field)
    let otherTag = other.chunk.tag(other.row, column: column)
    let payload = chunk.payload(row, column: field)
    let otherPayload = other.chunk.payload(other.row, column: column)
    if tag == .string && otherTag == .string {
      return chunk.text(payload).elementsEqual(other.chunk.text(otherPayload))
    }
    if tag == otherTag { return payload == otherPayload }
    return DecimalNumber.canonical(tag: tag, payload: payload)
      == DecimalNumber.canonical(tag: otherTag, payload: otherPayload)
  }
}
