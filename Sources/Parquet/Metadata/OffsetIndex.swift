/// Where a chunk's data pages are: `OffsetIndex` of parquet.thrift.
struct OffsetIndex {
  /// `PageLocation` of parquet.thrift.
  struct Location {
    /// In the file.
    var offset: Int
    /// Header and page.
    var byteCount: Int
    /// In the row group.
    var firstRow: Int
  }

  var pages: [Location]

  func write(to writer: inout ThriftWriter) {
    writer.structure {
      $0.list(1, of: .structure, count: pages.count)
      for page in pages {
        $0.structure {
          $0.i64(1, Int64(page.offset))
          $0.i32(2, Int32(page.byteCount))
          $0.i64(3, Int64(page.firstRow))
        }
      }
    }
  }

  init(pages: [Location]) {
    self.pages = pages
  }

  init(reading reader: inout ThriftReader) throws(ParquetError) {
    pages = []
    var field = ThriftField()
    while try reader.next(&field) {
      guard field.id == 1, field.type == .list else {
        try reader.skip(field.type)
        continue
      }
      for _ in 0..<(try reader.list(of: .structure)) {
        var page = Location(offset: 0, byteCount: 0, firstRow: -1)
        var part = ThriftField()
        while try reader.next(&part) {
          switch (part.id, part.type) {
          case (1, .i64): page.offset = try reader.size()
          case (2, .i32): page.byteCount = try reader.size()
          case (3, .i64): page.firstRow = try reader.size()
          default: try reader.skip(part.type)
          }
        }
        pages.append(page)
      }
    }
  }

  /// The rows of page `index` of a chunk of `rowCount` rows.
  func rows(of index: Int, rowCount: Int) -> Range<Int> {
    pages[index].firstRow..<(index + 1 < pages.count ? pages[index + 1].firstRow : rowCount)
  }

  /// Whether the pages cover `rowCount` rows from the first to the last, and lie in order within `bytes` of the file.
  func covers(rowCount: Int, within bytes: Range<Int>) -> Bool {
    guard let first = pages.first else { return rowCount == 0 }
    guard first.firstRow == 0 else { return false }
    var row = -1
    var end = bytes.lowerBound
    for page in pages {
      guard page.firstRow > row, page.offset >= end, page.offset <= bytes.upperBound,
        page.byteCount <= bytes.upperBound - page.offset
      else { return false }
      row = page.firstRow
      end = page.offset + page.byteCount
    }
    return row < rowCount
  }
}
