import Checksum
import Primitives
import Zstd

/// Writes column chunks one after the other. Its buffers and its zstd context are kept between them.
///
///     chunk  [dictionary page] data page ...
///     page   header (Thrift, with the CRC-32 of what follows), then as one zstd frame:
///            dictionary  PLAIN values
///            data        of an optional column: length of levels (4, little-endian), definition levels (RLE hybrid)
///                        the values of present rows, PLAIN, DELTA_BINARY_PACKED, width (1) and RLE hybrid, or,
///                        of booleans, length (4, little-endian) and RLE hybrid
struct ChunkWriter {
  private let codec = ZstdCodec()
  private let level: Int32
  let profile: EncodingProfile
  /// The page under construction, before and after compression.
  var page = ByteScratch()
  private var frame = ByteScratch()
  private static let trialLevel: Int32 = 3
  /// Of what was tried for a page that which became smallest, before compression, and to how many bytes; nil if nothing
  /// was tried.
  private var bestPage = ByteScratch()
  private var bestFrame = ByteScratch()
  private var bestFrameBytes: Int?
  // Values of a page's present rows, and what is worked out per row.
  var integers: [Int64] = []
  var doubles: [Double] = []
  var booleans: [Bool] = []
  var indexes: [UInt32] = []
  var rowIndexes: [UInt32] = []
  var dictionary: WordDictionary

  init(level: Int32, profile: EncodingProfile) {
    self.level = level
    self.profile = profile
    dictionary = WordDictionary(most: profile == .quick ? 1 << 10 : 1 << 16)
  }

  /// Appends a chunk to `output`, whose end is at `start` in the file.
  mutating func write(
    _ data: ColumnData, _ column: ColumnSchema, start: Int, to output: inout [UInt8]
  ) -> WrittenChunk {
    var chunk = WrittenChunk(column: column, rowCount: data.count, start: start)
    // Flags that are all set say nothing.
    let isPresent = data.nullCount == 0 ? nil : data.isPresent
    precondition(column.isOptional || isPresent == nil, "BUG: a null in required column \(column.name)")
    switch data.values {
    case .boolean(let values): writeBooleans(values, isPresent, &chunk, &output)
    case .int64(let values): writeIntegers(values, isPresent, &chunk, &output)
    case .double(let values): writeDoubles(values, isPresent, &chunk, &output)
    case .string(let values): writeStrings(values, isPresent, &chunk, &output)
    }
    return chunk
  }

  /// The rows of page after page.
  static func pages(rowCount: Int) -> [Range<Int>] {
    stride(from: 0, to: rowCount, by: Limits.rowsPerPage).map { $0..<min($0 + Limits.rowsPerPage, rowCount) }
  }

  /// Begins a data page: its levels. Returns what is known of it.
  mutating func beginPage(_ rows: Range<Int>, _ isPresent: [Bool]?, _ column: ColumnSchema) -> PageStatistics {
    page.removeAll()
    if column.isOptional {
      page.append(word: 0)
      RunLengthEncoder.encodeLevels(isPresent, rows, to: &page)
      page.replace(wordAt: 0, with: UInt32(page.count - 4))
    }
    let present = PresentRows.count(isPresent, rows)
    return PageStatistics(rowCount: rows.count, nullCount: rows.count - present)
  }

  /// Writes the page that stands in `page`.
  mutating func endPage(
    _ statistics: PageStatistics, firstRow: Int, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    let offset = chunk.start + chunk.compressedBytes
    let byteCount = store(.data, chunk.encoding, count: statistics.rowCount, &chunk, &output)
    let location = OffsetIndex.Location(offset: offset, byteCount: byteCount, firstRow: firstRow)
    chunk.pages.append(WrittenChunk.Page(location: location, statistics: statistics))
  }

  /// Writes the dictionary that stands in `page`.
  mutating func endDictionary(count: Int, _ chunk: inout WrittenChunk, _ output: inout [UInt8]) {
    chunk.dictionaryPageBytes = store(.dictionary, .plain, count: count, &chunk, &output)
  }

  /// Appends the indexes of a page's present rows.
  mutating func appendIndexes(_ rows: Range<Int>, _ isPresent: [Bool]?, width: Int) {
    page.append(UInt8(width))
    if let isPresent {
      let count = PresentRows.gather(rowIndexes, rows, isPresent, to: &indexes)
      RunLengthEncoder.encode(indexes, 0..<count, width: width, to: &page)
    } else {
      RunLengthEncoder.encode(rowIndexes, rows, width: width, to: &page)
    }
  }

  /// Bits of an index into a dictionary of `count` entries; at least one, as some readers know no less.
  static func indexWidth(_ count: Int) -> Int {
    max(1, Int.bitWidth - max(0, count - 1).leadingZeroBitCount)
  }

  /// Keeps `page` if it is the smallest of those that were tried for this one; true then. `endPage` writes it.
  ///
  /// Levels differ in what they find, hardly in which of two pages is smaller: a fast one tells.
  mutating func tryPage() -> Bool {
    compressPage(level: min(level, Self.trialLevel))
    if let bestFrameBytes, frame.count >= bestFrameBytes { return false }
    bestFrameBytes = frame.count
    bestPage.removeAll()
    page.withBytes { bestPage.append(contentsOf: $0) }
    swap(&frame, &bestFrame)
    return true
  }

  /// The smallest frame that was tried for this page.
  var smallestFrameBytes: Int { bestFrameBytes ?? .max }

  /// Forgets what was tried and is not to be written.
  mutating func forgetTries() {
    bestFrameBytes = nil
  }

  private mutating func compressPage(level: Int32) {
    frame.removeAll()
    let room = ZstdCodec.bound(page.count)
    let codec = codec
    page.withBytes { bytes in
      frame.append(atMost: room) { target in
        codec.compress(bytes, level: level, into: UnsafeMutableRawBufferPointer(start: target, count: room))
      }
    }
  }

  /// Compresses `page`, or the best that was tried for it, and appends it behind its header. Returns the bytes of both.
  private mutating func store(
    _ type: PageType, _ encoding: ValueEncoding, count: Int, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) -> Int {
    let wasTried = bestFrameBytes != nil
    if wasTried { swap(&page, &bestPage) }
    forgetTries()
    precondition(page.count <= Limits.readablePageBytes, "BUG: a page of \(page.count) bytes")
    if !wasTried || level > Self.trialLevel { compressPage(level: level) }
    // It happens that a higher level makes more of it.
    if wasTried && (level <= Self.trialLevel || bestFrame.count < frame.count) { swap(&frame, &bestFrame) }
    var header = PageHeader()
    header.type = type.rawValue
    header.uncompressedBytes = page.count
    header.compressedBytes = frame.count
    header.checksum = frame.withBytes { CRC32.of($0) }
    header.valueCount = count
    header.encoding = encoding.rawValue
    var writer = ThriftWriter()
    header.write(to: &writer)
    output.append(contentsOf: writer.bytes)
    frame.withBytes { output.append(contentsOf: $0) }
    chunk.uncompressedBytes += writer.bytes.count + page.count
    chunk.compressedBytes += writer.bytes.count + frame.count
    return writer.bytes.count + frame.count
  }
}
