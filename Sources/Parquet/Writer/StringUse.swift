/// Which entries of a string column's dictionary a chunk uses: only these are written and bounded.
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
      let bytes = 4 + Int(column.dictionaryOffsets[entry + 1] - column.dictionaryOffsets[entry])
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
    var lowest: ArraySlice<UInt8>?
    var highest: ArraySlice<UInt8>?
    let mark = UInt32(page + 1)
    for row in rows {
      if let isPresent, !isPresent[row] { continue }
      let index = Int(rowIndexes[row])
      if lastPage[index] == mark { continue }
      lastPage[index] = mark
      let bytes = column.entry(Int(entries[index]))
      if lowest.map({ bytes.lexicographicallyPrecedes($0) }) ?? true { lowest = bytes }
      if highest.map({ $0.lexicographicallyPrecedes(bytes) }) ?? true { highest = bytes }
    }
    guard let lowest, let highest else { return }
    statistics.minimum = StatisticsBound.lower(lowest)
    statistics.maximum = StatisticsBound.upper(highest)
  }
}
