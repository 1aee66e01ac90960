/// Chunks of booleans, integers and doubles.
///
/// `unsafe` is sound here: doubles are copied as the bytes that they are (little-endian, as every platform of ours).
extension ChunkWriter {
  mutating func writeBooleans(
    _ values: [Bool], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if let isPresent {
        let count = PresentRows.gather(values, rows, isPresent, to: &booleans)
        statistics.bound(booleans, 0..<count)
        RunLengthEncoder.packBits(booleans, 0..<count, to: &page)
      } else {
        statistics.bound(values, rows)
        RunLengthEncoder.packBits(values, rows, to: &page)
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  mutating func writeIntegers(
    _ values: [Int64], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    // Readers disagree on how an empty delta page looks; a chunk without a value needs none.
    let hasValues = PresentRows.count(isPresent, values.indices) > 0
    chunk.encoding = hasValues ? .deltaBinaryPacked : .plain
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if !hasValues {
        endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
        continue
      }
      if let isPresent {
        let count = PresentRows.gather(values, rows, isPresent, to: &integers)
        statistics.bound(integers, 0..<count)
        DeltaEncoder.encode(integers, 0..<count, shape: .standard, to: &page)
      } else {
        statistics.bound(values, rows)
        DeltaEncoder.encode(values, rows, shape: .standard, to: &page)
      }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  mutating func writeDoubles(
    _ values: [Double], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) {
    let width = prepareDoubleDictionary(values, isPresent, &chunk, &output)
    for rows in Self.pages(rowCount: values.count) {
      var statistics = beginPage(rows, isPresent, chunk.column)
      if let isPresent {
        let count = PresentRows.gather(values, rows, isPresent, to: &doubles)
        statistics.bound(doubles, 0..<count)
        if width == nil { doubles[0..<count].withUnsafeBytes { page.append(contentsOf: $0) } }
      } else {
        statistics.bound(values, rows)
        if width == nil { values[rows].withUnsafeBytes { page.append(contentsOf: $0) } }
      }
      if let width { appendIndexes(rows, isPresent, width: width) }
      endPage(statistics, firstRow: rows.lowerBound, &chunk, &output)
    }
  }

  /// Writes a dictionary and returns the width of its indexes, where that is worth it: few distinct values, and less
  /// than half the bytes of PLAIN.
  private mutating func prepareDoubleDictionary(
    _ values: [Double], _ isPresent: [Bool]?, _ chunk: inout WrittenChunk, _ output: inout [UInt8]
  ) -> Int? {
    guard doubleDictionary.assign(values, isPresent, to: &rowIndexes) else { return nil }
    let entries = doubleDictionary.entries
    let width = Self.indexWidth(entries.count)
    let present = PresentRows.count(isPresent, values.indices)
    guard entries.count * 8 + present * width / 8 < present * 8 / 2 else { return nil }
    page.removeAll()
    entries.withUnsafeBytes { page.append(contentsOf: $0) }
    endDictionary(count: entries.count, &chunk, &output)
    chunk.encoding = .rleDictionary
    return width
  }
}
