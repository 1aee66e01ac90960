import Checksum
import Primitives
import Zstd

/// Small Parquet files with nested columns, such as checkpoints of a Delta log: one row group, a page a column, PLAIN,
/// zstd. What is written here is read here; other writers' files are refused by name.
///
///     page   header, then as one zstd frame:
///            repetition levels, of a column with any: length (4, little-endian), RLE hybrid
///            definition levels, of a column with any: length (4, little-endian), RLE hybrid
///            values: of strings length (4, little-endian) and bytes
public enum NestedFile {
  /// The bytes of a file.
  public static func bytes(
    _ elements: [NestedElement], _ columns: [NestedColumn], rowCount: Int, zstdLevel: Int32 = 3
  ) -> [UInt8] {
    let codec = ZstdCodec()
    var bytes = ParquetFormat.magic
    var group = RowGroupMetadata()
    group.rowCount = rowCount
    for column in columns {
      precondition(column.entries.filter { $0.repetition == 0 }.count == rowCount, "BUG: a column of other rows")
      var chunk = ChunkMetadata()
      chunk.type = (NestedElement("", column.kind).physical ?? .byteArray).rawValue
      chunk.encodings = [ValueEncoding.rle.rawValue, ValueEncoding.plain.rawValue]
      chunk.path = column.path
      chunk.codec = CompressionCodec.zstd.rawValue
      chunk.valueCount = column.entries.count
      chunk.dataPageOffset = bytes.count
      chunk.pageStatistics = [PageEncodingStatistics(.data, .plain, count: 1)]
      let page = page(column)
      let frame = page.withBytes { source in
        var frame: [UInt8] = []
        codec.compress(source, level: zstdLevel, appendingTo: &frame)
        return frame
      }
      var header = PageHeader()
      header.type = PageType.data.rawValue
      header.uncompressedBytes = page.count
      header.compressedBytes = frame.count
      header.checksum = frame.withUnsafeBytes { CRC32.of($0) }
      header.valueCount = column.entries.count
      header.encoding = ValueEncoding.plain.rawValue
      var writer = ThriftWriter()
      header.write(to: &writer)
      chunk.uncompressedBytes = writer.bytes.count + page.count
      chunk.compressedBytes = writer.bytes.count + frame.count
      bytes += writer.bytes + frame
      group.chunks.append(chunk)
    }
    return bytes + footer(elements, group)
  }

  private static func footer(_ elements: [NestedElement], _ group: RowGroupMetadata) -> [UInt8] {
    var metadata = FileMetadata()
    metadata.schema = elements.map(\.schemaElement)
    // The root repeats nothing.
    metadata.schema[0].repetition = nil
    metadata.rowCount = group.rowCount
    metadata.rowGroups = [group]
    metadata.createdBy = ParquetFormat.createdBy
    var writer = ThriftWriter()
    let digitsAt = metadata.write(to: &writer)
    var bytes = writer.bytes
    let checksums = FooterChecksums(
      footer: FooterChecksums.ofFooter(bytes, digitsAt: digitsAt), indexes: [].withUnsafeBytes { CRC32.of($0) })
    bytes.replaceSubrange(digitsAt..<digitsAt + FooterChecksums.digits, with: checksums.text)
    for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: writer.bytes.count >> (shift * 8))) }
    return bytes + ParquetFormat.magic
  }

  private static func page(_ column: NestedColumn) -> ByteScratch {
    var page = ByteScratch()
    append(column.entries.map(\.repetition), highest: column.highestRepetition, to: &page)
    append(column.entries.map(\.definition), highest: column.highestDefinition, to: &page)
    if column.kind == .boolean {
      let flags = column.entries.compactMap { $0.value.map { $0 == .integer(1) } }
      RunLengthEncoder.packBits(flags, flags.indices, to: &page)
      return page
    }
    for entry in column.entries {
      switch entry.value {
      case .integer(let value)? where column.kind == .int32:
        page.append(word: UInt32(bitPattern: Int32(clamping: value)))
      case .integer(let value)?:
        page.append(word: UInt32(truncatingIfNeeded: value))
        page.append(word: UInt32(truncatingIfNeeded: value >> 32))
      case .string(let text)?:
        var text = text
        text.withUTF8 { utf8 in
          page.append(word: UInt32(utf8.count))
          page.append(contentsOf: UnsafeRawBufferPointer(utf8))
        }
      case nil: break
      }
    }
    return page
  }

  private static func append(_ levels: [Int], highest: Int, to page: inout ByteScratch) {
    if highest == 0 { return }
    let start = page.count
    page.append(word: 0)
    let numbers = levels.map { UInt32($0) }
    RunLengthEncoder.encode(numbers, numbers.indices, width: ChunkWriter.indexWidth(highest + 1), to: &page)
    page.replace(wordAt: start, with: UInt32(page.count - start - 4))
  }
}
