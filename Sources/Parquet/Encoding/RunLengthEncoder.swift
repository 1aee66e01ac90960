/// Writes the hybrid of run lengths and bit packing: definition levels and dictionary indexes.
///
///     run        varint length << 1, the number in as few bytes as its width needs
///     bit-packed varint groups of eight << 1 | 1, the groups
///
/// `unsafe` is sound here: a group that is cut off by the end of the numbers is copied and padded first; the output's
/// room is the sum of what every group can take at the most. Flags are read as bytes, which a Bool's are: 0 or 1.
enum RunLengthEncoder {
  /// Numbers that repeat at least so often become a run, which must save more than its own header, its number and the
  /// header of the bit-packed part that follows.
  private static func shortestRun(width: Int) -> Int {
    8 * ((3 + (width + 7) / 8) / width + 1)
  }

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
    let shortest = shortestRun(width: 1)
    isPresent.withUnsafeBytes { all in
      let flags = UnsafeRawBufferPointer(rebasing: all[range])
      // A header for each group of eight at the most, and a byte.
      page.append(atMost: (flags.count / 8 + 1) * 11) { target in
        var written = 0
        var literals = 0
        var next = 0
        while next < flags.count {
          let (group, length) = run(of: flags, from: next)
          if length < shortest {
            next = min(next &+ max(8, length), flags.count)
            continue
          }
          written &+= packLevels(flags, literals..<next, target + written)
          written &+= run(group & 1, length: length, 1, target + written)
          next &+= length
          literals = next
        }
        return written &+ packLevels(flags, literals..<flags.count, target + written)
      }
    }
  }

  /// Appends flags eight a byte, the last byte padded with zeros: booleans as PLAIN has them.
  static func packBits(_ flags: [Bool], _ range: Range<Int>, to page: inout ByteScratch) {
    flags.withUnsafeBytes { all in
      page.append(atMost: (range.count + 7) / 8) { target in
        packBits(UnsafeRawBufferPointer(rebasing: all[range]), target)
      }
    }
  }

  /// How many flags from `start` on are alike, counted in whole groups of eight; 0 if the first group is mixed or cut
  /// off.
  @inline(__always)
  private static func run(of flags: UnsafeRawBufferPointer, from start: Int) -> (group: UInt64, length: Int) {
    guard start &+ 8 <= flags.count else { return (0, 0) }
    let group = flags.loadUnaligned(fromByteOffset: start, as: UInt64.self)
    guard group == 0 || group == 0x0101_0101_0101_0101 else { return (group, 0) }
    var end = start &+ 8
    while end &+ 8 <= flags.count, flags.loadUnaligned(fromByteOffset: end, as: UInt64.self) == group { end &+= 8 }
    return (group, end &- start)
  }

  private static func packLevels(
    _ flags: UnsafeRawBufferPointer, _ range: Range<Int>, _ target: UnsafeMutableRawPointer
  ) -> Int {
    if range.isEmpty { return 0 }
    let written = ByteScratch.store(varint: UInt64((range.count &+ 7) / 8) << 1 | 1, to: target)
    return written &+ packBits(UnsafeRawBufferPointer(rebasing: flags[range]), target + written)
  }

  /// Packs bytes that are 0 or 1 as bits. Returns the bytes taken.
  private static func packBits(_ flags: UnsafeRawBufferPointer, _ target: UnsafeMutableRawPointer) -> Int {
    // The product brings bit 0 of byte n to bit 56 + n, and no two meet.
    let collect: UInt64 = 0x0102_0408_1020_4080
    let whole = flags.count / 8
    for group in 0..<whole {
      let word = UInt64(littleEndian: flags.loadUnaligned(fromByteOffset: group &* 8, as: UInt64.self))
      let bits = UInt8(truncatingIfNeeded: (word &* collect) >> 56)
      target.storeBytes(of: bits, toByteOffset: group, as: UInt8.self)
    }
    if whole &* 8 == flags.count { return whole }
    var last: UInt8 = 0
    for index in whole &* 8..<flags.count { last |= flags[index] &<< UInt8(index & 7) }
    target.storeBytes(of: last, toByteOffset: whole, as: UInt8.self)
    return whole &+ 1
  }

  private static func encode(_ numbers: UnsafeBufferPointer<UInt32>, width: Int, to page: inout ByteScratch) {
    guard let source = numbers.baseAddress else { return }
    let count = numbers.count
    let shortest = shortestRun(width: width)
    // Eight numbers as a group of their own, or as a run: a header of at most ten bytes, and the numbers.
    page.append(atMost: (count / 8 + 1) * (10 + 4 + width) + 16) { target in
      var written = 0
      var literals = 0
      var next = 0
      while next < count {
        let number = source[next]
        var end = next &+ 1
        while end < count, source[end] == number { end &+= 1 }
        if end &- next >= shortest {
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

  private static func pack(
    _ source: UnsafePointer<UInt32>, _ range: Range<Int>, _ width: Int, _ target: UnsafeMutableRawPointer
  ) -> Int {
    if range.isEmpty { return 0 }
    let groups = (range.count &+ 7) / 8
    var written = ByteScratch.store(varint: UInt64(groups) << 1 | 1, to: target)
    let whole = range.count & ~7
    written &+= BitPacking.pack(source + range.lowerBound, count: whole, width: width, into: target + written)
    if whole < range.count {
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 8) { group in
        group.initialize(repeating: 0)
        for index in whole..<range.count { group[index &- whole] = source[range.lowerBound &+ index] }
        written &+= BitPacking.pack(group.baseAddress!, count: 8, width: width, into: target + written)
      }
    }
    return written
  }
}
