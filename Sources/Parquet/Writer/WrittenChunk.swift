/// A column chunk that is being written: where its pages stand, and what is known of them.
struct WrittenChunk {
  /// A data page that was written.
  struct Page {
    var location: OffsetIndex.Location
    var statistics: PageStatistics
  }

  let column: ColumnSchema
  let rowCount: Int
  /// In the file.
  let start: Int
  var dictionaryPageBytes = 0
  var encoding = ValueEncoding.plain
  var pages: [Page] = []
  /// Headers included.
  var uncompressedBytes = 0
  var compressedBytes = 0

  init(column: ColumnSchema, rowCount: Int, start: Int) {
    self.column = column
    self.rowCount = rowCount
    self.start = start
  }

  /// As the footer has it, without the places of its indexes.
  var metadata: ChunkMetadata {
    var metadata = ChunkMetadata()
    metadata.type = column.type.physical.rawValue
    metadata.encodings = [ValueEncoding.rle.rawValue, encoding.rawValue]
    metadata.path = [column.name]
    metadata.codec = CompressionCodec.zstd.rawValue
    metadata.valueCount = rowCount
    metadata.uncompressedBytes = uncompressedBytes
    metadata.compressedBytes = compressedBytes
    metadata.dataPageOffset = start + dictionaryPageBytes
    if dictionaryPageBytes > 0 {
      metadata.encodings.append(ValueEncoding.plain.rawValue)
      metadata.dictionaryPageOffset = start
      metadata.pageStatistics.append(PageEncodingStatistics(.dictionary, .plain, count: 1))
    }
    metadata.pageStatistics.append(PageEncodingStatistics(.data, encoding, count: pages.count))
    metadata.statistics = statistics
    return metadata
  }

  var offsetIndex: OffsetIndex { OffsetIndex(pages: pages.map(\.location)) }

  /// Nil where a page has values and no bounds: it holds a NaN, or a text that cannot be shortened. The format then
  /// allows none.
  var columnIndex: ColumnIndex? {
    var index = ColumnIndex()
    if column.type == .double { index.nanCounts = [] }
    for page in pages {
      let statistics = page.statistics
      let isNull = statistics.nullCount == statistics.rowCount
      if !isNull, statistics.minimum == nil || statistics.maximum == nil { return nil }
      index.isNullPage.append(isNull)
      index.minima.append(statistics.minimum?.bound.encoded ?? [])
      index.maxima.append(statistics.maximum?.bound.encoded ?? [])
      index.nullCounts.append(statistics.nullCount)
      index.nanCounts?.append(statistics.nanCount)
    }
    index.order = order
    return index
  }

  private var statistics: ChunkStatistics {
    var whole = PageStatistics(rowCount: 0, nullCount: 0)
    for page in pages { whole.merge(page.statistics) }
    var statistics = ChunkStatistics()
    statistics.nullCount = Int64(whole.nullCount)
    if column.type == .double { statistics.nanCount = Int64(whole.nanCount) }
    if let minimum = whole.minimum {
      statistics.minimum = minimum.bound.encoded
      statistics.isMinimumExact = minimum.isExact
    }
    if let maximum = whole.maximum {
      statistics.maximum = maximum.bound.encoded
      statistics.isMaximumExact = maximum.isExact
    }
    return statistics
  }

  /// How the pages' bounds stand to each other; null pages have none and do not count.
  private var order: ColumnIndex.Order {
    var ascends = true
    var descends = true
    var last: PageStatistics?
    for page in pages {
      guard let minimum = page.statistics.minimum?.bound, let maximum = page.statistics.maximum?.bound else { continue }
      if let lastMinimum = last?.minimum?.bound, let lastMaximum = last?.maximum?.bound {
        if minimum.precedes(lastMinimum) || maximum.precedes(lastMaximum) { ascends = false }
        if lastMinimum.precedes(minimum) || lastMaximum.precedes(maximum) { descends = false }
      }
      last = page.statistics
    }
    return ascends ? .ascending : descends ? .descending : .unordered
  }
}
