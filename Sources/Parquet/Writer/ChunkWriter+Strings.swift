import Primitives

/// Chunks of strings: dictionary-coded, or PLAIN throughout where that does not pay.
///
/// `unsafe` is sound here: ranges of entries come from the column's offsets, which its initializer checked against its
/// bytes; a page's room is the sum of what it takes.
extension ChunkWriter {
  mutating func writeStrings(
    _ values: StringColumn, _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    var use = StringUse(values, isPresent, rowIndexes: &rowIndexes)
    let width = Self.indexWidth(use.entries.count)
    let codedBytes = use.dictionaryBytes + PresentRows.count(isPresent, rowIndexes.indices) * width / 8
    if use.dictionaryBytes <= ParquetFormat.dictionaryBytes, codedBytes < use.plainBytes {
      page.removeAll()
      append(values, use.entries)
      endDictionary(count: use.entries.count, &chunk, &output)
      chunk.encoding = .rleDictionary
    }
    let pages = chunk.encoding == .plain ? plainPages(values, isPresent) : Self.pages(rowCount: values.count)
    for (number, rows) in pages.enumerated() {
      var statistics = beginPage(rows, isPresent, chunk.column)
      use.bound(&statistics, page: number, rows, isPresent, rowIndexes, values)
      if chunk.encoding == .plain {
        let count = gatherIndexes(values.indexes, rows, isPresent)
        append(values, indexes[0..<count])
      } else {
        appendIndexes(rows, isPresent, width: width)
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  /// The rows of page after page, closed also when a page's texts are long.
  private func plainPages(_ values: StringColumn, _ isPresent: [Bool]?) -> [Range<Int>] {
    var pages: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for row in values.indexes.indices {
      if row - start == Limits.rowsPerPage || bytes >= ParquetFormat.plainPageBytes {
        pages.append(start..<row)
        (start, bytes) = (row, 0)
      }
      if isPresent?[row] ?? true { bytes += 4 + values.range(ofEntry: Int(values.indexes[row])).count }
    }
    pages.append(start..<values.count)
    return pages
  }

  /// Appends entries as PLAIN has them: length, bytes.
  private mutating func append(_ values: StringColumn, _ entries: some Collection<UInt32>) {
    let room = entries.reduce(0) { $0 + 4 + values.range(ofEntry: Int($1)).count }
    values.dictionaryBytes.withUnsafeBytes { bytes in
      page.append(atMost: room) { target in
        var written = 0
        for entry in entries {
          let range = values.range(ofEntry: Int(entry))
          target.storeBytes(of: UInt32(range.count).littleEndian, toByteOffset: written, as: UInt32.self)
          written &+= 4
          if range.isEmpty { continue }
          (target + written).copyMemory(from: bytes.baseAddress! + range.lowerBound, byteCount: range.count)
          written &+= range.count
        }
        return written
      }
    }
  }

  /// Puts the column's own entries of the present ones of `rows` at the start of `indexes`. Returns how many they are.
  private mutating func gatherIndexes(_ entries: [UInt32], _ rows: Range<Int>, _ isPresent: [Bool]?) -> Int {
    if let isPresent { return PresentRows.gather(entries, rows, isPresent, to: &indexes) }
    indexes.removeAll(keepingCapacity: true)
    indexes.append(contentsOf: entries[rows])
    return rows.count
  }
}
