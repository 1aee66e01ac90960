import Primitives
import Synchronization

/// What is made of a part and never changes.
protocol PartSummary: AnyObject, Sendable {
  /// Memory held, in bytes, about.
  var byteCount: Int { get }
}

/// Buckets of parts in memory: what most questions are made of, and never changes.
///
/// What was not asked for lately makes room. What was is never driven out by what comes: of a question that needs more
/// than there is room for, a part is then answered from memory each time, and not nothing.
final class BucketCache: Sendable {
  /// Requests after which an entry that was not asked for may go.
  private static let agedRequests: UInt64 = 4_096
  private let state = Mutex<State>(State())

  private struct Entry: Sendable {
    var columns: any PartSummary
    var byteCount: Int
    var used: UInt64
  }

  private struct State: Sendable {
    var entries: [String: Entry] = [:]
    var byteCount = 0
    var clock: UInt64 = 0
  }

  /// What is there under a key.
  func known<Summary: PartSummary>(_ key: String, as _: Summary.Type = BucketColumns.self) -> Summary? {
    let found = state.withLock { state in
      state.clock += 1
      state.entries[key]?.used = state.clock
      return state.entries[key]?.columns
    }
    return found as? Summary
  }

  /// Keeps buckets if there is room for them.
  func keep(_ columns: some PartSummary, as key: String) {
    let byteCount = columns.byteCount
    state.withLock { state in
      if byteCount > Limits.bucketCacheBytes || state.entries[key] != nil { return }
      if state.byteCount + byteCount > Limits.bucketCacheBytes { Self.makeRoom(&state) }
      if state.byteCount + byteCount > Limits.bucketCacheBytes { return }
      state.entries[key] = Entry(columns: columns, byteCount: byteCount, used: state.clock)
      state.byteCount += byteCount
    }
  }

  private static func makeRoom(_ state: inout State) {
    for (key, entry) in state.entries where state.clock - entry.used > agedRequests {
      state.byteCount -= entry.byteCount
      state.entries[key] = nil
    }
  }

  /// Lets go of everything of parts that are no longer live, named as in `BucketRequest.key`.
  func forget(parts: Set<Substring>) {
    state.withLock { state in
      for (key, entry) in state.entries where parts.contains(key[..<(key.utf8.firstIndex(of: 0) ?? key.endIndex)]) {
        state.byteCount -= entry.byteCount
        state.entries[key] = nil
      }
    }
  }
}
