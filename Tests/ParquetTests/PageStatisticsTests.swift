import Testing

@testable import Parquet

@Suite struct PageStatisticsTests {
  private func statistics(_ values: [Double], nulls: Int = 0) -> PageStatistics {
    var statistics = PageStatistics(rowCount: values.count + nulls, nullCount: nulls)
    statistics.bound(values, values.indices)
    return statistics
  }

  @Test func zerosAreWidenedAndNaNTakesTheBounds() {
    let zeros = statistics([0.0, -0.0])
    #expect(zeros.minimum?.bound.encoded == ColumnBound.double(-0.0).encoded)
    #expect(zeros.maximum?.bound.encoded == ColumnBound.double(0.0).encoded)
    let odd = statistics([1, .nan, 2])
    #expect(odd.nanCount == 1 && odd.minimum == nil && odd.maximum == nil)
    let none = statistics([], nulls: 4)
    #expect(none.minimum == nil && none.nanCount == 0)
    let wide = statistics([-.infinity, .infinity])
    #expect(wide.minimum?.bound == .double(-.infinity) && wide.maximum?.bound == .double(.infinity))
  }

  @Test func integersAndBooleansAreBoundedByTheirExtremes() {
    var integers = PageStatistics(rowCount: 4, nullCount: 0)
    integers.bound([9, .min, .max, 3], 1..<3)
    #expect(integers.minimum?.bound == .int64(.min) && integers.maximum?.bound == .int64(.max))
    for (flags, least, largest) in [
      ([true], true, true), ([false, false], false, false), ([true, false], false, true),
    ] {
      var statistics = PageStatistics(rowCount: flags.count, nullCount: 0)
      statistics.bound(flags, flags.indices)
      #expect(statistics.minimum?.bound == .boolean(least) && statistics.maximum?.bound == .boolean(largest))
    }
  }

  @Test func pagesTogetherAreBoundedOnlyIfAllWithValuesAre() {
    var whole = PageStatistics(rowCount: 0, nullCount: 0)
    whole.merge(statistics([], nulls: 3))
    whole.merge(statistics([2, 3]))
    whole.merge(statistics([], nulls: 1))
    whole.merge(statistics([-1]))
    #expect(whole.rowCount == 7 && whole.nullCount == 4)
    #expect(whole.minimum?.bound == .double(-1) && whole.maximum?.bound == .double(3))
    whole.merge(statistics([.nan]))
    #expect(whole.minimum == nil && whole.maximum == nil && whole.nanCount == 1)
    whole.merge(statistics([5]))
    #expect(whole.minimum == nil)
  }

  @Test func stringsAreBoundedByTheEntriesThatAreUsed() {
    let column = StringColumn(["b", nil, "a", "b", "z", "c"])
    var indexes: [UInt32] = []
    // Rows of one chunk: the last is not among them.
    let isPresent = [true, false, true, true, false, true]
    var use = StringUse(column, isPresent, rowIndexes: &indexes)
    #expect(indexes == [0, 0, 1, 0, 0, 2] && use.entries.count == 3)
    #expect(use.plainBytes == 4 * 5 && use.dictionaryBytes == 3 * 5)
    var page = PageStatistics(rowCount: 3, nullCount: 1)
    use.bound(&page, page: 0, 0..<3, isPresent, indexes, column)
    #expect(page.minimum?.bound == .string([0x61]) && page.maximum?.bound == .string([0x62]))
    var nulls = PageStatistics(rowCount: 1, nullCount: 1)
    use.bound(&nulls, page: 1, 1..<2, isPresent, indexes, column)
    #expect(nulls.minimum == nil && nulls.maximum == nil)
  }

  private func chunk(_ pages: [PageStatistics], type: ColumnType = .double) -> WrittenChunk {
    var chunk = WrittenChunk(
      column: ColumnSchema(name: "x", type: type, isOptional: true), rowCount: pages.reduce(0) { $0 + $1.rowCount },
      start: 100)
    var row = 0
    for statistics in pages {
      let location = OffsetIndex.Location(offset: 100 + row, byteCount: 1, firstRow: row)
      chunk.pages.append(WrittenChunk.Page(location: location, statistics: statistics))
      row += statistics.rowCount
    }
    return chunk
  }

  @Test func theOrderOfPagesIsToldByTheirBounds() {
    let (low, middle, high) = (statistics([1, 2]), statistics([2, 3]), statistics([3, 9]))
    let null = statistics([], nulls: 2)
    #expect(chunk([low, null, middle, high]).columnIndex?.order == .ascending)
    #expect(chunk([high, middle, null, low]).columnIndex?.order == .descending)
    #expect(chunk([middle, high, low]).columnIndex?.order == .unordered)
    #expect(chunk([null]).columnIndex?.isNullPage == [true] && chunk([null]).columnIndex?.nanCounts == [0])
    // A page with values and without bounds: the format allows no index then.
    #expect(chunk([low, statistics([.nan])]).columnIndex == nil)
  }

  @Test func chunksSayHowTheyAreWritten() {
    var chunk = chunk([statistics([1]), statistics([2])])
    chunk.encoding = .rleDictionary
    chunk.dictionaryPageBytes = 40
    #expect(chunk.metadata.start == 100 && chunk.metadata.dataPageOffset == 140)
    #expect(chunk.metadata.statistics?.nullCount == 0 && chunk.metadata.statistics?.nanCount == 0)
    #expect(chunk.metadata.pageStatistics.map(\.count) == [1, 2])
    #expect(chunk.offsetIndex.pages.map(\.firstRow) == [0, 1])
    chunk.dictionaryPageBytes = 0
    #expect(chunk.metadata.dictionaryPageOffset == nil && chunk.metadata.pageStatistics.count == 1)
  }
}
