import Primitives

/// An open-addressed table from hashes to small numbers that is emptied by one addition: a slot counts only if it
/// carries the present generation. The caller compares what the numbers stand for.
///
///     slot: generation (32) | number (32)
struct ScratchIndex: ~Copyable {
  private var slots: Slab<UInt64>
  private var generation: UInt64 = 1
  private var mask = 0

  /// - Parameter capacity: slots, a power of two; at most half of them are to be filled.
  init(capacity: Int) {
    slots = Slab(repeating: 0, count: capacity)
    mask = capacity - 1
  }

  /// Empties it. Few numbers keep to few slots, which stay in the cache.
  @inline(__always)
  mutating func reset(expecting count: Int) {
    generation &+= 1
    if generation > UInt64(UInt32.max) { restart() }
    let wanted = max(16, count &* 2)
    let size = 1 &<< (Int.bitWidth &- (wanted &- 1).leadingZeroBitCount)
    mask = min(size, slots.count) &- 1
  }

  @inline(never)
  private mutating func restart() {
    for index in 0..<slots.count { slots[index] = 0 }
    generation = 1
  }

  @inline(__always)
  func start(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

  @inline(__always)
  func next(_ slot: Int) -> Int { (slot &+ 1) & mask }

  /// The number at `slot`, nil if none is.
  @inline(__always)
  func number(at slot: Int) -> Int? {
    let word = slots[slot]
    return word &>> 32 == generation ? Int(truncatingIfNeeded: word & 0xFFFF_FFFF) : nil
  }

  @inline(__always)
  mutating func put(_ number: Int, at slot: Int) {
    slots[slot] = generation &<< 32 | UInt64(truncatingIfNeeded: number)
  }
}

/// Hashes of bytes under a secret that differs by process, so that nobody can send names that collide.
struct SecretHash: Sendable {
  private var first: UInt64
  private var second: UInt64

  init() {
    first = Secret.word | 1
    second = Secret.word | 1
  }

  /// The 128 bits of a product, folded to 64.
  @inline(__always)
  func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (high, low) = (a ^ first).multipliedFullWidth(by: b ^ second)
    return high ^ low
  }

  @inline(__always)
  func hash(_ bytes: RawSpan, offset: Int, length: Int, seed: UInt64) -> UInt64 {
    var state = mix(seed, UInt64(truncatingIfNeeded: length))
    var index = offset
    let end = offset &+ length
    while end &- index >= 8 {
      state = mix(state, bytes.paddedWord(index))
      index &+= 8
    }
    if index < end {
      let unused = UInt64(truncatingIfNeeded: (8 &- (end &- index)) &* 8)
      state = mix(state, bytes.paddedWord(index) &<< unused)
    }
    return state
  }
}
