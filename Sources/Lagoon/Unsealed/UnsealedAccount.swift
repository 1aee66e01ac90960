import Primitives
import Synchronization

/// What the unsealed rows of all tables come to. It is told when rows were entered, once a slice of them, and its lock is
/// held for some additions alone: who asks it waits for no table.
final class UnsealedAccount: Sendable {
  /// What a change of one generation comes to.
  struct Change {
    /// Memory.
    var byteCount = 0
    /// Bytes of what the rows say, without the memory that is allocated ahead.
    var contentBytes = 0
    var rowCount = 0
    /// Rows that were set aside to be looked up in the parts, and their memory, which is of no generation.
    var lateRows = 0
    var lateBytes = 0
  }

  /// What one generation holds in all tables.
  private struct Holding {
    var byteCount = 0
    var contentBytes = 0
    var rowCount = 0
  }

  private struct State {
    /// Bytes of rows in all generations, about, and of those set aside.
    var byteCount = 0
    var holdings: [UInt64: Holding] = [:]
    /// Raised by each change.
    var version: UInt64 = 0
    /// The arrival of the newest row applied.
    var newestArrivalNanos: UnixNanos = 0
    /// Rows that are set aside to be looked up in the parts, and those that are being looked up.
    var lateRowCount = 0
    /// The arrival of the oldest of them that is being looked up.
    var settlingArrivalNanos = UnixNanos.max
  }

  private let state = Mutex(State())

  /// Enters what was applied to tables.
  ///
  /// - Parameter arrivalNanos: when the newest of those rows came.
  func add(_ change: Change, to generation: UInt64, arrivalNanos: UnixNanos = 0) {
    state.withLock { state in
      state.byteCount += change.byteCount + change.lateBytes
      state.lateRowCount += change.lateRows
      if change.byteCount != 0 || change.rowCount != 0 {
        state.holdings[generation, default: Holding()].byteCount += change.byteCount
        state.holdings[generation, default: Holding()].contentBytes += change.contentBytes
        state.holdings[generation, default: Holding()].rowCount += change.rowCount
      }
      state.newestArrivalNanos = max(state.newestArrivalNanos, arrivalNanos)
      state.version += 1
    }
  }

  /// Takes out what has left memory.
  func release(_ rows: GenerationRows) {
    state.withLock { state in
      state.byteCount -= rows.accountedBytes
      state.version += 1
      guard var left = state.holdings[rows.generation] else { return }
      left.byteCount -= rows.accountedBytes
      left.contentBytes -= rows.contentBytes
      left.rowCount -= rows.rowCount
      state.holdings[rows.generation] = left.rowCount > 0 || left.byteCount > 0 ? left : nil
    }
  }

  // MARK: late rows

  /// Notes, before late rows leave their table, that rows which came since then are being looked up.
  func beginSettling(since arrivalNanos: UnixNanos) {
    state.withLock { $0.settlingArrivalNanos = min($0.settlingArrivalNanos, arrivalNanos) }
  }

  func endSettling() {
    state.withLock { $0.settlingArrivalNanos = .max }
  }

  // MARK: what is known

  var pressure: (byteCount: Int, lateRowCount: Int) {
    state.withLock { ($0.byteCount, $0.lateRowCount) }
  }

  /// The generations that hold rows, oldest first.
  var generations: [UInt64] {
    state.withLock { state in state.holdings.filter { $0.value.rowCount > 0 }.keys.sorted() }
  }

  /// What a generation's rows say, and the memory that they take, in bytes.
  func bytes(of generation: UInt64) -> (content: Int, memory: Int) {
    state.withLock { state in
      let holding = state.holdings[generation] ?? Holding()
      return (holding.contentBytes, holding.byteCount)
    }
  }

  /// Size and age of it all.
  ///
  /// - Parameter oldestLateNanos: of all tables, as it was before this call.
  func facts(oldestLateNanos: UnixNanos) -> UnsealedTables.Facts {
    state.withLock { state in
      let shown = min(oldestLateNanos, state.settlingArrivalNanos)
      return UnsealedTables.Facts(
        byteCount: state.byteCount, rowCount: state.holdings.values.reduce(0) { $0 + $1.rowCount },
        version: state.version,
        newestArrivalNanos: shown == .max ? state.newestArrivalNanos : min(state.newestArrivalNanos, shown - 1),
        lateRowCount: state.lateRowCount)
    }
  }
}
