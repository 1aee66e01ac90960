import Parquet
import Primitives
import Synchronization

/// Columns of row groups as they were decoded: a page holds many devices' rows, and who asked for one of them asks for it
/// again, or for its neighbour. The least recently used make room.
final class ColumnCache: Sendable {
  private let state = Mutex<State>(State())

  struct Key: Hashable, Sendable {
    var path: String
    var rowGroup: Int
    var column: Int
  }

  private struct Entry: Sendable {
    var data: ColumnData
    var byteCount: Int
    var used: UInt64
  }

  private struct State: Sendable {
    var entries: [Key: Entry] = [:]
    var byteCount = 0
    var clock: UInt64 = 0
  }

  /// A whole column of a row group, decoded by `decode` if it is not here.
  func column(_ key: Key, decode: () throws -> ColumnData) rethrows -> ColumnData {
    let known = state.withLock { state in
      state.clock += 1
      state.entries[key]?.used = state.clock
      return state.entries[key]?.data
    }
    if let known { return known }
    let data = try decode()
    let byteCount = data.count * 9
    state.withLock { state in
      if byteCount > Limits.columnCacheBytes / 4 || state.entries[key] != nil { return }
      if state.byteCount + byteCount > Limits.columnCacheBytes { Self.makeRoom(&state) }
      state.entries[key] = Entry(data: data, byteCount: byteCount, used: state.clock)
      state.byteCount += byteCount
    }
    return data
  }

  /// Lets go of the older half.
  private static func makeRoom(_ state: inout State) {
    let byAge = state.entries.sorted { $0.value.used < $1.value.used }
    for (key, entry) in byAge where state.byteCount > Limits.columnCacheBytes / 2 {
      state.byteCount -= entry.byteCount
      state.entries[key] = nil
    }
  }
}

extension ColumnData {
  /// Some of the rows.
  func rows(_ range: Range<Int>) -> ColumnData {
    if range.lowerBound == 0 && range.upperBound == count { return self }
    let values: ColumnValues =
      switch self.values {
      case .boolean(let all): .boolean(Array(all[range]))
      case .int64(let all): .int64(Array(all[range]))
      case .double(let all): .double(Array(all[range]))
      case .string(let all):
        .string(
          StringColumn(
            dictionaryBytes: all.dictionaryBytes, dictionaryOffsets: all.dictionaryOffsets,
            indexes: Array(all.indexes[range])))
      }
    return ColumnData(values: values, isPresent: isPresent.map { Array($0[range]) })
  }
}
