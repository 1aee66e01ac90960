/// Numbers of a fixed width one after the other, least significant bit first.
///
/// `unsafe` is sound here: both kernels run over memory whose bounds their callers proved. `pack` stores whole 64-bit
/// words, so up to 7 bytes beyond the packed ones; `unpack` loads whole words, so up to 8 bytes beyond them.
enum BitPacking {
  /// How much `unpack` may read beyond the packed bytes.
  static let readAhead = 8

  /// Bytes that `count` numbers of `width` bits take.
  @inline(__always)
  static func byteCount(_ count: Int, width: Int) -> Int {
    (count &* width &+ 7) >> 3
  }

  /// Packs `count` numbers, each below 2 to the power of `width` (0...64). Returns the bytes taken.
  @inline(__always)
  static func pack<Number: FixedWidthInteger>(
    _ source: UnsafePointer<Number>, count: Int, width: Int, into target: UnsafeMutableRawPointer
  ) -> Int {
    if width == 0 { return 0 }
    var word: UInt64 = 0
    var filled = 0
    var offset = 0
    for index in 0..<count {
      let number = UInt64(truncatingIfNeeded: source[index])
      word |= number &<< UInt64(truncatingIfNeeded: filled)
      filled &+= width
      if filled >= 64 {
        target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
        offset &+= 8
        filled &-= 64
        // What did not fit; nothing when the number ended with the word (the shift is then by `width` or more).
        word = filled == 0 ? 0 : number &>> UInt64(truncatingIfNeeded: width &- filled)
      }
    }
    if filled > 0 {
      target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
    return byteCount(count, width: width)
  }

  /// Unpacks `count` numbers of `width` bits (0...64).
  @inline(__always)
  static func unpack<Number: FixedWidthInteger>(
    _ source: UnsafeRawPointer, count: Int, width: Int, into target: UnsafeMutablePointer<Number>
  ) {
    if width == 0 {
      for index in 0..<count { target[index] = 0 }
      return
    }
    let mask = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- width)
    var bit = 0
    if width <= 57 {
      for index in 0..<count {
        let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
        target[index] = Number(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: bit & 7) & mask)
        bit &+= width
      }
      return
    }
    for index in 0..<count {
      let shift = UInt64(truncatingIfNeeded: bit & 7)
      let low = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self))
      let high = UInt64(source.load(fromByteOffset: bit >> 3 &+ 8, as: UInt8.self))
      let word = low &>> shift | (shift == 0 ? 0 : high &<< (64 &- shift))
      target[index] = Number(truncatingIfNeeded: word & mask)
      bit &+= width
    }
  }
}
