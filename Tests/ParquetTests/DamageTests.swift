import Mutation
import Parquet
import Primitives
import Testing

@Suite struct DamageTests {
  private static let table = Table.everything(rows: 200)
  private static let file = table.written(rowsPerGroup: 130)

  /// Reads everything in every way. What is read without an error must be right.
  private func survive(_ bytes: [UInt8], mustBeRight: Bool) {
    guard let reader = try? ParquetReader(MemoryBytes(bytes)) else { return }
    for group in reader.rowGroups.indices {
      for column in reader.schema.columns.indices {
        _ = try? reader.pages(column: column, rowGroup: group)
        let count = reader.rowGroups[group].rowCount
        let start = group * 130
        for rows in [0..<count, 0..<count / 2, count / 2..<count] {
          guard let data = try? reader.read(column: column, rowGroup: group, rows: rows) else { continue }
          #expect(data.count == rows.count)
          if mustBeRight {
            #expect(Cells(data) == Self.table.columns[column].cells[start + rows.lowerBound..<start + rows.upperBound])
          }
        }
      }
    }
    if mustBeRight { #expect(reader.schema == Self.table.schema) }
    try? reader.verify()
  }

  @Test func everyTruncationThrows() {
    for length in 0..<Self.file.count {
      #expect(throws: ParquetError.self) { try ParquetReader(MemoryBytes(Array(Self.file[0..<length]))) }
    }
  }

  @Test(arguments: 0..<8)
  func flippedBits(seed: UInt64) {
    var random = SeededRandom(seed)
    for _ in 0..<60 {
      var bytes = Self.file
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      survive(bytes, mustBeRight: true)
    }
  }

  @Test(arguments: 0..<4)
  func scribbledBytes(seed: UInt64) {
    var random = SeededRandom(100 + seed)
    for _ in 0..<60 {
      var bytes = Self.file
      let start = Int.random(in: 0..<bytes.count, using: &random)
      for index in start..<min(bytes.count, start + Int.random(in: 1..<64, using: &random)) {
        bytes[index] = UInt8.random(in: .min ... .max, using: &random)
      }
      survive(bytes, mustBeRight: true)
    }
  }

  /// With another writer's name the footer's checksum is not looked at: what it says must be survived by itself.
  @Test(arguments: 0..<8)
  func aFooterThatNobodyVouchesFor(seed: UInt64) throws {
    var foreign = Self.file
    let name = Array("thinai version".utf8)
    let at = try #require(
      foreign.indices.dropLast(name.count).last { foreign[$0..<$0 + name.count].elementsEqual(name) })
    for place in 0..<6 { foreign[at + place] = UInt8(ascii: "X") }
    #expect(try Self.table.equals(ParquetReader(MemoryBytes(foreign))))
    let length = foreign.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let footer = foreign.count - 8 - length..<foreign.count - 8
    var random = SeededRandom(200 + seed)
    for _ in 0..<120 {
      var bytes = foreign
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: footer, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      survive(bytes, mustBeRight: false)
    }
  }

  @Test func randomBytesAreNoFile() {
    var random = SeededRandom(3)
    for length in 0..<400 {
      var bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      #expect(throws: ParquetError.self) { try ParquetReader(MemoryBytes(bytes)) }
      bytes += [UInt8(length / 2 % 256), 0, 0, 0] + Array("PAR1".utf8)
      #expect(throws: ParquetError.self) { try ParquetReader(MemoryBytes(bytes)) }
    }
  }

  @Test func aFlippedFooterIsNoticed() throws {
    var bytes = Self.file
    let name = Array("celsius".utf8)
    let at = try #require(bytes.indices.dropLast(name.count).last { bytes[$0..<$0 + name.count].elementsEqual(name) })
    bytes[at] ^= 1
    let error = #expect(throws: ParquetError.self) { try ParquetReader(MemoryBytes(bytes)) }
    #expect(error?.description == "cannot read parquet footer: its checksum is wrong")
  }

  @Test func flippedIndexesAreNoticed() throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    let pagesEnd = 4 + reader.rowGroups.reduce(0) { $0 + $1.compressedBytes }
    let length = Self.file.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    for index in stride(from: pagesEnd, to: Self.file.count - 8 - length, by: 7) {
      var bytes = Self.file
      bytes[index] ^= 4
      #expect(throws: ParquetError.self) { try ParquetReader(MemoryBytes(bytes)).verify() }
    }
  }

  @Test func aSourceThatGivesLessIsNoticed() throws {
    struct Short: RandomAccessBytes {
      var byteCount: Int { 1_000 }
      func bytes(at offset: Int, count: Int) throws -> [UInt8] { Array(repeating: 0x31, count: count / 2) }
    }
    #expect(throws: ParquetError.self) { try ParquetReader(Short()) }
  }

  @Test func errorsOfTheSourcePassThrough() {
    struct Broken: Error, RandomAccessBytes {
      var byteCount: Int { 1_000 }
      func bytes(at offset: Int, count: Int) throws -> [UInt8] { throw self }
    }
    #expect(throws: Broken.self) { try ParquetReader(Broken()) }
  }
}
