import Telemetry

/// How far a table's rows in memory were gone through, so that each look takes those that came since the one before.
///
/// Rows of a generation are never changed and only added to at the end; rows that were sealed between two looks stay in
/// memory for who follows the table (`UnsealedTables.follow`). What is missed all the same is told.
public struct RowCursor: Sendable {
  /// Rows that were gone through, by generation.
  public private(set) var positions: [UInt64: Int] = [:]
  /// How many rows had ever been entered when all of them were gone through.
  private var entered = 0

  public init() {}

  /// Some rows that were not gone through yet: those of a chunk from one on.
  struct Rows {
    /// A place in `TableView.memory`.
    var source: Int
    var chunk: RowChunk
    var first: Int
  }

  /// Takes all that is in memory for gone through.
  mutating func settle(on table: TableView) {
    positions = Dictionary(table.memory.map { ($0.generation, $0.endRow) }, uniquingKeysWith: max)
    entered = table.enteredRows
  }

  /// The rows that came since, in the order in which they came to each generation.
  ///
  /// - Returns: false if some were missed since the last time: they are in no memory any more.
  mutating func advance(over table: TableView, _ body: (Rows) -> Void) -> Bool {
    var next: [UInt64: Int] = [:]
    for (index, memory) in table.memory.enumerated() {
      let position = max(positions[memory.generation] ?? 0, next[memory.generation] ?? 0, memory.firstRow)
      next[memory.generation] = max(position, memory.endRow)
      if memory.endRow <= position { continue }
      entered += memory.endRow - position
      // From behind: of a large generation little is new.
      var first = memory.endRow
      var place = memory.rows.chunks.count
      while first > position && place > 0 {
        place -= 1
        first -= memory.rows.chunks[place].count
      }
      for chunk in memory.rows.chunks[place...] {
        body(Rows(source: index, chunk: chunk, first: max(0, position - first)))
        first += chunk.count
      }
    }
    positions = next
    defer { entered = table.enteredRows }
    return entered == table.enteredRows
  }
}
