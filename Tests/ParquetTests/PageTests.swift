import Parquet
import Primitives
import Synchronization
import Testing

/// Counts what is read.
private final class CountedBytes: RandomAccessBytes {
  private let file: MemoryBytes
  private let count = Atomic<Int>(0)

  init(_ bytes: [UInt8]) {
    file = MemoryBytes(bytes)
  }

  var byteCount: Int { file.byteCount }
  var bytesRead: Int { count.load(ordering: .relaxed) }

  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    self.count.add(count, ordering: .relaxed)
    return try file.bytes(at: offset, count: count)
  }
}

@Suite struct PageTests {
  static let table = Table.series(rows: 210_000)
  static let file = table.written(rowsPerGroup: 195_000)
  private static let page = Limits.rowsPerPage

  @Test func pagesCoverTheRowGroup() throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    for (group, info) in reader.rowGroups.enumerated() {
      for column in reader.schema.columns.indices {
        let pages = try reader.pages(column: column, rowGroup: group)
        #expect(pages.reduce(0) { $0 + $1.rowCount } == info.rowCount)
        var next = 0
        for page in pages {
          #expect(page.firstRow == next)
          #expect(page.rowCount <= Limits.rowsPerPage)
          next += page.rowCount
        }
      }
    }
  }

  @Test func pagesAreBounded() throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    let times = try reader.pages(column: 1, rowGroup: 0)
    for page in times {
      let cells = Self.table.columns[1].cells[page.rows]
      guard case .int64(let values) = cells else { continue }
      #expect(page.min == .int64(values.compactMap { $0 }.min()!))
      #expect(page.max == .int64(values.compactMap { $0 }.max()!))
      #expect(page.nullCount == 0)
    }
    let devices = try reader.pages(column: 0, rowGroup: 0)
    guard case .string(let names) = Self.table.columns[0].cells[devices[1].rows] else { return }
    #expect(devices[1].min == names.compactMap { $0 }.min().map { .string(Array($0.utf8)) })
    let values = try reader.pages(column: 2, rowGroup: 0)
    guard case .int64(let cells) = Self.table.columns[2].cells[values[1].rows] else { return }
    #expect(values[1].nullCount == cells.filter { $0 == nil }.count)
  }

  @Test(arguments: [
    0..<0, 0..<1, page - 1..<page + 1, page..<2 * page, 80_000..<80_010, 194_999..<195_000, 195_000..<195_000,
    1..<194_999, 0..<195_000,
  ])
  func rowsAreReadByThemselves(rows: Range<Int>) throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    for (index, column) in Self.table.columns.enumerated() {
      let data = try reader.read(column: index, rowGroup: 0, rows: rows)
      #expect(data.count == rows.count)
      #expect(Cells(data) == column.cells[rows])
      if !column.schema.isOptional { #expect(data.isPresent == nil) }
    }
  }

  @Test func onlyThePagesOfTheRowsAreRead() throws {
    let bytes = CountedBytes(Self.file)
    let reader = try ParquetReader(bytes)
    let before = bytes.bytesRead
    _ = try reader.read(column: 3, rowGroup: 0, rows: 150_000..<150_001)
    let part = bytes.bytesRead - before
    _ = try reader.read(column: 3, rowGroup: 0)
    let whole = bytes.bytesRead - before - part
    #expect(part * 3 < whole)
  }

  @Test func damageElsewhereIsNotMet() throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    let column = reader.rowGroups[0].columns
    // The last page of the last column, whose pages end where the first row group does.
    var damaged = Self.file
    let end = 4 + column.reduce(0) { $0 + $1.compressedBytes }
    damaged[end - 1] ^= 1
    let reread = try ParquetReader(MemoryBytes(damaged))
    #expect(throws: ParquetError.self) { try reread.read(column: 5, rowGroup: 0) }
    #expect(throws: ParquetError.self) { try reread.verify() }
    let rows = 10..<20
    #expect(try Cells(reread.read(column: 5, rowGroup: 0, rows: rows)) == Self.table.columns[5].cells[rows])
  }
}
