import Checksum
import Primitives

/// Writes a Parquet file: row groups go in, bytes come out in order. No I/O.
///
///     "PAR1"
///     row group ...         at most `Limits.rowsPerRowGroup` rows
///       column chunk ...    one value encoding each (see `ChunkWriter` for the pages)
///         [dictionary page]
///         data page ...     v1, `Limits.rowsPerPage` rows, zstd, CRC-32
///     column index ...      bounds of each page, chunk by chunk
///     offset index ...      places of each page, chunk by chunk
///     footer                Thrift compact: schema, row groups, statistics, key-values, checksums
///     length of the footer  4, little-endian
///     "PAR1"
///
/// | column | encoding |
/// |---|---|
/// | boolean | RLE |
/// | integer, timestamp, decimal | DELTA_BINARY_PACKED, each page of the shape that is smallest after zstd (`DeltaShape`); RLE_DICTIONARY where few are distinct and it is smaller |
/// | double | RLE_DICTIONARY where few are distinct and it is smaller, else PLAIN |
/// | string | RLE_DICTIONARY up to 1 MiB of dictionary where it is smaller, else PLAIN |
///
/// `EncodingProfile.quick` tries less; `.compat` has PLAIN in the place of DELTA_BINARY_PACKED and RLE.
///
/// Left out because some reader in use fails on it: nanoseconds, INT96, LZ4, BYTE_STREAM_SPLIT, DELTA_*_BYTE_ARRAY, v2
/// pages, two value encodings in one chunk.
public struct ParquetWriter: ~Copyable {
  /// What the file holds.
  public let schema: ParquetSchema
  private let metadata: [(String, String)]
  private var chunks: ChunkWriter
  /// What was not taken yet, and how much was.
  private var ready: [UInt8] = ParquetFormat.magic
  private var takenBytes = 0
  private var rowGroups: [RowGroupMetadata] = []
  private var columnIndexes = IndexRegion()
  private var offsetIndexes = IndexRegion()
  /// Rows appended.
  public private(set) var rowCount = 0

  /// - Parameters:
  ///   - schema: at least one column; names distinct; scales of decimals 0...18.
  ///   - zstdLevel: 1 (fast) to 22 (small).
  ///   - profile: what is tried for a small file.
  ///   - metadata: key-value pairs for the footer.
  public init(
    schema: ParquetSchema, zstdLevel: Int32 = 3, profile: EncodingProfile = .thorough,
    metadata: [(String, String)] = []
  ) {
    precondition(!schema.columns.isEmpty, "BUG: a parquet file without columns")
    precondition(Set(schema.columns.map(\.name)).count == schema.columns.count, "BUG: two columns of one name")
    precondition(
      schema.sortedBy.allSatisfy(schema.columns.indices.contains), "BUG: sorted by a column that is not there")
    for column in schema.columns {
      if case .decimal(let scale) = column.type {
        precondition((0...ColumnType.decimalPrecision).contains(scale), "BUG: a decimal scale of \(scale)")
      }
    }
    self.schema = schema
    self.metadata = metadata
    chunks = ChunkWriter(level: zstdLevel, profile: profile)
  }

  /// Bytes of the file so far, taken or not.
  public var byteCount: Int { takenBytes + ready.count }

  /// Appends a row group: the columns of the schema in order, each of `rowCount` rows, 0 of which add nothing.
  ///
  /// Strings must be UTF-8. That the rows stand in the declared order is the caller's word; `sortedBy` declares another
  /// one of this row group.
  ///
  /// - Precondition: `rowCount` is at most `Limits.rowsPerRowGroup`; a required column has no null.
  public mutating func append(_ columns: [ColumnData], rowCount: Int, sortedBy: [Int]? = nil) {
    precondition(columns.count == schema.columns.count, "BUG: a row group of \(columns.count) columns")
    precondition((0...Limits.rowsPerRowGroup).contains(rowCount), "BUG: a row group of \(rowCount) rows")
    if rowCount == 0 { return }
    var group = RowGroupMetadata()
    group.rowCount = rowCount
    group.sortedBy = sortedBy ?? schema.sortedBy
    group.ordinal = rowGroups.count
    for (data, column) in zip(columns, schema.columns) {
      precondition(data.count == rowCount, "BUG: column \(column.name) has \(data.count) rows of \(rowCount)")
      precondition(
        data.isPresent == nil || data.isPresent?.count == rowCount, "BUG: presence of another count in \(column.name)")
      precondition(data.values.fits(column.type), "BUG: values of another type in column \(column.name)")
      let chunk = chunks.write(data, column, start: byteCount, to: &ready)
      columnIndexes.append { writer in
        guard let index = chunk.columnIndex else { return }
        index.write(to: &writer)
      }
      offsetIndexes.append { chunk.offsetIndex.write(to: &$0) }
      group.chunks.append(chunk.metadata)
    }
    rowGroups.append(group)
    self.rowCount += rowCount
  }

  /// What can be written by now, each byte once and in order.
  public mutating func takeBytes() -> [UInt8] {
    takenBytes += ready.count
    let taken = ready
    ready = []
    return taken
  }

  /// The rest of the file: what was not taken, the indexes, the footer.
  public consuming func finish() -> [UInt8] {
    let columnStart = byteCount
    let offsetStart = columnStart + columnIndexes.bytes.count
    var next = 0
    for group in rowGroups.indices {
      for chunk in rowGroups[group].chunks.indices {
        let (columnRange, offsetRange) = (columnIndexes.ranges[next], offsetIndexes.ranges[next])
        if !columnRange.isEmpty {
          rowGroups[group].chunks[chunk].columnIndex = columnRange.shifted(by: columnStart)
        }
        rowGroups[group].chunks[chunk].offsetIndex = offsetRange.shifted(by: offsetStart)
        next += 1
      }
    }
    let indexes = columnIndexes.bytes + offsetIndexes.bytes
    ready.append(contentsOf: indexes)
    appendFooter(indexChecksum: indexes.withUnsafeBytes { CRC32.of($0) })
    return ready
  }

  private mutating func appendFooter(indexChecksum: UInt32) {
    var footer = FileMetadata()
    footer.schema = [SchemaElement(root: "schema", childCount: schema.columns.count)]
    footer.schema += schema.columns.map(SchemaElement.init(column:))
    footer.rowCount = rowCount
    footer.rowGroups = rowGroups
    footer.keyValues = metadata.map { (key: $0.0, value: $0.1) }
    footer.createdBy = ParquetFormat.createdBy
    var writer = ThriftWriter()
    let digitsAt = footer.write(to: &writer)
    let checksums = FooterChecksums(
      footer: FooterChecksums.ofFooter(writer.bytes, digitsAt: digitsAt), indexes: indexChecksum)
    var bytes = writer.bytes
    bytes.replaceSubrange(digitsAt..<digitsAt + FooterChecksums.digits, with: checksums.text)
    precondition(bytes.count <= Limits.readableFooterBytes, "BUG: a footer of \(bytes.count) bytes")
    ready.append(contentsOf: bytes)
    for shift in 0..<4 { ready.append(UInt8(truncatingIfNeeded: bytes.count >> (shift * 8))) }
    ready.append(contentsOf: ParquetFormat.magic)
  }
}
