/// Hashes a series' key: sixteen bytes a step, folded by a full multiplication (the construction of wyhash, W. Yi).
///
/// Seeded per process, so that a sender cannot prepare keys that collide.
public struct KeyHash: Sendable {
  public let seed: UInt64

  @inlinable
  public init(seed: UInt64) {
    self.seed = seed
  }

  @inlinable
  static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }

  /// The hash of a key.
  @inlinable
  public func hash(_ key: RawSpan) -> UInt64 {
    let length = key.byteCount
    let state = seed ^ (UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15)
    return length > 64 ? hashLong(key, state) : finish(key, from: 0, state)
  }

  @inlinable
  @inline(__always)
  func finish(_ key: RawSpan, from start: Int, _ begun: UInt64) -> UInt64 {
    let length = key.byteCount
    var state = begun
    var offset = start
    // The loads below stay under `length`: each is made only when that many bytes are left.
    while length &- offset > 16 {
      state = Self.fold(word(key, offset) ^ 0xA076_1D64_78BD_642F, word(key, offset &+ 8) ^ state)
      offset &+= 16
    }
    var low: UInt64 = 0
    var high: UInt64 = 0
    if length >= 16 {
      // The last sixteen bytes, some of them seen before: cheaper than a byte at a time, and as good.
      low = word(key, length &- 16)
      high = word(key, length &- 8)
    } else if length >= 8 {
      low = word(key, 0)
      high = word(key, length &- 8)
    } else {
      while offset < length {
        low = low &<< 8 | UInt64(key.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
        offset &+= 1
      }
    }
    state = Self.fold(low ^ 0xE703_7ED1_A0B4_28DB, high ^ state)
    return Self.fold(state ^ seed, 0x8EBC_6AF0_9C88_C6E3)
  }

  /// Of a text of more than 64 bytes: four states beside each other up to the last ones, since each multiplication waits
  /// for the one before it.
  @usableFromInline
  @inline(never)
  func hashLong(_ key: RawSpan, _ start: UInt64) -> UInt64 {
    var offset = 0
    var (first, second, third, fourth) = (start, start, start, start)
    while key.byteCount &- offset > 64 {
      first = Self.fold(word(key, offset) ^ seed ^ 0xA076_1D64_78BD_642F, word(key, offset &+ 8) ^ first)
      second = Self.fold(word(key, offset &+ 16) ^ seed ^ 0xE703_7ED1_A0B4_28DB, word(key, offset &+ 24) ^ second)
      third = Self.fold(word(key, offset &+ 32) ^ seed ^ 0x8EBC_6AF0_9C88_C6E3, word(key, offset &+ 40) ^ third)
      fourth = Self.fold(word(key, offset &+ 48) ^ seed ^ 0x5899_65CC_7537_4CC3, word(key, offset &+ 56) ^ fourth)
      offset &+= 64
    }
    return finish(key, from: offset, Self.fold(first ^ second, third ^ 0x9E37_79B9_7F4A_7C15) ^ fourth)
  }

  @inlinable
  func word(_ key: RawSpan, _ offset: Int) -> UInt64 {
    key.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
  }
}

extension RawSpan {
  /// Whether both hold the same bytes.
  @inlinable
  public func equals(_ other: RawSpan) -> Bool {
    let length = byteCount
    if length != other.byteCount { return false }
    var offset = 0
    while length &- offset >= 8 {
      let same =
        unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
        == other.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      if !same { return false }
      offset &+= 8
    }
    while offset < length {
      let same =
        unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
        == other.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
      if !same { return false }
      offset &+= 1
    }
    return true
  }
}
