import Primitives
import Synchronization

/// What a table keeps for good, whichever buffer holds its rows: its lock, and what is read without it.
final class TableSeat: Sendable {
  /// Held while rows of this table are entered, left out or looked at; no file is read under it. Whoever holds it may
  /// take the lock of the account or of the directory, never the one of another table.
  let lock = Mutex<Void>(())
  private let oldestLate = Atomic<UnixNanos>(UnixNanos.max)
  private let series = Atomic<Int>(0)

  /// The arrival of the oldest row that is set aside to be looked up in the parts; the latest time there is if none is.
  var oldestLateNanos: UnixNanos {
    get { oldestLate.load(ordering: .acquiring) }
    set { oldestLate.store(newValue, ordering: .releasing) }
  }

  /// How many series memory knows of the table.
  var seriesCount: Int {
    get { series.load(ordering: .relaxed) }
    set { series.store(newValue, ordering: .relaxed) }
  }
}
