import Mutation
import Parquet
import Primitives
import Testing

@Suite struct EncodingChoiceTests {
  private func encodings(_ type: ColumnType, _ cells: Cells) throws -> [ValueEncoding] {
    var table = Table()
    table.add("c", type, cells)
    let reader = try ParquetReader(MemoryBytes(table.written()))
    #expect(try table.equals(reader))
    return reader.rowGroups[0].columns[0].encodings
  }

  @Test func numbersAreDeltas() throws {
    #expect(try encodings(.int64, .int64([1, 2, 3])) == [.rle, .deltaBinaryPacked])
    #expect(try encodings(.timestampMicros, .int64([1, nil, 3])) == [.rle, .deltaBinaryPacked])
    #expect(try encodings(.decimal(scale: 3), .int64([nil, nil, 3])) == [.rle, .deltaBinaryPacked])
  }

  @Test func aChunkOfNullsIsPlain() throws {
    #expect(try encodings(.int64, .int64([nil, nil])) == [.rle, .plain])
    #expect(try encodings(.string, .string([nil, nil])) == [.rle, .plain])
    #expect(try encodings(.double, .double([nil, nil])) == [.rle, .plain])
  }

  @Test func fewDoublesHaveADictionary() throws {
    var random = SeededRandom(7)
    let few = (0..<3_000).map { _ in Double(Int.random(in: 0..<40, using: &random)) / 2 }
    #expect(try encodings(.double, Cells(few)) == [.rle, .rleDictionary, .plain])
    let many = (0..<3_000).map { Double($0) / 2 }
    #expect(try encodings(.double, Cells(many)) == [.rle, .plain])
  }

  @Test func aDictionaryKeepsBitPatterns() throws {
    let odd: [Double?] = [0.0, -0.0, .nan, Double(bitPattern: 0x7FF8_0000_0000_0001), -.infinity, nil]
    var random = SeededRandom(8)
    let cells = Cells((0..<600).map { _ in odd[Int.random(in: odd.indices, using: &random)] })
    #expect(try encodings(.double, cells) == [.rle, .rleDictionary, .plain])
  }

  @Test func stringsHaveADictionaryWhereItPays() throws {
    #expect(try encodings(.string, .string((0..<100).map { "s\($0 % 4)" })) == [.rle, .rleDictionary, .plain])
    #expect(try encodings(.string, .string((0..<100).map { "s\($0)" })) == [.rle, .plain])
    // Repeats that would pay, were the dictionary not beyond a mebibyte.
    let long = (0..<40).map { String(repeating: "\($0 % 20)-", count: 30_000) }
    #expect(try encodings(.string, .string(long)) == [.rle, .plain])
  }

  @Test func entriesThatNoRowUsesAreNotWritten() throws {
    let schema = ParquetSchema(columns: [ColumnSchema(name: "s", type: .string, isOptional: true)])
    let words = StringColumn(["unused", "a", "zz", "a", "a", "zz", "m", "a", "a"])
    var writer = ParquetWriter(schema: schema)
    var rows = words
    rows.indexes = [1, 1, 2, 1, 99, 1, 1, 1]
    let isPresent = [true, true, true, true, false, true, true, true]
    writer.append([ColumnData(values: .string(rows), isPresent: isPresent)], rowCount: 8)
    let reader = try ParquetReader(MemoryBytes(writer.finish()))
    let info = reader.rowGroups[0].columns[0]
    #expect(info.min == .string(Array("a".utf8)))
    #expect(info.max == .string(Array("zz".utf8)))
    guard case .string(let column) = try reader.read(column: 0, rowGroup: 0).values else {
      Issue.record("no strings")
      return
    }
    #expect(column.dictionaryCount == 2)
    #expect(column.string(at: 2) == "zz")
  }
}
