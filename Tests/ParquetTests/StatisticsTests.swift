import Parquet
import Testing

@Suite struct StatisticsTests {
  private func info(_ type: ColumnType, _ cells: Cells) throws -> (ColumnChunkInfo, [PageInfo]) {
    var table = Table()
    table.add("c", type, cells)
    let reader = try ParquetReader(MemoryBytes(table.written()))
    return (reader.rowGroups[0].columns[0], try reader.pages(column: 0, rowGroup: 0))
  }

  @Test func integers() throws {
    let (info, pages) = try info(.int64, .int64([3, nil, -7, .max]))
    #expect(info.min == .int64(-7))
    #expect(info.max == .int64(.max))
    #expect(info.isMinExact && info.isMaxExact)
    #expect(info.nullCount == 1)
    #expect(info.nanCount == nil)
    #expect(pages.count == 1)
    #expect(pages[0].min == .int64(-7))
    #expect(pages[0].nullCount == 1)
    #expect(pages[0].rows == 0..<4)
  }

  @Test func booleans() throws {
    #expect(try info(.boolean, .boolean([true, nil, true])).0.min == .boolean(true))
    #expect(try info(.boolean, .boolean([true, false])).0.min == .boolean(false))
    #expect(try info(.boolean, .boolean([false, nil])).0.max == .boolean(false))
  }

  @Test func nullsHaveNoBounds() throws {
    let (info, pages) = try info(.double, .double([nil, nil]))
    #expect(info.min == nil)
    #expect(info.max == nil)
    #expect(info.nullCount == 2)
    #expect(pages[0].min == nil)
    #expect(pages[0].nullCount == 2)
  }

  @Test func zerosAreWidened() throws {
    func signs(_ values: [Double?]) throws -> [FloatingPointSign] {
      let info = try info(.double, Cells(values)).0
      guard case .double(let low)? = info.min, case .double(let high)? = info.max else { return [] }
      #expect(low == 0 && high == 0)
      return [low.sign, high.sign]
    }
    #expect(try signs([0.0]) == [.minus, .plus])
    #expect(try signs([-0.0]) == [.minus, .plus])
    #expect(try signs([-0.0, 0.0, nil]) == [.minus, .plus])
  }

  @Test func infinitiesAreBounds() throws {
    let info = try info(.double, Cells([1, -.infinity, .infinity])).0
    #expect(info.min == .double(-.infinity))
    #expect(info.max == .double(.infinity))
    #expect(info.nanCount == 0)
  }

  @Test func withNaNThereAreNoBounds() throws {
    // A reader that holds NaN for the largest of all would pass over it.
    let (info, pages) = try info(.double, Cells([1, .nan, nil, 2, -.nan]))
    #expect(info.min == nil)
    #expect(info.max == nil)
    #expect(info.nanCount == 2)
    #expect(info.nullCount == 1)
    #expect(pages.count == 1)
    #expect(pages[0].min == nil)
  }

  @Test func stringsAreOrderedByBytes() throws {
    let info = try info(.string, .string(["b", "é", nil, "Z", "a", ""])).0
    #expect(info.min == .string([]))
    #expect(info.max == .string(Array("é".utf8)))
    #expect(info.isMinExact && info.isMaxExact)
  }

  @Test(arguments: ["x", "é", "\u{7F}", "\u{7FF}", "\u{D7FF}", "\u{FFFF}", "😀"])
  func longStringsAreShortened(unit: String) throws {
    let long = String(repeating: unit, count: 100)
    let info = try info(.string, .string([long])).0
    guard case .string(let low)? = info.min, case .string(let high)? = info.max else {
      Issue.record("no bounds")
      return
    }
    #expect(!info.isMinExact && !info.isMaxExact)
    #expect(low.count <= 64 && high.count <= 64)
    #expect(low.lexicographicallyPrecedes(Array(long.utf8)))
    #expect(Array(long.utf8).lexicographicallyPrecedes(high))
    #expect(String(validating: low, as: UTF8.self) != nil)
    #expect(String(validating: high, as: UTF8.self) != nil)
  }

  @Test func whatCannotBeRaisedHasNoUpperBound() throws {
    let (info, pages) = try info(.string, .string(["a", String(repeating: "\u{10FFFF}", count: 30)]))
    #expect(info.max == nil)
    #expect(info.min == .string(Array("a".utf8)))
    #expect(pages.count == 1)
    #expect(pages[0].max == nil)
    // A character before it can be.
    let mixed = try self.info(.string, .string(["a" + String(repeating: "\u{10FFFF}", count: 30)])).0
    #expect(mixed.max == .string(Array("b".utf8)))
  }

  @Test func sixtyFourBytesAreKeptWhole() throws {
    let text = String(repeating: "x", count: 64)
    let info = try info(.string, .string([text])).0
    #expect(info.max == .string(Array(text.utf8)))
    #expect(info.isMaxExact)
  }
}
