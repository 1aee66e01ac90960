import Primitives

/// A lane's series by the bytes of their key as they came: open addressing, linear probing, at most half full.
///
/// Two spellings of one series (tags in another order) are two entries here and one series in the tables.
struct SeriesCache: ~Copyable {
  /// One series of the lane.
  struct Entry: BitwiseCopyable {
    var hash: UInt64
    /// The key as it came, and its canonical form, in the byte store.
    var key: Int
    var canonical: Int
    var keyLength: UInt32
    var canonicalLength: UInt32
    /// The journal segment in which it was defined last.
    var definedIn: UInt64
    /// The layout of its last row, the likely one of its next.
    var layout: UInt32
  }

  private var slots: Slab<UInt32>
  private var mask: Int
  private(set) var entries: [Entry] = []
  private var texts = ByteStore()
  private static let empty = UInt32.max

  init() {
    slots = Slab(repeating: Self.empty, count: 1_024)
    mask = 1_023
  }

  var count: Int { entries.count }

  /// The number of the series with that key; nil if it is new.
  @inline(__always)
  borrowing func find(_ key: RawSpan, hash: UInt64) -> UInt32? {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let number = slots[slot]
      if number == Self.empty { return nil }
      let entry = entries[Int(number)]
      if entry.hash == hash && texts.bytes(entry.key, Int(entry.keyLength)).equals(key) { return number }
      slot = (slot &+ 1) & mask
    }
  }

  /// Enters a new series.
  mutating func insert(_ key: RawSpan, hash: UInt64, canonical: RawSpan) -> UInt32 {
    if entries.count * 2 > mask { grow() }
    let number = UInt32(entries.count)
    entries.append(
      Entry(
        hash: hash, key: texts.append(key), canonical: texts.append(canonical), keyLength: UInt32(key.byteCount),
        canonicalLength: UInt32(canonical.byteCount), definedIn: UInt64.max, layout: UInt32.max))
    place(number, hash: hash)
    return number
  }

  private mutating func grow() {
    let size = (mask + 1) * 2
    slots = Slab(repeating: Self.empty, count: size)
    mask = size - 1
    for (number, entry) in entries.enumerated() { place(UInt32(number), hash: entry.hash) }
  }

  private mutating func place(_ number: UInt32, hash: UInt64) {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != Self.empty { slot = (slot + 1) & mask }
    slots[slot] = number
  }

  @inline(__always)
  func definedIn(_ number: UInt32) -> UInt64 { entries[Int(number)].definedIn }

  @inline(__always)
  mutating func setDefined(_ number: UInt32, in segment: UInt64) { entries[Int(number)].definedIn = segment }

  @inline(__always)
  func layout(_ number: UInt32) -> UInt32 { entries[Int(number)].layout }

  @inline(__always)
  mutating func setLayout(_ number: UInt32, _ layout: UInt32) { entries[Int(number)].layout = layout }

  /// The canonical key of a series.
  @_lifetime(borrow self)
  borrowing func canonicalKey(_ number: UInt32) -> RawSpan {
    let entry = entries[Int(number)]
    return texts.bytes(entry.canonical, Int(entry.canonicalLength))
  }
}
