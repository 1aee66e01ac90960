/// Which entries of a string column's dictionary a chunk uses: only these are written and bounded.
///
/// `unsafe` is sound here: ranges of entries come from the column's offsets, which its initializer checked against its
/// bytes.
struct StringUse {
  /// Entries of the column's dictionary, in the order of their first use: the dictionary of the chunk.
  private(set) var entries: [UInt32] = []
  /// PLAIN size of these entries, and of all present rows.
  private(set) var dictionaryBytes = 0
  private(set) var plainBytes = 0
  /// Per chunk entry the page that last held it + 1.
  private var lastPage: [UInt32] = []

  /// `rowIndexes` becomes the chunk entry of each row, 0 for a null one.
  init(_ column: StringColumn, _ isPresent: [Bool]?, rowIndexes: inout [UInt32]) {
    let unused = UInt32.max
    var chunkEntry = [UInt32](repeating: unused, count: column.dictionaryCount)
    rowIndexes.removeAll(keepingCapacity: true)
    rowIndexes.reserveCapacity(column.count)
    for row in column.indexes.indices {
      if let isPresent, !isPresent[row] {
        rowIndexes.append(0)
        continue
      }
      let entry = Int(column.indexes[row])
      let bytes = 4 + Int(column.dictionaryOffsets[entry + 1] &- column.dictionaryOffsets[entry])
      if chunkEntry[entry] == unused {
        chunkEntry[entry] = UInt32(entries.count)
        entries.append(UInt32(entry))
        dictionaryBytes += bytes
      }
      plainBytes += bytes
      rowIndexes.append(chunkEntry[entry])
    }
    lastPage = Array(repeating: 0, count: entries.count)
  }

  /// Bounds a page's statistics by the entries that its rows use; each is looked at once a page.
  mutating func bound(
    _ statistics: inout PageStatistics, page: Int, _ rows: Range<Int>, _ isPresent: [Bool]?,
    _ rowIndexes: [UInt32], _ column: StringColumn
  ) {
    var lowest: Range<Int>?
    var highest: Range<Int>?
    let mark = UInt32(page + 1)
    column.dictionaryBytes.withUnsafeBytes { bytes in
      for row in rows {
        if let isPresent, !isPresent[row] { continue }
        let index = Int(rowIndexes[row])
        if lastPage[index] == mark { continue }
        lastPage[index] = mark
        let entry = column.range(ofEntry: Int(entries[index]))
        if lowest.map({ Self.precedes(entry, $0, bytes) }) ?? true { lowest = entry }
        if highest.map({ Self.precedes($0, entry, bytes) }) ?? true { highest = entry }
      }
    }
    guard let lowest, let highest else { return }
    statistics.minimum = StatisticsBound.lower(column.dictionaryBytes[lowest])
    statistics.maximum = StatisticsBound.upper(column.dictionaryBytes[highest])
  }

  /// Whether the bytes at `left` stand before those at `right`.
  @inline(__always)
  private static func precedes(_ left: Range<Int>, _ right: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
    let common = min(left.count, right.count)
    for index in 0..<common {
      let (leftByte, rightByte) = (bytes[left.lowerBound &+ index], bytes[right.lowerBound &+ index])
      if leftByte != rightByte { return leftByte < rightByte }
    }
    return left.count < right.count
  }
}
