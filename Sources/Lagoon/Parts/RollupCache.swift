import Synchronization
import Telemetry

/// Rollup parts as rows in memory: what most questions read, and never changes. The least recently used are let go of.
final class RollupCache: Sendable {
  private static let capacityBytes = 128 << 20
  private let state = Mutex<State>(State())

  private struct Entry: Sendable {
    var source: RowSource
    var byteCount: Int
    var used: UInt64
  }

  private struct State: Sendable {
    var entries: [String: Entry] = [:]
    var byteCount = 0
    var clock: UInt64 = 0
  }

  /// The rows of the part at `path`, read by `read` if they are not here.
  func rows(of path: String, read: () throws -> RowSource) rethrows -> RowSource {
    let known = state.withLock { state in
      state.clock += 1
      state.entries[path]?.used = state.clock
      return state.entries[path]?.source
    }
    if let known { return known }
    let source = try read()
    let byteCount = source.chunks.reduce(0) { $0 + $1.byteCount }
    state.withLock { state in
      if byteCount > Self.capacityBytes || state.entries[path] != nil { return }
      while state.byteCount + byteCount > Self.capacityBytes { Self.evict(&state) }
      state.entries[path] = Entry(source: source, byteCount: byteCount, used: state.clock)
      state.byteCount += byteCount
    }
    return source
  }

  private static func evict(_ state: inout State) {
    guard let oldest = state.entries.min(by: { $0.value.used < $1.value.used }) else { return }
    state.byteCount -= oldest.value.byteCount
    state.entries[oldest.key] = nil
  }
}
