import Primitives

/// SipHash-2-4 (J.-P. Aumasson, D. J. Bernstein): a keyed hash that cannot be foreseen without its key, for freshness
/// tokens and for tables whose keys strangers choose. Fed with 64-bit words, eight bytes of a message each.
struct SipHash {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64

  init(key: (UInt64, UInt64)) {
    v0 = key.0 ^ 0x736F_6D65_7073_6575
    v1 = key.1 ^ 0x646F_7261_6E64_6F6D
    v2 = key.0 ^ 0x6C79_6765_6E65_7261
    v3 = key.1 ^ 0x7465_6462_7974_6573
  }

  @inline(__always)
  private mutating func round() {
    v0 = v0 &+ v1
    v1 = v1 &<< 13 | v1 &>> 51
    v1 ^= v0
    v0 = v0 &<< 32 | v0 &>> 32
    v2 = v2 &+ v3
    v3 = v3 &<< 16 | v3 &>> 48
    v3 ^= v2
    v0 = v0 &+ v3
    v3 = v3 &<< 21 | v3 &>> 43
    v3 ^= v0
    v2 = v2 &+ v1
    v1 = v1 &<< 17 | v1 &>> 47
    v1 ^= v2
    v2 = v2 &<< 32 | v2 &>> 32
  }

  /// Eight bytes of the message, the first of them lowest.
  @inline(__always)
  mutating func combine(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  /// The bytes of `range`, and how many they are.
  mutating func combine(_ bytes: RawSpan, _ range: Range<Int>) {
    var word: UInt64 = 0
    var shift: UInt64 = 0
    for index in range {
      word |= UInt64(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) << shift
      shift += 8
      if shift == 64 {
        combine(word)
        word = 0
        shift = 0
      }
    }
    combine(word | UInt64(range.count & 0xFF) << 56)
  }

  /// Address, port and scope, and 16 bits more.
  @inline(__always)
  mutating func combine(_ source: SourceAddress, _ more: UInt16 = 0) {
    combine(source.high)
    combine(source.low)
    combine(UInt64(source.scope) << 32 | UInt64(source.port) << 16 | UInt64(more))
  }

  /// The hash. `last` is the message's last word: its length modulo 256 in the top byte, what is left over below.
  mutating func finish(last: UInt64) -> UInt64 {
    combine(last)
    v2 ^= 0xFF
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }
}
