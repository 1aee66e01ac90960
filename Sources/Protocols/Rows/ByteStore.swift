/// Bytes that only grow in number and never move in place: offsets stay good while it lives.
///
/// `unsafe` is sound here: blocks are owned by this value, freed in `deinit`, and a read names a place that `append`
/// gave out.
struct ByteStore: ~Copyable, @unchecked Sendable {
  private static let blockSize = 1 << 20
  private var blocks: [UnsafeMutablePointer<UInt8>] = []
  private var filled = ByteStore.blockSize

  deinit {
    for block in blocks { block.deallocate() }
  }

  /// Keeps a copy of `bytes` (at most a block's size) and tells its place.
  mutating func append(_ bytes: RawSpan) -> Int {
    let length = bytes.byteCount
    precondition(length <= Self.blockSize, "BUG: text larger than a block")
    if filled + length > Self.blockSize {
      blocks.append(.allocate(capacity: Self.blockSize))
      filled = 0
    }
    let place = (blocks.count - 1) * Self.blockSize + filled
    if length > 0 {
      let target = UnsafeMutableRawPointer(blocks[blocks.count - 1] + filled)
      bytes.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: length) }
    }
    filled += length
    return place
  }

  /// The bytes at a place that `append` gave.
  @_lifetime(borrow self)
  @inline(__always)
  borrowing func bytes(_ place: Int, _ length: Int) -> RawSpan {
    if length == 0 { return RawSpan() }
    let start = blocks[place / Self.blockSize] + place % Self.blockSize
    return _overrideLifetime(RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: length), borrowing: self)
  }

  var byteCount: Int { blocks.count * Self.blockSize }
}
