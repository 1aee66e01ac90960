import Mutation
import Primitives
import Testing
import Zstd

@testable import Parquet

/// Pages without a checksum, as other writers leave it out: the decoders alone must survive what is in them.
@Suite struct UncheckedPageTests {
  private static let table = Table.everything(rows: 150, seed: 11)

  /// The pages of a chunk, decompressed.
  private func pages(_ data: ColumnData, _ column: ColumnSchema) throws -> [(header: PageHeader, body: [UInt8])] {
    var writer = ChunkWriter(level: 1, profile: .thorough)
    var bytes: [UInt8] = []
    _ = writer.write(data, column, start: 0, to: &bytes)
    var pages: [(header: PageHeader, body: [UInt8])] = []
    var position = 0
    while position < bytes.count {
      var reader = ThriftReader(bytes, from: position, thing: "test")
      let header = try PageHeader(reading: &reader)
      let end = reader.position + header.compressedBytes
      let body = Array(bytes[reader.position..<end]).withUnsafeBytes {
        ZstdCodec().decompress($0, byteCount: header.uncompressedBytes)
      }
      pages.append((header, try #require(body)))
      position = end
    }
    return pages
  }

  /// The pages as they would stand in a file that is neither compressed nor checked.
  private func unchecked(_ pages: [(header: PageHeader, body: [UInt8])]) -> [UInt8] {
    pages.flatMap { page in
      var header = page.header
      header.checksum = nil
      header.uncompressedBytes = page.body.count
      header.compressedBytes = page.body.count
      var writer = ThriftWriter()
      header.write(to: &writer)
      return writer.bytes + page.body
    }
  }

  private func decoded(_ bytes: [UInt8], _ column: ColumnSchema, isForeign: Bool = false) throws -> ColumnData {
    var decoder = ChunkDecoder(
      ValueForm(column.type), isOptional: column.isOptional, isForeign: isForeign,
      codec: CompressionCodec.uncompressed.rawValue, wanted: 0..<Self.table.rowCount, thing: "test")
    try decoder.decode(bytes, rows: 0..<Self.table.rowCount)
    return decoder.finish()
  }

  @Test(arguments: table.columns.indices)
  func damageIsSurvived(index: Int) throws {
    let (column, cells) = Self.table.columns[index]
    let whole = try pages(cells.data(isOptional: column.isOptional), column)
    #expect(try Cells(decoded(unchecked(whole), column)) == cells)
    var random = SeededRandom(UInt64(index))
    for round in 0..<200 {
      var damaged = whole
      let page = Int.random(in: damaged.indices, using: &random)
      if round % 4 == 0 {
        damaged[page].body.removeLast(Int.random(in: 0...damaged[page].body.count, using: &random))
      } else if !damaged[page].body.isEmpty {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let at = Int.random(in: damaged[page].body.indices, using: &random)
          damaged[page].body[at] = UInt8.random(in: .min ... .max, using: &random)
        }
      }
      if round % 5 == 0 { damaged[page].header.encoding = Int32.random(in: 0..<10, using: &random) }
      if round % 7 == 0 { damaged[page].header.valueCount = Int.random(in: 0..<1_000, using: &random) }
      if let data = try? decoded(unchecked(damaged), column) { #expect(data.count == Self.table.rowCount) }
    }
  }

  @Test(arguments: table.columns.indices)
  func nothingIsReadBeyondAPage(index: Int) throws {
    let (column, cells) = Self.table.columns[index]
    let whole = try pages(cells.data(isOptional: column.isOptional), column)
    for page in whole.indices {
      for length in 0..<whole[page].body.count {
        var cut = whole
        cut[page].body.removeLast(cut[page].body.count - length)
        #expect(throws: ParquetError.self) { try decoded(unchecked(cut), column) }
      }
    }
  }
}
