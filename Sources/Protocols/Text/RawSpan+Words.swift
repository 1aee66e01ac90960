/// Reads of text: one byte, or eight at once. All are checked against the span's end, by one comparison each; the
/// standard library's checked loads, which allow for any type, need three. The loads behind the comparison are
/// `unchecked` for that reason alone, and any 8 bytes are a `UInt64`.
extension RawSpan {
  /// The byte at `offset`, which must be inside.
  @inline(__always)
  func octet(_ offset: Int) -> UInt8 {
    precondition(UInt(bitPattern: offset) < UInt(bitPattern: byteCount), "BUG: read beyond a datagram")
    return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The byte at `offset`, or 0 at the end and beyond.
  @inline(__always)
  func octetOrZero(_ offset: Int) -> UInt8 {
    UInt(bitPattern: offset) < UInt(bitPattern: byteCount)
      ? unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self) : 0
  }

  /// The eight bytes from `offset` on, the first of them lowest; zeros stand for what lies beyond the end.
  @inline(__always)
  func paddedWord(_ offset: Int) -> UInt64 {
    let inside = UInt(bitPattern: offset) < UInt(bitPattern: byteCount)
    if inside && byteCount &- offset >= 8 {
      return UInt64(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
    return wordAtEnd(offset)
  }

  /// The same where fewer than eight bytes are left.
  @inline(never)
  private func wordAtEnd(_ offset: Int) -> UInt64 {
    let left = byteCount &- offset
    if left <= 0 { return 0 }
    if byteCount >= 8 && left < 8 {
      let word = UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: byteCount &- 8, as: UInt64.self))
      return word &>> UInt64(truncatingIfNeeded: (8 &- left) &* 8)
    }
    var word: UInt64 = 0
    var index = byteCount
    while index > offset {
      index -= 1
      word = word << 8 | UInt64(octet(index))
    }
    return word
  }

  /// Whether it is gzip (RFC 1952), zlib (RFC 1950) or zstd (RFC 8878).
  var isCompressed: Bool {
    let word = paddedWord(0)
    switch word & 0xFFFF {
    case 0x8B1F, 0x9C78, 0xDA78, 0x0178: return true
    default: return word & 0xFFFF_FFFF == 0xFD2F_B528
    }
  }

  /// What no text has in its first octets: a version of RTP, or a sequence of BER, and control characters behind it. A
  /// text may begin with any other octet, and end in NUL.
  var isBinary: Bool {
    let first = octet(0)
    guard first >> 6 == 2 || first == 0x30 else { return false }
    for at in 1..<Swift.max(1, Swift.min(byteCount &- 2, 64)) {
      let octet = self.octet(at)
      if octet < 32 && octet != 9 && octet != 10 && octet != 13 && octet != 27 { return true }
    }
    return false
  }
}

/// Eight bytes of text in one word, the first of them lowest: tests and conversions of all of them at once.
///
/// A mask has the top bit of each byte that matched; its lowest bit is always right, those above it need not be,
/// because a borrow runs upwards only.
enum EightBytes {
  static let topBits: UInt64 = 0x8080_8080_8080_8080
  static let ones: UInt64 = 0x0101_0101_0101_0101

  /// Bytes that equal `byte`.
  @inline(__always)
  static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let difference = word ^ (ones &* UInt64(byte))
    return (difference &- ones) & ~difference & topBits
  }

  /// Bytes below `byte`, which is at most 128.
  @inline(__always)
  static func below(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    (word &- (ones &* UInt64(byte))) & ~word & topBits
  }

  /// Bytes that are no ASCII digit, of a word that was xored with `00000000`. Exact in every byte.
  @inline(__always)
  static func nonDigits(_ values: UInt64) -> UInt64 {
    (((values & ~topBits) &+ 0x7676_7676_7676_7676) | values) & topBits
  }

  /// ASCII zeros, to turn digits to values by xor.
  static let zeros: UInt64 = 0x3030_3030_3030_3030

  /// The index of the first byte that a mask marks; 8 if none.
  @inline(__always)
  static func first(_ mask: UInt64) -> Int {
    mask.trailingZeroBitCount &>> 3
  }

  /// The number that eight digit values spell, the first of them in the lowest byte.
  ///
  /// Pairs, then fours, then all: each multiplication adds ten, hundred or ten thousand times one half to the other
  /// (D. Lemire, "Quickly parsing eight digits").
  @inline(__always)
  static func number(_ digits: UInt64) -> UInt64 {
    let pairs = (digits &* 2561) &>> 8 & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 6_553_601) &>> 16 & 0x0000_FFFF_0000_FFFF
    return (fours &* 42_949_672_960_001) &>> 32
  }
}
