import Primitives

/// A Parquet file of any program, for who takes over what it holds: more types, pages and encodings than a part may
/// have (see `ParquetReader`), and columns that cannot be read are named instead of costing the file.
///
/// Nothing in a file is believed: a damaged one throws `ParquetError`. What the source throws passes through.
public struct ForeignFile: Sendable {
  /// Columns at the top of the schema, in the file's order.
  public let columns: [ForeignColumn]
  /// Rows of each row group.
  public let rowGroups: [Int]
  /// Key-value pairs of the footer.
  public let metadata: [(String, String)]
  /// The application that wrote the file, as it says.
  public let createdBy: String?

  private let source: any RandomAccessBytes
  private let groups: [RowGroupMetadata]

  /// How every Parquet file begins.
  public static let magic = ParquetFormat.magic

  /// Reads the footer.
  public init(_ source: any RandomAccessBytes) throws {
    let (footer, start) = try ParquetReader.footer(source)
    var reader = ThriftReader(footer, thing: "footer")
    var digitsAt: Int?
    let file = try FileMetadata(reading: &reader, digitsAt: &digitsAt)
    _ = try ParquetReader.checksums(footer, file, digitsAt: digitsAt)
    let (columns, chunkCount) = try Self.columns(file.schema)
    for (number, group) in file.rowGroups.enumerated() {
      try Self.check(group, columns, chunkCount, footerStart: start, thing: "row group \(number)")
    }
    self.columns = columns
    rowGroups = file.rowGroups.map(\.rowCount)
    metadata = file.keyValues.map { ($0.key, $0.value) }
    createdBy = file.createdBy
    groups = file.rowGroups
    self.source = source
  }

  /// Rows of a column that can be read; `isPresent` is nil when none of them is null. Integers, times and decimals are
  /// 64-bit integers, floats are doubles.
  ///
  /// - Parameter rows: within the row group.
  /// - Throws: `ParquetError`, or what the source throws.
  public func read(_ column: ForeignColumn, rowGroup: Int, rows: Range<Int>) throws -> ColumnData {
    let group = groups[rowGroup]
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= group.rowCount, "BUG: rows \(rows) of a group of \(group.rowCount)")
    if case .unreadable(let cause) = column.type { throw ParquetError("column \(column.name)", cause) }
    let chunk = group.chunks[column.chunk]
    let thing = "column \(column.name) of row group \(rowGroup)"
    let decoder = ChunkDecoder(
      column.form, isOptional: column.isOptional, isForeign: true, codec: chunk.codec, wanted: rows, thing: thing)
    return try ParquetReader.read(source, chunk, rowCount: group.rowCount, rows, decoder, thing)
  }

  /// What a row of a row group takes, all columns, before compression.
  public func bytesPerRow(rowGroup: Int) -> Int {
    let group = groups[rowGroup]
    let bytes = group.chunks.reduce(0) { sum, chunk in sum &+ min(chunk.uncompressedBytes, Limits.readablePageBytes) }
    return bytes / max(1, group.rowCount)
  }

  /// Columns at the top, and how many chunks a row group has: those in nested columns count as well.
  private static func columns(_ schema: [SchemaElement]) throws(ParquetError) -> ([ForeignColumn], Int) {
    guard let root = schema.first, schema.count > 1 else { throw ParquetError("schema", "it has no columns") }
    var columns: [ForeignColumn] = []
    var next = 1
    var chunk = 0
    while next < schema.count {
      let element = schema[next]
      let (type, form) = element.foreign()
      columns.append(
        ForeignColumn(
          name: element.name, type: type, isOptional: element.repetition == SchemaElement.optional, form: form,
          chunk: chunk))
      // All that hangs below it is passed over.
      var open = 1
      while open > 0 {
        guard next < schema.count else { throw ParquetError("schema", "a group has fewer columns than it says") }
        let children = Int(schema[next].childCount ?? 0)
        guard children >= 0, children < schema.count else { throw ParquetError("schema", "\(children) columns") }
        open += children - 1
        if children == 0 { chunk += 1 }
        next += 1
      }
    }
    guard root.childCount.map(Int.init) == columns.count else {
      throw ParquetError("schema", "it has \(columns.count) columns where it says another count")
    }
    return (columns, chunk)
  }

  private static func check(
    _ group: RowGroupMetadata, _ columns: [ForeignColumn], _ chunkCount: Int, footerStart: Int, thing: String
  ) throws(ParquetError) {
    guard group.rowCount <= Limits.readableRowsPerRowGroup else { throw ParquetError(thing, "\(group.rowCount) rows") }
    guard group.chunks.count == chunkCount else {
      throw ParquetError(thing, "\(group.chunks.count) columns of \(chunkCount)")
    }
    for column in columns {
      if case .unreadable = column.type { continue }
      let chunk = group.chunks[column.chunk]
      let thing = "column \(column.name) of \(thing)"
      guard chunk.type == column.form.physical.rawValue, chunk.path == [column.name] else {
        throw ParquetError(thing, "it is another column than the schema's")
      }
      try ParquetReader.check(chunk, rowCount: group.rowCount, footerStart: footerStart, thing: thing)
    }
  }
}
