/// Indexes of chunk after chunk, kept as bytes until the end of the file, where they go.
struct IndexRegion {
  private(set) var bytes: [UInt8] = []
  /// Of each chunk, in `bytes`; empty where it has none.
  private(set) var ranges: [Range<Int>] = []

  mutating func append(_ write: (inout ThriftWriter) -> Void) {
    var writer = ThriftWriter()
    write(&writer)
    ranges.append(bytes.count..<bytes.count + writer.bytes.count)
    bytes.append(contentsOf: writer.bytes)
  }
}

extension Range<Int> {
  /// The same range of what begins at `offset`.
  func shifted(by offset: Int) -> Range<Int> {
    lowerBound + offset..<upperBound + offset
  }
}
