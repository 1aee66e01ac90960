import Checksum
import Mutation
import Primitives
import Testing

@testable import Parquet

/// Files of ours whose footers, page indexes and nested columns make no sense behind their checksums.
@Suite struct FooterDamageTests {
  private static let table = Table.everything(rows: 60)
  private static let file = table.written(rowsPerGroup: 40)
  private static let footer: [UInt8] = {
    let length = file.suffix(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return Array(file.dropLast(8).suffix(length))
  }()
  /// Pages and indexes.
  private static let body = Array(file.dropLast(8 + footer.count))

  /// A file of that footer, with a right checksum if it still has a place for one.
  static func sealed(_ footer: [UInt8], body: [UInt8] = body) -> [UInt8] {
    var footer = footer
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    if let file = try? FileMetadata(reading: &reader, digitsAt: &digitsAt), let digitsAt {
      let starts = file.rowGroups.flatMap(\.chunks).flatMap {
        [$0.columnIndex?.lowerBound, $0.offsetIndex?.lowerBound]
      }
      let start = min(body.count, starts.compactMap { $0 }.min() ?? body.count)
      let indexes = Array(body[start...]).withUnsafeBytes { CRC32.of($0) }
      let sums = FooterChecksums(footer: FooterChecksums.ofFooter(footer, digitsAt: digitsAt), indexes: indexes)
      footer.replaceSubrange(digitsAt..<digitsAt + FooterChecksums.digits, with: sums.text)
    }
    let length = (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> ($0 * 8)) }
    return body + footer + length + ParquetFormat.magic
  }

  private func survive(_ bytes: [UInt8]) -> Bool {
    guard let reader = try? ParquetReader(MemoryBytes(bytes)) else { return false }
    for group in reader.rowGroups.indices where reader.rowGroups[group].rowCount < 1_000 {
      for column in reader.schema.columns.indices {
        _ = try? reader.pages(column: column, rowGroup: group)
        let count = reader.rowGroups[group].rowCount
        for rows in [0..<count, 0..<count / 3] {
          if let data = try? reader.read(column: column, rowGroup: group, rows: rows) {
            #expect(data.count == rows.count)
          }
        }
      }
    }
    if reader.rowCount < 10_000 { try? reader.verify() }
    return true
  }

  @Test func theFileItselfIsSound() throws {
    let reader = try ParquetReader(MemoryBytes(Self.sealed(Self.footer)))
    try reader.verify()
    #expect(reader.isOurs)
  }

  @Test func damagedFootersAreSurvived() {
    var mutation = Mutation(seed: 1)
    var opened = 0
    for _ in 0..<400 where survive(Self.sealed(mutation.damage(Self.footer))) { opened += 1 }
    #expect(opened > 20)
  }

  /// Whatever bit of the footer is flipped, and whichever two, the file is not taken for another program's, whose footer
  /// nobody checks.
  @Test func flippedBitsMakeNoForeignFile() throws {
    var mutation = Mutation(seed: 3)
    let name = try #require(Self.footer.indices.first { Self.footer[$0...].starts(with: ParquetFormat.createdBy.utf8) })
    let places = Self.footer.indices.map { $0 * 8 }.flatMap { $0..<$0 + 8 }
    for first in places {
      // One of the two stands where the name is, or what tells of it.
      let second =
        (name - 2) * 8 + Int.random(in: 0..<(ParquetFormat.createdBy.utf8.count + 2) * 8, using: &mutation.random)
      for bits in [[first], [first, second]] {
        var footer = Self.footer
        for bit in bits { footer[bit / 8] ^= 1 << UInt8(bit % 8) }
        if footer == Self.footer { continue }
        let length = (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> ($0 * 8)) }
        // A checksum's digit may be written as a capital letter too: it says the same.
        guard let reader = try? ParquetReader(MemoryBytes(Self.body + footer + length + ParquetFormat.magic)) else {
          continue
        }
        let isSame = try Self.table.equals(reader)
        #expect(reader.isOurs && isSame, "\(bits)")
      }
    }
    #expect(
      !ParquetFormat.isOurs("parquet-cpp-arrow version 14.0.2", footer: Array("parquet-cpp-arrow version 14.0.2".utf8)))
    #expect(!ParquetFormat.isOurs(nil, footer: []))
  }

  @Test func damagedIndexesAreSurvived() throws {
    let reader = try ParquetReader(MemoryBytes(Self.file))
    let chunks = reader.groups.flatMap(\.chunks)
    let starts = (chunks.map(\.columnIndex) + chunks.map(\.offsetIndex)).compactMap { $0?.lowerBound }
    let start = try #require(starts.min())
    var mutation = Mutation(seed: 2)
    for _ in 0..<200 {
      // As long as it was: what stands behind is found where it was.
      var indexes = mutation.damage(Array(Self.body[start...])).prefix(Self.body.count - start)
      indexes += [UInt8](repeating: 0, count: Self.body.count - start - indexes.count)
      _ = survive(Self.sealed(Self.footer, body: Array(Self.body[..<start]) + indexes))
    }
  }

  @Test func rowsThatNoFileHoldsAreRefused() throws {
    for rows in [Limits.readableRowsPerRowGroup + 1, Int(Int64.max)] {
      var reader = ThriftReader(Self.footer, thing: "footer")
      var digitsAt: Int?
      var metadata = try FileMetadata(reading: &reader, digitsAt: &digitsAt)
      metadata.rowGroups[0].rowCount = rows
      for chunk in metadata.rowGroups[0].chunks.indices { metadata.rowGroups[0].chunks[chunk].valueCount = rows }
      var writer = ThriftWriter()
      _ = metadata.write(to: &writer)
      let error = #expect(throws: ParquetError.self) {
        try ParquetReader(MemoryBytes(Self.sealed(writer.bytes)))
      }
      #expect(error?.description == "cannot read parquet row group 0: \(rows) rows")
    }
  }

  // MARK: nested files

  private static let elements = [
    NestedElement("root", .group(3), .required), NestedElement("id", .int64, .required),
    NestedElement("tags", .map), NestedElement("key_value", .group(2), .repeated),
    NestedElement("key", .string, .required), NestedElement("value", .string), NestedElement("on", .boolean),
  ]

  private static func columns(rows: Int) -> [NestedColumn] {
    var columns = NestedColumn.leaves(of: elements)
    for row in 0..<rows {
      columns[0].entries.append(.init(definition: 0, repetition: 0, value: .integer(Int64(row))))
      for tag in 0..<2 {
        let repetition = tag == 0 ? 0 : 1
        columns[1].entries.append(.init(definition: 2, repetition: repetition, value: .string("k\(tag)")))
        columns[2].entries.append(
          .init(definition: 3 - tag, repetition: repetition, value: tag == 0 ? .string("v") : nil))
      }
      columns[3].entries.append(.init(definition: row % 2, repetition: 0, value: row % 2 == 1 ? .integer(1) : nil))
    }
    return columns
  }

  @Test func leavesKnowTheirLevels() {
    let leaves = NestedColumn.leaves(of: Self.elements)
    #expect(
      leaves.map { $0.path.joined(separator: ".") } == ["id", "tags.key_value.key", "tags.key_value.value", "on"])
    #expect(leaves.map(\.highestDefinition) == [0, 2, 3, 1] && leaves.map(\.highestRepetition) == [0, 1, 1, 0])
  }

  @Test func nestedRowsComeBack() throws {
    for rows in [0, 1, 50] {
      let columns = Self.columns(rows: rows)
      let back = try NestedFile.read(NestedFile.bytes(Self.elements, columns, rowCount: rows), Self.elements)
      #expect(back.rowCount == rows && back.columns == columns)
    }
  }

  @Test func nestedFilesWithDamagedFootersAreSurvived() throws {
    let file = NestedFile.bytes(Self.elements, Self.columns(rows: 20), rowCount: 20)
    let (footer, start) = try ParquetReader.footer(MemoryBytes(file))
    var mutation = Mutation(seed: 4)
    for _ in 0..<600 {
      let bytes = Self.sealed(mutation.damage(footer), body: Array(file[..<start]))
      guard let (columns, rowCount) = try? NestedFile.read(bytes, Self.elements) else { continue }
      #expect(columns.allSatisfy { $0.entries.count { $0.repetition == 0 } == rowCount })
    }
  }

  /// A page of a few octets may say that it has two thousand million rows without a value.
  @Test func valuesOutOfProportionAreRefused() throws {
    let file = NestedFile.bytes(Self.elements, Self.columns(rows: 2), rowCount: 2)
    let (footer, start) = try ParquetReader.footer(MemoryBytes(file))
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    var metadata = try FileMetadata(reading: &reader, digitsAt: &digitsAt)
    metadata.rowGroups[0].chunks[0].valueCount = 2_000_000_000
    var writer = ThriftWriter()
    _ = metadata.write(to: &writer)
    let error = #expect(throws: ParquetError.self) {
      try NestedFile.read(Self.sealed(writer.bytes, body: Array(file[..<start])), Self.elements)
    }
    #expect(error?.description == "cannot read parquet column id: 2000000000 values")
  }
}
