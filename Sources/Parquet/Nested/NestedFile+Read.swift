import Checksum
import Primitives
import Zstd

extension NestedFile {
  /// Whether the file is a sound one of another program.
  public static func isForeign(_ bytes: [UInt8]) throws -> Bool {
    let footer = try ParquetReader.footer(MemoryBytes(bytes)).bytes
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    let name = try FileMetadata(reading: &reader, digitsAt: &digitsAt).createdBy
    return !ParquetFormat.isOurs(name, footer: footer)
  }

  /// The columns of a file that `bytes` wrote with that schema, and its rows.
  ///
  /// - Throws: `ParquetError` where it is damaged, or of another schema.
  public static func read(
    _ bytes: [UInt8], _ elements: [NestedElement]
  ) throws -> (columns: [NestedColumn], rowCount: Int) {
    let source = MemoryBytes(bytes)
    let (footer, start) = try ParquetReader.footer(source)
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    let file = try FileMetadata(reading: &reader, digitsAt: &digitsAt)
    guard try ParquetReader.checksums(footer, file, digitsAt: digitsAt) != nil else {
      throw ParquetError("file", "another program wrote it")
    }
    var columns = NestedColumn.leaves(of: elements)
    guard file.rowGroups.count == 1, file.schema.map(\.name) == elements.map(\.name),
      file.rowGroups[0].chunks.map(\.path) == columns.map(\.path)
    else { throw ParquetError("schema", "it is another one") }
    let group = file.rowGroups[0]
    for (index, chunk) in group.chunks.enumerated() {
      let thing = "column \(chunk.path.joined(separator: "."))"
      guard chunk.start >= 4, chunk.start <= start, chunk.compressedBytes <= start - chunk.start else {
        throw ParquetError(thing, "its page is beyond the file")
      }
      // Rows that say nothing take next to no octets, but no file is of such rows alone.
      guard chunk.valueCount <= 32 * bytes.count else { throw ParquetError(thing, "\(chunk.valueCount) values") }
      try read(chunk, Array(bytes[chunk.start..<chunk.start + chunk.compressedBytes]), thing, into: &columns[index])
      guard columns[index].entries.filter({ $0.repetition == 0 }).count == group.rowCount else {
        throw ParquetError(thing, "it has other rows than the file")
      }
    }
    return (columns, group.rowCount)
  }

  private static func read(
    _ chunk: ChunkMetadata, _ bytes: [UInt8], _ thing: String, into column: inout NestedColumn
  ) throws(ParquetError) {
    var reader = ThriftReader(bytes, from: 0, thing: thing)
    let header = try PageHeader(reading: &reader)
    let stored = reader.position..<bytes.count
    guard header.compressedBytes == stored.count, header.uncompressedBytes <= Limits.readablePageBytes,
      header.valueCount == chunk.valueCount, header.valueCount >= 0, header.encoding == ValueEncoding.plain.rawValue
    else { throw ParquetError(thing, "its page header is damaged") }
    let frame = Array(bytes[stored])
    guard header.checksum == frame.withUnsafeBytes({ CRC32.of($0) }),
      let page = frame.withUnsafeBytes({ ZstdCodec().decompress($0, byteCount: header.uncompressedBytes) })
    else { throw ParquetError(thing, "its checksum is wrong") }
    var flaw: DecodingFlaw?
    page.withUnsafeBytes { bytes in
      var input = PageInput(bytes)
      do throws(DecodingFlaw) {
        let repetitions = try levels(&input, header.valueCount, highest: column.highestRepetition)
        let definitions = try levels(&input, header.valueCount, highest: column.highestDefinition)
        try values(&input, repetitions, definitions, into: &column)
        guard input.left == 0 else { throw .leftOver }
      } catch {
        flaw = error
      }
    }
    if let flaw { throw ParquetError(thing, flaw.cause) }
  }

  private static func levels(_ input: inout PageInput, _ count: Int, highest: Int) throws(DecodingFlaw) -> [Int] {
    if highest == 0 { return [Int](repeating: 0, count: count) }
    var part = try input.part(Int(try input.word()))
    let levels = try RunLengthDecoder.decode(&part, count: count, width: ChunkWriter.indexWidth(highest + 1))
    guard part.left == 0, levels.allSatisfy({ $0 <= highest }) else { throw .badWidth }
    return levels.map { Int($0) }
  }

  private static func values(
    _ input: inout PageInput, _ repetitions: [Int], _ definitions: [Int], into column: inout NestedColumn
  ) throws(DecodingFlaw) {
    var flags = 0
    var byte: UInt8 = 0
    for (repetition, definition) in zip(repetitions, definitions) {
      var entry = NestedColumn.Entry(definition: definition, repetition: repetition)
      if definition == column.highestDefinition {
        switch column.kind {
        case .boolean:
          if flags & 7 == 0 { byte = try input.byte() }
          entry.value = .integer(Int64(byte >> UInt8(flags & 7) & 1))
          flags += 1
        case .int32: entry.value = .integer(Int64(Int32(bitPattern: try input.word())))
        case .int64:
          let low = try input.word()
          entry.value = .integer(Int64(try input.word()) << 32 | Int64(low))
        default:
          let length = Int(try input.word())
          let bytes = UnsafeRawBufferPointer(start: try input.take(length), count: length)
          entry.value = .string(String(decoding: bytes, as: UTF8.self))
        }
      }
      column.entries.append(entry)
    }
  }
}
