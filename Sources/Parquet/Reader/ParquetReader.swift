import Primitives

/// Reads a Parquet file: everything that `ParquetWriter` writes, and of other writers' files those that keep to flat
/// columns of the types of `ColumnType`, v1 pages, PLAIN, dictionaries and DELTA_BINARY_PACKED, zstd, Snappy or no
/// compression.
/// Whatever else it meets it refuses by name.
///
/// Nothing in a file is believed: a damaged one throws `ParquetError` and never takes more memory than a row group may.
/// What the source throws passes through. It may be used by several threads at once.
public struct ParquetReader: Sendable {
  /// What the file holds; `sortedBy` is what all of its row groups declare.
  public let schema: ParquetSchema
  /// In the order of the file.
  public let rowGroups: [RowGroupInfo]
  /// Key-value pairs of the footer.
  public let metadata: [(String, String)]
  /// The application that wrote the file, as it says.
  public let createdBy: String?
  /// Of all row groups.
  public let rowCount: Int

  let source: any RandomAccessBytes
  let groups: [RowGroupMetadata]
  /// Where the footer begins.
  let footerStart: Int
  /// Of a file that our writer wrote.
  let checksums: FooterChecksums?
  /// Columns that are not in the file, and those whose times are of another unit there (see `arranged`).
  let missing: Set<Int>
  let units: [Int: TimeUnitChange]

  /// Reads the footer.
  ///
  /// - Throws: `ParquetError`, or what `source` throws.
  public init(_ source: any RandomAccessBytes) throws {
    let (footer, start) = try Self.footer(source)
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    let file = try FileMetadata(reading: &reader, digitsAt: &digitsAt)
    checksums = try Self.checksums(footer, file, digitsAt: digitsAt)
    let columns = try Self.columns(file.schema)
    for (number, group) in file.rowGroups.enumerated() {
      try Self.check(group, columns, footerStart: start, thing: "row group \(number)")
    }
    rowCount = file.rowGroups.reduce(0) { $0 + $1.rowCount }
    guard rowCount == file.rowCount else {
      throw ParquetError("footer", "\(file.rowCount) rows, but \(rowCount) in its row groups")
    }
    schema = ParquetSchema(columns: columns, sortedBy: Self.commonOrder(file.rowGroups, columns.count))
    rowGroups = file.rowGroups.map { group in
      RowGroupInfo(
        rowCount: group.rowCount,
        columns: zip(group.chunks, columns).map { ColumnChunkInfo($0, $1.type) })
    }
    metadata = file.keyValues.map { ($0.key, $0.value) }
    createdBy = file.createdBy
    groups = file.rowGroups
    footerStart = start
    self.source = source
    missing = []
    units = [:]
  }

  /// `other` with its columns in another order; nil in `places` for one that it lacks.
  init(_ other: ParquetReader, columns: [ColumnSchema], places: [Int?], units: [Int: TimeUnitChange]) {
    let isLeading = other.schema.sortedBy.allSatisfy { $0 < places.count && places[$0] == $0 }
    schema = ParquetSchema(columns: columns, sortedBy: isLeading ? other.schema.sortedBy : [])
    rowGroups = other.rowGroups.map { group in
      let infos = places.enumerated().map { number, place in
        place.map { ColumnChunkInfo(group.columns[$0], units[number]) } ?? ColumnChunkInfo(rowCount: group.rowCount)
      }
      return RowGroupInfo(rowCount: group.rowCount, columns: infos)
    }
    groups = other.groups.map { group in
      var group = group
      let chunks = group.chunks
      group.chunks = places.map { $0.map { chunks[$0] } ?? ChunkMetadata() }
      return group
    }
    metadata = other.metadata
    createdBy = other.createdBy
    rowCount = other.rowCount
    source = other.source
    footerStart = other.footerStart
    checksums = other.checksums
    missing = Set(places.indices.filter { places[$0] == nil })
    self.units = units
  }

  /// The bytes of the footer and where they begin. Most footers come with the first read.
  static func footer(_ source: any RandomAccessBytes) throws -> (bytes: [UInt8], start: Int) {
    let fileBytes = source.byteCount
    guard fileBytes >= ParquetFormat.leastBytes else { throw ParquetError("file", "it has \(fileBytes) bytes") }
    let tailStart = max(0, fileBytes - (32 << 10))
    let tail = try Self.bytes(source, tailStart..<fileBytes)
    guard tail.suffix(4).elementsEqual(ParquetFormat.magic) else {
      throw ParquetError("file", "it does not end with PAR1")
    }
    let length = tail.dropLast(4).suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = fileBytes - 8 - length
    guard start >= ParquetFormat.magic.count, length <= Limits.readableFooterBytes else {
      throw ParquetError("footer", "\(length) bytes in a file of \(fileBytes)")
    }
    if start >= tailStart { return (Array(tail[(start - tailStart)..<(tail.count - 8)]), start) }
    return (try Self.bytes(source, start..<fileBytes - 8), start)
  }

  static func checksums(
    _ footer: [UInt8], _ file: FileMetadata, digitsAt: Int?
  ) throws(ParquetError) -> FooterChecksums? {
    // Another writer may have carried our key over into a footer of its own.
    guard ParquetFormat.isOurs(file.createdBy, footer: footer) else { return nil }
    guard let digitsAt, let checksums = FooterChecksums(footer[digitsAt..<digitsAt + FooterChecksums.digits]) else {
      throw ParquetError("footer", "its checksum is missing")
    }
    guard checksums.footer == FooterChecksums.ofFooter(footer, digitsAt: digitsAt) else {
      throw ParquetError("footer", "its checksum is wrong")
    }
    return checksums
  }

  private static func columns(_ schema: [SchemaElement]) throws(ParquetError) -> [ColumnSchema] {
    guard let root = schema.first, schema.count > 1 else { throw ParquetError("schema", "it has no columns") }
    var columns: [ColumnSchema] = []
    for element in schema.dropFirst() { columns.append(try element.column()) }
    guard root.childCount.map(Int.init) == columns.count else {
      throw ParquetError("schema", "nested columns are not supported")
    }
    return columns
  }

  private static func check(
    _ group: RowGroupMetadata, _ columns: [ColumnSchema], footerStart: Int, thing: String
  ) throws(ParquetError) {
    guard group.rowCount <= Limits.readableRowsPerRowGroup else { throw ParquetError(thing, "\(group.rowCount) rows") }
    guard group.chunks.count == columns.count else {
      throw ParquetError(thing, "\(group.chunks.count) columns of \(columns.count)")
    }
    for (chunk, column) in zip(group.chunks, columns) {
      let thing = "column \(column.name) of \(thing)"
      guard chunk.type == column.type.physical.rawValue, chunk.path == [column.name] else {
        throw ParquetError(thing, "it is another column than the schema's")
      }
      try check(chunk, rowCount: group.rowCount, footerStart: footerStart, thing: thing)
      guard CompressionCodec(rawValue: chunk.codec)?.isForeign == false else {
        throw ParquetError(thing, "compression codec \(chunk.codec) is not supported")
      }
    }
  }

  /// Whether a chunk can be what it says that it is.
  static func check(
    _ chunk: ChunkMetadata, rowCount: Int, footerStart: Int, thing: String
  ) throws(ParquetError) {
    guard CompressionCodec(rawValue: chunk.codec) != nil else {
      throw ParquetError(thing, "compression codec \(chunk.codec) is not supported")
    }
    guard chunk.valueCount == rowCount else {
      throw ParquetError(thing, "\(chunk.valueCount) values in \(rowCount) rows")
    }
    guard chunk.start >= ParquetFormat.magic.count, chunk.start <= footerStart,
      chunk.compressedBytes <= footerStart - chunk.start
    else { throw ParquetError(thing, "its pages are beyond the file") }
    for index in [chunk.offsetIndex, chunk.columnIndex] {
      guard (index?.upperBound ?? 0) <= footerStart else { throw ParquetError(thing, "its index is beyond the file") }
    }
  }

  private static func commonOrder(_ groups: [RowGroupMetadata], _ columnCount: Int) -> [Int] {
    guard var common = groups.first?.sortedBy else { return [] }
    for group in groups.dropFirst() {
      common = zip(common, group.sortedBy).prefix { $0 == $1 }.map { $0.0 }
    }
    return Array(common.prefix { (0..<columnCount).contains($0) })
  }

  /// Bytes of the file, as many as asked for.
  static func bytes(_ source: any RandomAccessBytes, _ range: Range<Int>) throws -> [UInt8] {
    let bytes = try source.bytes(at: range.lowerBound, count: range.count)
    guard bytes.count == range.count else {
      throw ParquetError("file", "\(bytes.count) of \(range.count) bytes at \(range.lowerBound)")
    }
    return bytes
  }
}
