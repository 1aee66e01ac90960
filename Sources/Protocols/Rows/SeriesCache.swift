import Primitives

/// A lane's series by the bytes of their key as they came.
///
/// ```
/// slots    tag u32 · place u32          open addressing, linear probing, at most half full
///                      │
/// blocks   ┌ definedIn · number · layout · keyLength · canonicalLength · table · madeIn │ key │ canonical key │ …
/// ```
/// A lookup reads two cache lines that are likely cold, the slot's and the series' own: at a million series that is
/// nearly all it costs. A slot's tag is the hash's low half, of which the index is the lowest bits, so that growing
/// reads the slots alone.
///
/// Two spellings of one series (tags in another order) are two entries here and one series in the tables.
///
/// `unsafe` is sound here: blocks are owned by this value, never move, are freed in `deinit`, and a `Place` is one
/// that `insert` gave out.
struct SeriesCache: ~Copyable, @unchecked Sendable {
  /// Where a series stands: its offset in the blocks, in units of eight bytes.
  typealias Place = UInt32

  /// What stands before a series' keys.
  struct Header: BitwiseCopyable {
    /// The journal segment in which it was defined last, its low half.
    var definedIn: UInt32
    var number: UInt32
    /// The layout of its last row, the likely one of its next.
    var layout: UInt32
    var keyLength: UInt16
    var canonicalLength: UInt16
    /// The table's number in `TableQuota`.
    var table: UInt32
    /// The journal segment in which it was first heard, its low half.
    var madeIn: UInt32
  }

  // Not private: see docs/workarounds.md.
  struct Slot: BitwiseCopyable {
    var tag: UInt32
    var place: Place
  }

  private static let empty = Slot(tag: 0, place: .max)
  private static let placesPerBlock = 1 << 17
  private static let blockBytes = placesPerBlock * 8
  /// One less than a place can name, so that `empty` names none.
  private static let mostBlocks = (1 << 32) / placesPerBlock - 1

  private var slots: Slab<Slot>
  private var mask: UInt32
  private var blocks: [UnsafeMutableRawPointer] = []
  private var filledBytes = SeriesCache.blockBytes
  private(set) var count = 0

  init() {
    slots = Slab(repeating: Self.empty, count: 1_024)
    mask = 1_023
  }

  deinit {
    for block in blocks { block.deallocate() }
  }

  @inline(__always)
  private borrowing func address(_ place: Place) -> UnsafeMutableRawPointer {
    blocks[Int(place / UInt32(Self.placesPerBlock))] + Int(place % UInt32(Self.placesPerBlock)) &* 8
  }

  @inline(__always)
  private borrowing func header(_ place: Place) -> UnsafeMutablePointer<Header> {
    address(place).assumingMemoryBound(to: Header.self)
  }

  /// The place of the series with that key; nil if it is new.
  @inline(__always)
  borrowing func find(_ key: RawSpan, hash: UInt64) -> Place? {
    let tag = UInt32(truncatingIfNeeded: hash)
    var index = tag & mask
    while true {
      let slot = slots[Int(index)]
      if slot.place == Self.empty.place { return nil }
      if slot.tag == tag && holds(key, at: slot.place) { return slot.place }
      index = (index &+ 1) & mask
    }
  }

  /// What the first slot of that hash names: most often the series.
  @inline(__always)
  borrowing func likelyPlace(hash: UInt64) -> Place {
    slots[Int(UInt32(truncatingIfNeeded: hash) & mask)].place
  }

  /// Reads what `find` will read of a series there, for the cache's sake.
  @inline(__always)
  borrowing func touch(_ place: Place) -> UInt32 {
    if place == Self.empty.place { return 0 }
    let start = address(place)
    // An entry has 32 bytes at least, and a block none that are not its own.
    return start.load(as: UInt32.self) &+ (start + 16).load(as: UInt32.self)
  }

  @inline(__always)
  private borrowing func holds(_ key: RawSpan, at place: Place) -> Bool {
    let header = header(place)
    if Int(header.pointee.keyLength) != key.byteCount { return false }
    return key.equals(RawSpan(_unsafeStart: header + 1, byteCount: key.byteCount))
  }

  /// What the series' keys take.
  var byteCount: Int { blocks.count * Self.blockBytes }

  /// Enters a new series; its keys are at most `Limits.seriesKeyBytes` each. Nil if 32 GiB are full of them.
  mutating func insert(
    _ key: RawSpan, hash: UInt64, canonical: RawSpan, table: UInt32, segment: UInt64
  ) -> Place? {
    if count * 2 > Int(mask) { grow() }
    let length = MemoryLayout<Header>.size + (key.byteCount + canonical.byteCount + 7) / 8 * 8
    precondition(length <= Self.blockBytes, "BUG: a series' keys larger than a block")
    if filledBytes + length > Self.blockBytes {
      if blocks.count == Self.mostBlocks { return nil }
      blocks.append(.allocate(byteCount: Self.blockBytes, alignment: 64))
      filledBytes = 0
    }
    let place = Place((blocks.count - 1) * Self.placesPerBlock + filledBytes / 8)
    filledBytes += length
    header(place).initialize(
      to: Header(
        definedIn: UInt32.max, number: UInt32(count), layout: UInt32.max, keyLength: UInt16(key.byteCount),
        canonicalLength: UInt16(canonical.byteCount), table: table, madeIn: UInt32(truncatingIfNeeded: segment)))
    let texts = address(place) + MemoryLayout<Header>.size
    copy(key, to: texts)
    copy(canonical, to: texts + key.byteCount)
    count += 1
    enter(Slot(tag: UInt32(truncatingIfNeeded: hash), place: place))
    return place
  }

  private func copy(_ bytes: RawSpan, to target: UnsafeMutableRawPointer) {
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
    }
  }

  private mutating func grow() {
    mask = mask &* 2 &+ 1
    var old = Slab(repeating: Self.empty, count: Int(mask) + 1)
    swap(&old, &slots)
    for index in 0..<old.count where old[index].place != Self.empty.place { enter(old[index]) }
  }

  private mutating func enter(_ slot: Slot) {
    var index = slot.tag & mask
    while slots[Int(index)].place != Self.empty.place { index = (index &+ 1) & mask }
    slots[Int(index)] = slot
  }

  /// The number by which records name the series.
  @inline(__always)
  borrowing func number(_ place: Place) -> UInt32 { header(place).pointee.number }

  @inline(__always)
  borrowing func isDefined(_ place: Place, in segment: UInt64) -> Bool {
    header(place).pointee.definedIn == UInt32(truncatingIfNeeded: segment)
  }

  @inline(__always)
  mutating func setDefined(_ place: Place, in segment: UInt64) {
    header(place).pointee.definedIn = UInt32(truncatingIfNeeded: segment)
  }

  @inline(__always)
  borrowing func layout(_ place: Place) -> UInt32 { header(place).pointee.layout }

  /// The table's number in `TableQuota`.
  @inline(__always)
  borrowing func table(_ place: Place) -> UInt32 { header(place).pointee.table }

  /// Whether the series was heard before that segment.
  borrowing func isHeard(_ place: Place, before segment: UInt64) -> Bool {
    header(place).pointee.madeIn != UInt32(truncatingIfNeeded: segment)
  }

  @inline(__always)
  mutating func setLayout(_ place: Place, _ layout: UInt32) { header(place).pointee.layout = layout }

  /// The canonical key of a series.
  @_lifetime(borrow self)
  borrowing func canonicalKey(_ place: Place) -> RawSpan {
    let header = header(place)
    let start = UnsafeRawPointer(header + 1) + Int(header.pointee.keyLength)
    return _overrideLifetime(
      RawSpan(_unsafeStart: start, byteCount: Int(header.pointee.canonicalLength)), borrowing: self)
  }
}
