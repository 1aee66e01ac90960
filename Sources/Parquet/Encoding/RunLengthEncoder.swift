/// Writes the hybrid of run lengths and bit packing: definition levels and dictionary indexes.
///
///     run        varint length << 1, the number in as few bytes as its width needs
///     bit-packed varint groups of eight << 1 | 1, the groups
///
/// `unsafe` is sound here: a group that is cut off by the end of the numbers is copied and padded first; the output's
/// room is the sum of what every group can take at the most.
enum RunLengthEncoder {
  /// Numbers that repeat at least so often become a run.
  private static let shortestRun = 8

  /// Appends `numbers[range]`, each below 2 to the power of `width` (1...32).
  static func encode(_ numbers: [UInt32], _ range: Range<Int>, width: Int, to page: inout ByteScratch) {
    numbers.withUnsafeBufferPointer { encode(UnsafeBufferPointer(rebasing: $0[range]), width: width, to: &page) }
  }

  /// Appends definition levels: 1 where a row is present. With no flags all of `range` are.
  static func encodeLevels(_ isPresent: [Bool]?, _ range: Range<Int>, to page: inout ByteScratch) {
    guard let isPresent else {
      page.append(varint: UInt64(range.count) << 1)
      page.append(1)
      return
    }
    isPresent.withUnsafeBytes { flags in
      // A Bool is a byte that is 0 or 1.
      let levels = UnsafeRawBufferPointer(rebasing: flags[range]).assumingMemoryBound(to: UInt8.self)
      encode(levels, width: 1, to: &page)
    }
  }

  @inline(__always)
  private static func encode<Number: FixedWidthInteger & UnsignedInteger>(
    _ numbers: UnsafeBufferPointer<Number>, width: Int, to page: inout ByteScratch
  ) {
    guard let source = numbers.baseAddress else { return }
    let count = numbers.count
    // Eight numbers as a group of their own, or as a run: a header of at most ten bytes, and the numbers.
    page.append(atMost: (count / shortestRun + 1) * (10 + 4 + width) + 16) { target in
      var written = 0
      var literals = 0
      var next = 0
      while next < count {
        let number = source[next]
        var end = next &+ 1
        while end < count, source[end] == number { end &+= 1 }
        if end &- next >= shortestRun {
          written &+= pack(source, literals..<next, width, target + written)
          written &+= run(UInt64(number), length: end &- next, width, target + written)
          literals = end
          next = end
        } else {
          next = min(next &+ 8, count)
        }
      }
      return written &+ pack(source, literals..<count, width, target + written)
    }
  }

  @inline(__always)
  private static func run(_ number: UInt64, length: Int, _ width: Int, _ target: UnsafeMutableRawPointer) -> Int {
    let written = ByteScratch.store(varint: UInt64(length) << 1, to: target)
    (target + written).storeBytes(of: number.littleEndian, as: UInt64.self)
    return written &+ (width &+ 7) >> 3
  }

  @inline(__always)
  private static func pack<Number: FixedWidthInteger>(
    _ source: UnsafePointer<Number>, _ range: Range<Int>, _ width: Int, _ target: UnsafeMutableRawPointer
  ) -> Int {
    if range.isEmpty { return 0 }
    let groups = (range.count &+ 7) / 8
    var written = ByteScratch.store(varint: UInt64(groups) << 1 | 1, to: target)
    let whole = range.count & ~7
    written &+= BitPacking.pack(source + range.lowerBound, count: whole, width: width, into: target + written)
    if whole < range.count {
      withUnsafeTemporaryAllocation(of: Number.self, capacity: 8) { group in
        group.initialize(repeating: 0)
        for index in whole..<range.count { group[index &- whole] = source[range.lowerBound &+ index] }
        written &+= BitPacking.pack(group.baseAddress!, count: 8, width: width, into: target + written)
      }
    }
    return written
  }
}
