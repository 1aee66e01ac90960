import Primitives
import Telemetry

/// Finds a table's series by their canonical keys: open addressing, linear probing, at most half full. The keys
/// themselves stand in the table's list.
struct SeriesIndex: ~Copyable {
  // Not private: see docs/workarounds.md.
  struct Slot: BitwiseCopyable {
    /// The low half of the hash: of it the index is the lowest bits, so growing reads the slots alone.
    var tag: UInt32
    var number: UInt32
  }

  private static let empty = Slot(tag: 0, number: .max)
  private static let firstSize = 64

  private var slots = Slab<Slot>(repeating: SeriesIndex.empty, count: SeriesIndex.firstSize)
  private var mask = UInt32(SeriesIndex.firstSize - 1)
  private var count = 0
  private let hash = KeyHash(seed: Secret.word)

  init() {}

  /// The number of a key in `list`; nil if it is not there.
  borrowing func find(_ key: RawSpan, in list: SeriesList) -> UInt32? {
    let tag = UInt32(truncatingIfNeeded: hash.hash(key))
    var index = tag & mask
    while true {
      let slot = slots[Int(index)]
      if slot.number == Self.empty.number { return nil }
      if slot.tag == tag && list.canonicalKey(slot.number).equals(key) { return slot.number }
      index = (index &+ 1) & mask
    }
  }

  /// Enters a key that is not there.
  mutating func insert(_ key: RawSpan, number: UInt32) {
    if count * 2 > Int(mask) { grow() }
    count += 1
    enter(Slot(tag: UInt32(truncatingIfNeeded: hash.hash(key)), number: number))
  }

  private mutating func grow() {
    mask = mask &* 2 &+ 1
    var old = Slab(repeating: Self.empty, count: Int(mask) + 1)
    swap(&old, &slots)
    for index in 0..<old.count where old[index].number != Self.empty.number { enter(old[index]) }
  }

  private mutating func enter(_ slot: Slot) {
    var index = slot.tag & mask
    while slots[Int(index)].number != Self.empty.number { index = (index &+ 1) & mask }
    slots[Int(index)] = slot
  }
}
