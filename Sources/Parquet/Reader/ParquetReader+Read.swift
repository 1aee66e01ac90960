import Checksum

extension ParquetReader {
  /// Reads rows of a column: of a whole row group, or only the pages that `rows` touch. Checksums of pages are checked.
  ///
  /// - Parameters:
  ///   - column: its index in the schema.
  ///   - rowGroup: its index in `rowGroups`.
  ///   - rows: within the row group; nil for all.
  /// - Returns: as many rows as asked for; `isPresent` is nil when none of them is null.
  /// - Throws: `ParquetError`, or what the source throws.
  public func read(column: Int, rowGroup: Int, rows: Range<Int>? = nil) throws -> ColumnData {
    if missing.contains(column) {
      let count = rows?.count ?? groups[rowGroup].rowCount
      return ColumnData(
        values: .int64([Int64](repeating: 0, count: count)), isPresent: [Bool](repeating: false, count: count))
    }
    let data = try stored(column: column, rowGroup: rowGroup, rows: rows)
    return units[column].map { $0.apply(data) } ?? data
  }

  private func stored(column: Int, rowGroup: Int, rows: Range<Int>?) throws -> ColumnData {
    let group = groups[rowGroup]
    let chunk = group.chunks[column]
    let wanted = rows ?? 0..<group.rowCount
    precondition(
      wanted.lowerBound >= 0 && wanted.upperBound <= group.rowCount,
      "BUG: rows \(wanted) of a group of \(group.rowCount)")
    let thing = "column \(schema.columns[column].name) of row group \(rowGroup)"
    let own = schema.columns[column]
    let decoder = ChunkDecoder(
      ValueForm(own.type), isOptional: own.isOptional, isForeign: false, codec: chunk.codec, wanted: wanted,
      thing: thing)
    return try Self.read(source, chunk, rowCount: group.rowCount, wanted, decoder, thing)
  }

  /// Reads rows of a chunk by a decoder that was made for them: the pages that they touch, as far as the chunk's index
  /// tells where those are.
  static func read(
    _ source: any RandomAccessBytes, _ chunk: ChunkMetadata, rowCount: Int, _ wanted: Range<Int>,
    _ decoder: consuming ChunkDecoder, _ thing: String
  ) throws -> ColumnData {
    let all = 0..<rowCount
    if wanted.isEmpty { return decoder.finish() }
    let bytes = chunk.start..<chunk.start + chunk.compressedBytes
    guard wanted != all, let index = try offsetIndex(source, chunk, rowCount, thing) else {
      try decoder.decode(try Self.bytes(source, bytes), rows: all)
      return decoder.finish()
    }
    // Neither search fails: the pages cover all rows.
    let first = index.pages.lastIndex { $0.firstRow <= wanted.lowerBound } ?? 0
    let last = index.pages.lastIndex { $0.firstRow < wanted.upperBound } ?? first
    if index.pages[0].offset > bytes.lowerBound {
      try decoder.decode(try Self.bytes(source, bytes.lowerBound..<index.pages[0].offset), rows: 0..<0)
    }
    let pages = index.pages[first].offset..<index.pages[last].offset + index.pages[last].byteCount
    let pageRows = index.pages[first].firstRow..<index.rows(of: last, rowCount: rowCount).upperBound
    try decoder.decode(try Self.bytes(source, pages), rows: pageRows)
    return decoder.finish()
  }

  /// The data pages of a column of a row group, as its indexes describe them; one page that stands for the whole chunk
  /// where it has no index.
  ///
  /// - Throws: `ParquetError`, or what the source throws.
  public func pages(column: Int, rowGroup: Int) throws -> [PageInfo] {
    let group = groups[rowGroup]
    let chunk = group.chunks[column]
    let info = rowGroups[rowGroup].columns[column]
    let thing = "column \(schema.columns[column].name) of row group \(rowGroup)"
    guard !missing.contains(column), let offsets = try Self.offsetIndex(source, chunk, group.rowCount, thing) else {
      return [
        PageInfo(firstRow: 0, rowCount: group.rowCount, min: info.min, max: info.max, nullCount: info.nullCount)
      ]
    }
    let bounds = try columnIndex(chunk, pageCount: offsets.pages.count, thing)
    let type = schema.columns[column].type
    let unit = units[column]
    func bound(_ bytes: [UInt8]) -> ColumnBound? {
      let stored = ColumnBound(encoded: bytes, type: type)
      return unit.map { $0.apply(stored) } ?? stored
    }
    return offsets.pages.indices.map { page in
      let rows = offsets.rows(of: page, rowCount: group.rowCount)
      let hasBounds = bounds.map { !$0.isNullPage[page] } ?? false
      return PageInfo(
        firstRow: rows.lowerBound, rowCount: rows.count,
        min: hasBounds ? bounds.flatMap { bound($0.minima[page]) } : nil,
        max: hasBounds ? bounds.flatMap { bound($0.maxima[page]) } : nil,
        nullCount: bounds.flatMap { $0.nullCounts.isEmpty ? nil : $0.nullCounts[page] })
    }
  }

  /// Reads everything: every page with its checksum, every value, and the page indexes against their checksum.
  ///
  /// - Throws: `ParquetError` at the first damage, or what the source throws.
  public func verify() throws {
    guard try Self.bytes(source, 0..<ParquetFormat.magic.count) == ParquetFormat.magic else {
      throw ParquetError("file", "it does not begin with PAR1")
    }
    if let checksums {
      let chunks = groups.flatMap(\.chunks)
      let starts = chunks.compactMap(\.columnIndex?.lowerBound) + chunks.compactMap(\.offsetIndex?.lowerBound)
      let indexes = try Self.bytes(source, (starts.min() ?? footerStart)..<footerStart)
      guard indexes.withUnsafeBytes({ CRC32.of($0) }) == checksums.indexes else {
        throw ParquetError("page indexes", "their checksum is wrong")
      }
    }
    for rowGroup in rowGroups.indices {
      for column in schema.columns.indices {
        let data = try read(column: column, rowGroup: rowGroup)
        _ = try pages(column: column, rowGroup: rowGroup)
        if let nullCount = rowGroups[rowGroup].columns[column].nullCount, nullCount != data.nullCount {
          throw ParquetError(
            "column \(schema.columns[column].name) of row group \(rowGroup)",
            "\(data.nullCount) nulls, but \(nullCount) in its statistics")
        }
      }
    }
  }

  private static func offsetIndex(
    _ source: any RandomAccessBytes, _ chunk: ChunkMetadata, _ rowCount: Int, _ thing: String
  ) throws -> OffsetIndex? {
    guard let range = chunk.offsetIndex else { return nil }
    var reader = ThriftReader(try bytes(source, range), thing: "offset index of \(thing)")
    let index = try OffsetIndex(reading: &reader)
    guard index.covers(rowCount: rowCount, within: chunk.start..<chunk.start + chunk.compressedBytes) else {
      throw reader.flaw("its pages do not cover the rows")
    }
    return index
  }

  private func columnIndex(_ chunk: ChunkMetadata, pageCount: Int, _ thing: String) throws -> ColumnIndex? {
    guard let range = chunk.columnIndex else { return nil }
    var reader = ThriftReader(try Self.bytes(source, range), thing: "column index of \(thing)")
    let index = try ColumnIndex(reading: &reader)
    guard index.isNullPage.count == pageCount, index.minima.count == pageCount, index.maxima.count == pageCount,
      index.nullCounts.isEmpty || index.nullCounts.count == pageCount
    else { throw reader.flaw("it has another count of pages") }
    return index
  }
}
