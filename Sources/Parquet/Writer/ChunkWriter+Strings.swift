import Primitives

/// Chunks of strings: dictionary-coded, or PLAIN throughout where that does not pay.
extension ChunkWriter {
  mutating func writeStrings(
    _ values: StringColumn, _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    var use = StringUse(values, isPresent, rowIndexes: &rowIndexes)
    let width = Self.indexWidth(use.entries.count)
    let codedBytes = use.dictionaryBytes + PresentRows.count(isPresent, rowIndexes.indices) * width / 8
    if use.dictionaryBytes <= ParquetFormat.dictionaryBytes, codedBytes < use.plainBytes {
      page.removeAll()
      for entry in use.entries { append(values, Int(entry)) }
      endDictionary(count: use.entries.count, &chunk, &output)
      chunk.encoding = .rleDictionary
    }
    let pages = chunk.encoding == .plain ? plainPages(values, isPresent) : Self.pages(rowCount: values.count)
    for (number, rows) in pages.enumerated() {
      var statistics = beginPage(rows, isPresent, chunk.column)
      use.bound(&statistics, page: number, rows, isPresent, rowIndexes, values)
      if chunk.encoding == .plain {
        for row in rows where isPresent?[row] ?? true { append(values, Int(values.indexes[row])) }
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
      if isPresent?[row] ?? true { bytes += 4 + values.bytes(at: row).count }
    }
    pages.append(start..<values.count)
    return pages
  }

  /// Appends an entry as PLAIN has it: length, bytes.
  private mutating func append(_ values: StringColumn, _ entry: Int) {
    let bytes = values.entry(entry)
    page.append(word: UInt32(bytes.count))
    bytes.withUnsafeBytes { page.append(contentsOf: $0) }
  }
}
