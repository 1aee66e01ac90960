/// Writes DELTA_BINARY_PACKED.
///
///     header  varint block values, varint miniblocks, varint count, zigzag first value
///     block   zigzag lowest difference, a byte of width per miniblock, the miniblocks
///
/// The last miniblock that holds anything is padded to its full length; those after it have width 0 and no bytes, as
/// readers disagree on anything shorter. Differences wrap around, so every Int64 is reached.
///
/// `unsafe` is sound here: a block's differences are at most `blockValues`, the size of their room; the output's room
/// is the sum of what every block can take at the most.
enum DeltaEncoder {
  /// Appends `values[range]`.
  static func encode(_ values: [Int64], _ range: Range<Int>, shape: DeltaShape, to page: inout ByteScratch) {
    page.append(varint: UInt64(shape.blockValues))
    page.append(varint: UInt64(shape.miniblocks))
    page.append(varint: UInt64(range.count))
    page.append(varint: range.isEmpty ? 0 : zigzag(values[range.lowerBound]))
    if range.count < 2 { return }
    let blocks = (range.count - 1 + shape.blockValues - 1) / shape.blockValues
    let mostBytes = blocks * (10 + shape.miniblocks + shape.blockValues * 8)
    values.withUnsafeBufferPointer { all in
      let source = UnsafeBufferPointer(rebasing: all[range])
      let lowest = shape.sharesLowest ? lowestDifference(source) : nil
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: shape.blockValues) { room in
        page.append(atMost: mostBytes) { target in
          var written = 0
          var next = 1
          while next < source.count {
            let count = min(shape.blockValues, source.count - next)
            written += block(source.baseAddress! + next, count, shape, lowest, room.baseAddress!, target + written)
            next += count
          }
          return written
        }
      }
    }
  }

  /// Writes one block of `count` differences, those before each of `source` and itself. Returns its bytes.
  @inline(__always)
  private static func block(
    _ source: UnsafePointer<Int64>, _ count: Int, _ shape: DeltaShape, _ shared: Int64?,
    _ differences: UnsafeMutablePointer<UInt64>, _ target: UnsafeMutableRawPointer
  ) -> Int {
    var lowest = shared ?? Int64.max
    for index in 0..<count {
      let difference = source[index] &- source[index &- 1]
      (differences + index).initialize(to: UInt64(bitPattern: difference))
      lowest = min(lowest, difference)
    }
    let base = UInt64(bitPattern: lowest)
    for index in 0..<count { differences[index] &-= base }
    for index in count..<shape.blockValues { (differences + index).initialize(to: 0) }
    var written = ByteScratch.store(varint: zigzag(lowest), to: target)
    let widths = target + written
    written &+= shape.miniblocks
    let miniblockValues = shape.miniblockValues
    let runValues = miniblockValues &* shape.widthRun
    var width = 0
    for miniblock in 0..<shape.miniblocks {
      let start = miniblock &* miniblockValues
      guard start < count else {
        widths.storeBytes(of: 0, toByteOffset: miniblock, as: UInt8.self)
        continue
      }
      if start % runValues == 0 {
        var bits: UInt64 = 0
        for index in start..<start &+ runValues { bits |= differences[index] }
        let needed = 64 &- bits.leadingZeroBitCount
        width = (needed &+ shape.widthStep &- 1) / shape.widthStep &* shape.widthStep
      }
      widths.storeBytes(of: UInt8(truncatingIfNeeded: width), toByteOffset: miniblock, as: UInt8.self)
      written &+= BitPacking.pack(differences + start, count: miniblockValues, width: width, into: target + written)
    }
    return written
  }

  private static func lowestDifference(_ source: UnsafeBufferPointer<Int64>) -> Int64 {
    var lowest = Int64.max
    for index in 1..<source.count { lowest = min(lowest, source[index] &- source[index &- 1]) }
    return lowest
  }

  private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value &<< 1 ^ value >> 63)
  }
}
