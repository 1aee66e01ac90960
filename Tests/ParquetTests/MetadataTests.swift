import Testing

@testable import Parquet

/// What footers and page indexes say, written and read again.
@Suite struct MetadataTests {
  private func reader(_ write: (inout ThriftWriter) -> Void) -> ThriftReader {
    var writer = ThriftWriter()
    write(&writer)
    return ThriftReader(writer.bytes, thing: "test")
  }

  private func chunk() -> ChunkMetadata {
    var chunk = ChunkMetadata()
    chunk.type = PhysicalType.int64.rawValue
    chunk.encodings = [0, 3, 5]
    chunk.path = ["a", "b"]
    chunk.codec = CompressionCodec.zstd.rawValue
    chunk.valueCount = 7
    chunk.uncompressedBytes = 1 << 40
    chunk.compressedBytes = 99
    chunk.dataPageOffset = 40
    chunk.dictionaryPageOffset = 4
    var statistics = ChunkStatistics()
    statistics.nullCount = 2
    statistics.nanCount = 0
    statistics.minimum = [1, 2]
    statistics.maximum = []
    statistics.isMinimumExact = false
    statistics.isMaximumExact = true
    chunk.statistics = statistics
    chunk.pageStatistics = [PageEncodingStatistics(.data, .plain, count: 3)]
    chunk.columnIndex = 200..<230
    chunk.offsetIndex = 230..<250
    return chunk
  }

  @Test func chunksComeBack() throws {
    var reader = reader { chunk().write(to: &$0) }
    let back = try ChunkMetadata(reading: &reader)
    let wanted = chunk()
    #expect(back.path == wanted.path && back.encodings == wanted.encodings && back.valueCount == 7)
    #expect(back.uncompressedBytes == 1 << 40 && back.compressedBytes == 99 && back.start == 4)
    #expect(back.columnIndex == 200..<230 && back.offsetIndex == 230..<250)
    let statistics = try #require(back.statistics)
    #expect(statistics.minimum == [1, 2] && statistics.maximum == [] && statistics.nullCount == 2)
    #expect(statistics.isMinimumExact == false && statistics.isMaximumExact == true && statistics.nanCount == 0)
    #expect(back.pageStatistics.map(\.count) == [3])
  }

  /// Some writers say 0 where there is no dictionary.
  @Test(arguments: [(nil, 40), (0, 40), (4, 4), (60, 40)] as [(Int?, Int)])
  func aChunkBeginsWithItsFirstPage(dictionary: Int?, start: Int) {
    var chunk = chunk()
    chunk.dictionaryPageOffset = dictionary
    #expect(chunk.start == start)
  }

  @Test func chunksThatCannotBeReadAreRefusedByName() {
    func cause(_ write: (inout ThriftWriter) -> Void) -> String? {
      var reader = reader { $0.structure { write(&$0) } }
      do {
        _ = try ChunkMetadata(reading: &reader)
        return nil
      } catch { return error.description }
    }
    #expect(
      cause { $0.binary(1, "other.parquet".utf8) }
        == "cannot read parquet test: columns in other files are not supported")
    #expect(cause { $0.structure(8) { _ in } } == "cannot read parquet test: encryption is not supported")
    #expect(cause { $0.i64(2, 0) } == "cannot read parquet test: a column chunk without its metadata")
    let beyond = cause {
      $0.structure(3) { _ in }
      $0.i64(4, .max)
      $0.i32(5, 1)
    }
    #expect(beyond == "cannot read parquet test: an index beyond the file")
    let negative = cause { $0.structure(3) { $0.i64(5, -1) } }
    #expect(negative == "cannot read parquet test: a negative size -1")
  }

  @Test func rowGroupsKeepTheLeadingColumnsOfTheirOrder() throws {
    var group = RowGroupMetadata()
    group.chunks = [chunk()]
    group.rowCount = 7
    group.sortedBy = [0, 3]
    group.ordinal = 70_000
    var reader = reader { group.write(to: &$0) }
    let back = try RowGroupMetadata(reading: &reader)
    #expect(back.rowCount == 7 && back.sortedBy == [0, 3] && back.chunks.count == 1)
    // One that descends ends what can be said.
    var other = self.reader {
      $0.structure {
        $0.list(4, of: .structure, count: 3)
        for (column, descends) in [(1, false), (2, true), (0, false)] {
          $0.structure {
            $0.i32(1, Int32(column))
            $0.bool(2, descends)
            $0.bool(3, false)
          }
        }
      }
    }
    #expect(try RowGroupMetadata(reading: &other).sortedBy == [1])
  }

  @Test(
    arguments: [
      .string, .decimal(scale: 2, precision: 18), .timestamp(isUTC: true, unit: LogicalAnnotation.millis),
      .timestamp(isUTC: false, unit: LogicalAnnotation.micros), .integer(bits: 64, isSigned: true),
      .integer(bits: 8, isSigned: false), .other(2),
    ] as [LogicalAnnotation])
  func annotationsComeBackWithTheirElement(annotation: LogicalAnnotation) throws {
    var element = SchemaElement(name: "mưa")
    element.type = PhysicalType.int64.rawValue
    element.repetition = SchemaElement.optional
    element.convertedType = 5
    element.scale = 2
    element.precision = 18
    element.logicalType = annotation
    var reader = reader { element.write(to: &$0) }
    let back = try SchemaElement(reading: &reader)
    #expect(back.logicalType == annotation && back.name == "mưa" && back.type == element.type)
    #expect(back.repetition == 1 && back.convertedType == 5 && back.scale == 2 && back.precision == 18)
    #expect(back.childCount == nil)
  }

  private func pages(_ pages: [(Int, Int, Int)]) -> OffsetIndex {
    OffsetIndex(pages: pages.map { OffsetIndex.Location(offset: $0.0, byteCount: $0.1, firstRow: $0.2) })
  }

  @Test func offsetIndexesCoverTheirRowsInOrder() throws {
    let index = pages([(10, 5, 0), (15, 5, 3), (25, 5, 8)])
    var reader = reader { index.write(to: &$0) }
    let back = try OffsetIndex(reading: &reader)
    #expect((0..<3).map { back.rows(of: $0, rowCount: 9) } == [0..<3, 3..<8, 8..<9])
    #expect(back.covers(rowCount: 9, within: 10..<30) && !back.covers(rowCount: 8, within: 10..<30))
    #expect(!back.covers(rowCount: 9, within: 11..<30) && !back.covers(rowCount: 9, within: 10..<29))
    #expect(pages([]).covers(rowCount: 0, within: 0..<0) && !pages([]).covers(rowCount: 1, within: 0..<9))
    let wrong = [
      [(10, 5, 1)], [(10, 5, 0), (15, 5, 0)], [(10, 5, 0), (14, 5, 3)], [(10, 5, 0), (Int.max, 5, 3)],
      [(10, Int.max, 0)], [(10, 5, 0), (15, 5, -1)],
    ]
    for locations in wrong { #expect(!pages(locations).covers(rowCount: 9, within: 10..<30)) }
  }

  @Test func columnIndexesComeBack() throws {
    var index = ColumnIndex()
    index.isNullPage = [true, false]
    index.minima = [[], [1]]
    index.maxima = [[], [2]]
    index.order = .descending
    index.nullCounts = [4, 0]
    index.nanCounts = [0, 1]
    var reader = reader { index.write(to: &$0) }
    let back = try ColumnIndex(reading: &reader)
    #expect(back.isNullPage == [true, false] && back.minima == [[], [1]] && back.maxima == [[], [2]])
    #expect(back.order == .descending && back.nullCounts == [4, 0])
  }

  @Test func checksumsAreTheirDigits() {
    for sums in [
      FooterChecksums(footer: 0, indexes: 0), .init(footer: 1, indexes: .max), .init(footer: .max, indexes: 7),
    ] {
      #expect(sums.text.count == FooterChecksums.digits && FooterChecksums(sums.text[...]) == sums)
    }
    #expect(FooterChecksums(Array("0000000g00000000".utf8)[...]) == nil && FooterChecksums([]) == nil)
    // The digits themselves are not among what is summed.
    let footer = [UInt8](0..<40)
    var other = footer
    other[12] = 99
    #expect(FooterChecksums.ofFooter(footer, digitsAt: 10) == FooterChecksums.ofFooter(other, digitsAt: 10))
    other[9] = 99
    #expect(FooterChecksums.ofFooter(footer, digitsAt: 10) != FooterChecksums.ofFooter(other, digitsAt: 10))
  }

  @Test func indexesStandOneBehindTheOther() {
    var region = IndexRegion()
    region.append { $0.structure { _ in } }
    region.append { _ in }
    region.append { pages([(1, 2, 3)]).write(to: &$0) }
    #expect(region.ranges[0] == 0..<1 && region.ranges[1].isEmpty && region.ranges[2] == 1..<region.bytes.count)
    #expect(region.ranges[2].shifted(by: 100) == 101..<100 + region.bytes.count)
  }

  // MARK: row groups

  @Test func aRowGroupWeighsWhatItsColumnsDo() throws {
    #expect(RowGroupInfo(rowCount: 7, columns: []).compressedBytes == 0)
    var small = chunk()
    small.compressedBytes = 1
    let columns = [chunk(), small].map { ColumnChunkInfo($0, .int64) }
    let group = RowGroupInfo(rowCount: 7, columns: columns)
    #expect(group.compressedBytes == 100 && group.rowCount == 7)
  }

  /// Pages and their headers are all that stands between the magic and the page indexes.
  @Test func rowGroupsOfAFileWeighWhatStandsInIt() throws {
    let file = Table.everything(rows: 500).written(rowsPerGroup: 200)
    let reader = try ParquetReader(MemoryBytes(file))
    let groups = reader.rowGroups
    #expect(groups.map(\.rowCount) == [200, 200, 100])
    let weight = groups.reduce(0) { $0 + $1.compressedBytes }
    #expect(weight < file.count && groups.allSatisfy { $0.compressedBytes > 0 })
    for group in groups {
      #expect(group.columns.count == reader.schema.columns.count)
      #expect(group.compressedBytes == group.columns.map(\.compressedBytes).reduce(0, +))
      #expect(group.columns.allSatisfy { $0.compressedBytes > 0 && ($0.nullCount ?? 0) <= group.rowCount })
    }
  }
}
