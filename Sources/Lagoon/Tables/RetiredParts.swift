import Synchronization
import Sys

/// Files of parts that no version needs any longer: they stay for a grace time, for those who read them still.
final class RetiredParts: Sendable {
  struct Retired: Sendable {
    var table: TableName
    var path: String
    /// Of the monotonic clock.
    var sinceNanos: Int64
  }

  private let parts = Mutex<[Retired]>([])

  func note(_ retired: [Part], of table: TableName) {
    if retired.isEmpty { return }
    let now = Clock.monotonicNanos()
    parts.withLock { $0 += retired.map { Retired(table: table, path: $0.path, sinceNanos: now) } }
  }

  /// Takes those whose grace time is over.
  func takeDue(graceNanos: Int64) -> [Retired] {
    let now = Clock.monotonicNanos()
    return parts.withLock { parts in
      let due = parts.filter { now - $0.sinceNanos >= graceNanos }
      parts.removeAll { now - $0.sinceNanos >= graceNanos }
      return due
    }
  }
}
