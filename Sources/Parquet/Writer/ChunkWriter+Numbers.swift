/// Chunks of booleans, integers and doubles.
///
/// `unsafe` is sound here: integers and doubles are copied as the bytes that they are (little-endian, as every platform
/// of ours).
extension ChunkWriter {
  /// Frames no larger than this are not worth another try: the page is one number or a constant step.
  private static let smallFrameBytes = 40
  /// Values that tell a chunk's shape where not every page is tried.
  private static let sampledValues = 4_096

  mutating func writeBooleans(
    _ values: [Bool], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    // Readers disagree on how an empty RLE page looks; a chunk without a value needs none.
    let isPlain = profile == .compat || PresentRows.count(isPresent, values.indices) == 0
    chunk.encoding = isPlain ? .plain : .rle
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if let isPresent {
        let count = PresentRows.gather(values, rows, isPresent, to: &booleans)
        statistics.bound(booleans, 0..<count)
        appendBooleans(booleans, 0..<count, isPlain: isPlain)
      } else {
        statistics.bound(values, rows)
        appendBooleans(values, rows, isPlain: isPlain)
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  private mutating func appendBooleans(_ values: [Bool], _ range: Range<Int>, isPlain: Bool) {
    if isPlain {
      RunLengthEncoder.packBits(values, range, to: &page)
      return
    }
    let start = page.count
    page.append(word: 0)
    // A definition level is a flag too.
    RunLengthEncoder.encodeLevels(values, range, to: &page)
    page.replace(wordAt: start, with: UInt32(page.count - start - 4))
  }

  mutating func writeIntegers(
    _ values: [Int64], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    // Readers disagree on how an empty delta page looks; a chunk without a value needs none.
    let hasValues = PresentRows.count(isPresent, values.indices) > 0
    if profile == .compat || !hasValues {
      writePlain(values, isPresent, &chunk, &output) { $0.bound($1, $2) }
    } else {
      writeDeltas(values, isPresent, &chunk, &output)
    }
    // The times of a part are hardly ever few, and seldom smaller as indexes.
    if profile == .quick || !hasValues { return }
    if dictionary.assign(values, isPresent, to: &rowIndexes) {
      writeDictionary(isPresent, insteadOf: &chunk, &output)
    }
    // Where values jump, differences have more in them than the values.
    if profile == .thorough && chunk.compressedBytes > chunk.rowCount {
      keepSmaller(&chunk, &output) { writer, other, bytes in
        writer.writePlain(values, isPresent, &other, &bytes) { $0.bound($1, $2) }
        return true
      }
    }
  }

  private mutating func writeDeltas(
    _ values: [Int64], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    chunk.encoding = .deltaBinaryPacked
    let shapes = profile == .quick ? [likelyShape(values, isPresent)] : DeltaShape.tried
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if let isPresent {
        let count = PresentRows.gather(values, rows, isPresent, to: &integers)
        statistics.bound(integers, 0..<count)
        _ = appendDeltas(integers, 0..<count, shapes)
      } else {
        statistics.bound(values, rows)
        _ = appendDeltas(values, rows, shapes)
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  /// The shape that is smallest for the chunk's first values, which tell of the others, about.
  private mutating func likelyShape(_ values: [Int64], _ isPresent: [Bool]?) -> DeltaShape {
    page.removeAll()
    defer { forgetTries() }
    guard let isPresent else {
      return appendDeltas(values, 0..<min(Self.sampledValues, values.count), DeltaShape.tried)
    }
    let first = isPresent.firstIndex(of: true) ?? 0
    let rows = first..<min(first + Self.sampledValues, values.count)
    let count = PresentRows.gather(values, rows, isPresent, to: &integers)
    return appendDeltas(integers, 0..<count, DeltaShape.tried)
  }

  /// Appends the deltas in the shape, of those, that makes the page smallest. Returns it.
  private mutating func appendDeltas(_ values: [Int64], _ range: Range<Int>, _ shapes: [DeltaShape]) -> DeltaShape {
    var best = shapes[0]
    let start = page.count
    for shape in shapes {
      page.removeAll(from: start)
      DeltaEncoder.encode(values, range, shape: shape, to: &page)
      if shapes.count == 1 { break }
      if tryPage() { best = shape }
      if smallestFrameBytes <= Self.smallFrameBytes { break }
    }
    return best
  }

  mutating func writeDoubles(
    _ values: [Double], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    if profile == .quick, hasFew(values, isPresent) {
      let statistics = Self.pages(rowCount: values.count).map { rows in
        var statistics = beginPage(rows, isPresent, chunk.column)
        if let isPresent {
          let count = PresentRows.gather(values, rows, isPresent, to: &doubles)
          statistics.bound(doubles, 0..<count)
        } else {
          statistics.bound(values, rows)
        }
        return statistics
      }
      _ = writeIndexes(statistics, isPresent, mostBytes: .max, &chunk, &output)
      return
    }
    writePlain(values, isPresent, &chunk, &output) { $0.bound($1, $2) }
    if profile == .quick { return }
    guard dictionary.assign(values, isPresent, to: &rowIndexes) else { return }
    writeDictionary(isPresent, insteadOf: &chunk, &output)
  }

  /// Whether few values are distinct and their indexes take less than half the bytes of PLAIN: `dictionary` and
  /// `rowIndexes` then hold them.
  private mutating func hasFew(_ values: [Double], _ isPresent: [Bool]?) -> Bool {
    guard dictionary.assign(values, isPresent, to: &rowIndexes), !dictionary.entries.isEmpty else { return false }
    let present = PresentRows.count(isPresent, values.indices)
    let width = Self.indexWidth(dictionary.entries.count)
    return dictionary.entries.count * 8 + present * width / 8 < present * 8 / 2
  }

  private mutating func writePlain<Value: BitwiseCopyable>(
    _ values: [Value], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8],
    bound: (inout PageStatistics, [Value], Range<Int>) -> Void
  ) {
    chunk.encoding = .plain
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if let isPresent {
        var dense: [Value] = []
        let count = PresentRows.gather(values, rows, isPresent, to: &dense)
        bound(&statistics, dense, 0..<count)
        dense[0..<count].withUnsafeBytes { page.append(contentsOf: $0) }
      } else {
        bound(&statistics, values, rows)
        values[rows].withUnsafeBytes { page.append(contentsOf: $0) }
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  /// Writes the chunk once more, of what stands in `dictionary` and `rowIndexes`, and keeps the smaller one.
  private mutating func writeDictionary(
    _ isPresent: [Bool]?, insteadOf chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    if dictionary.entries.isEmpty { return }
    let statistics = chunk.pages.map(\.statistics)
    let mostBytes = chunk.compressedBytes - 1
    keepSmaller(&chunk, &output) { writer, other, bytes in
      writer.writeIndexes(statistics, isPresent, mostBytes: mostBytes, &other, &bytes)
    }
  }

  /// Has the chunk written in another way, and keeps it if it is smaller. `write` may give up: false.
  private mutating func keepSmaller(
    _ chunk: inout WrittenChunk, _ output: inout [UInt8],
    _ write: (inout ChunkWriter, inout WrittenChunk, inout [UInt8]) -> Bool
  ) {
    var other = WrittenChunk(column: chunk.column, rowCount: chunk.rowCount, start: chunk.start)
    var bytes: [UInt8] = []
    guard write(&self, &other, &bytes), other.compressedBytes < chunk.compressedBytes else { return }
    output.removeLast(chunk.compressedBytes)
    output.append(contentsOf: bytes)
    chunk = other
  }

  /// Writes the chunk of what stands in `dictionary` and `rowIndexes`; false as soon as it takes more than `mostBytes`.
  private mutating func writeIndexes(
    _ statistics: [PageStatistics], _ isPresent: [Bool]?, mostBytes: Int, _ chunk: inout WrittenChunk,
    _ output: inout [UInt8]
  ) -> Bool {
    let width = Self.indexWidth(dictionary.entries.count)
    page.removeAll()
    dictionary.entries.withUnsafeBytes { page.append(contentsOf: $0) }
    endDictionary(count: dictionary.entries.count, &chunk, &output)
    chunk.encoding = .rleDictionary
    for (rows, statistics) in zip(Self.pages(rowCount: chunk.rowCount), statistics) {
      _ = beginPage(rows, isPresent, chunk.column)
      let start = page.count
      appendIndexes(rows, isPresent, width: width)
      // Whole bytes leave zstd something to code.
      if profile == .thorough && width % 8 != 0 {
        _ = tryPage()
        page.removeAll(from: start)
        appendIndexes(rows, isPresent, width: (width + 7) / 8 * 8)
        _ = tryPage()
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
      if chunk.compressedBytes > mostBytes { return false }
    }
    return true
  }
}
