import Parquet
import Primitives
import Synchronization
import Sys

/// Parts that are open, with their footers read. The least recently used are let go of.
final class PartCache: Sendable {
  private let state = Mutex<State>(State())

  private struct State: Sendable {
    var readers: [String: (reader: ParquetReader, used: UInt64)] = [:]
    var clock: UInt64 = 0
  }

  /// The reader of the part at `path`.
  ///
  /// - Throws: what the file system or `ParquetReader` says, without the path.
  func reader(_ path: String, precision: TimePrecision) throws -> ParquetReader {
    let known = state.withLock { state in
      state.clock += 1
      state.readers[path]?.used = state.clock
      return state.readers[path]?.reader
    }
    if let known { return known }
    let reader = try PartSchema.arranged(ParquetReader(PartFile(path: path)), precision: precision)
    state.withLock { state in
      if state.readers.count >= Limits.openParts { Self.evict(&state) }
      state.readers[path] = (reader, state.clock)
    }
    return reader
  }

  private static func evict(_ state: inout State) {
    let order = state.readers.map { ($0.value.used, $0.key) }.sorted { $0.0 < $1.0 }
    for (_, path) in order.prefix(Limits.openParts / 4) { state.readers[path] = nil }
  }

  func forget(_ path: String) {
    state.withLock { _ = $0.readers.removeValue(forKey: path) }
  }
}
