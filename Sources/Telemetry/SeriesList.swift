import Primitives
import Synchronization

/// Series keys by number: append-only, so that a reader's numbers stay good while the writer adds more.
///
/// One thread appends (under the table's lock); any thread reads numbers below a count that it was given. Keys stand as
/// canonical bytes in blocks, and what points to them in segments, each twice as long as the one before; neither ever
/// moves, so a snapshot costs a reference and a count, whatever the number of series, and a series some 16 bytes beside
/// its key.
///
/// `unsafe` is sound here: an entry and its bytes are written once, before the count that covers them is published with
/// release, and read only below a count that was read with acquire; both are freed in `deinit`.
public final class SeriesList: @unchecked Sendable {
  private struct Entry: BitwiseCopyable {
    let start: UnsafeMutablePointer<UInt8>
    let length: UInt32
  }

  private static let firstSegment = 64
  private static let segmentLimit = 18
  private static let blockBytes = 1 << 20

  private let segments: UnsafeMutablePointer<UnsafeMutablePointer<Entry>?>
  private var blocks: [UnsafeMutablePointer<UInt8>] = []
  private var blockSize = 1_024
  private var filledBytes = 1_024
  private let published = Atomic<Int>(0)
  /// The first of the numbers in the order of their keys.
  private let sortedNumbers = Mutex<[UInt32]>([])

  public init() {
    segments = .allocate(capacity: Self.segmentLimit)
    segments.initialize(repeating: nil, count: Self.segmentLimit)
  }

  /// A list of those keys.
  public convenience init(_ keys: [SeriesKey]) {
    self.init()
    for key in keys { append(key) }
  }

  deinit {
    for index in 0..<Self.segmentLimit { segments[index]?.deallocate() }
    segments.deallocate()
    for block in blocks { block.deallocate() }
  }

  /// The most keys that one list holds.
  public static var capacity: Int { (firstSegment << segmentLimit) - firstSegment }

  public var count: Int { published.load(ordering: .acquiring) }

  /// Segment `n` holds 64 · 2ⁿ entries.
  private static func place(_ number: Int) -> (segment: Int, index: Int) {
    let shifted = number + firstSegment
    let segment = Int.bitWidth - 1 - shifted.leadingZeroBitCount - firstSegment.trailingZeroBitCount
    return (segment, shifted - firstSegment << segment)
  }

  // MARK: writing, by one thread

  /// Appends a key and returns its number.
  @discardableResult
  public func append(_ key: SeriesKey) -> UInt32 {
    let bytes = key.canonicalBytes
    return append(canonicalKey: bytes.span.bytes)
  }

  /// Appends a key, which must be well-formed, and returns its number.
  @discardableResult
  public func append(canonicalKey key: RawSpan) -> UInt32 {
    let number = published.load(ordering: .relaxed)
    precondition(number < Self.capacity, "BUG: more series than a list holds")
    let (segment, index) = Self.place(number)
    // Written once: readers look at it without a lock.
    if segments[segment] == nil { segments[segment] = .allocate(capacity: Self.firstSegment << segment) }
    guard let entries = segments[segment] else { fatalError("BUG: a segment that was just made is missing") }
    (entries + index).initialize(to: Entry(start: keep(key), length: UInt32(key.byteCount)))
    published.store(number + 1, ordering: .releasing)
    return UInt32(number)
  }

  private func keep(_ bytes: RawSpan) -> UnsafeMutablePointer<UInt8> {
    if filledBytes + bytes.byteCount > blockSize || blocks.isEmpty {
      blockSize = max(bytes.byteCount, min(Self.blockBytes, blockSize * 2))
      blocks.append(.allocate(capacity: blockSize))
      filledBytes = 0
    }
    let start = blocks[blocks.count - 1] + filledBytes
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress {
        UnsafeMutableRawPointer(start).copyMemory(from: base, byteCount: source.count)
      }
    }
    filledBytes += bytes.byteCount
    return start
  }

  // MARK: reading

  /// The canonical bytes of a key.
  @_lifetime(borrow self)
  public func canonicalKey(_ number: UInt32) -> RawSpan {
    let number = Int(number)
    precondition(number < published.load(ordering: .acquiring), "BUG: unknown series number")
    let (segment, index) = Self.place(number)
    guard let entries = segments[segment] else { fatalError("BUG: a published segment is missing") }
    let entry = entries[index]
    return _overrideLifetime(
      RawSpan(_unsafeStart: UnsafeRawPointer(entry.start), byteCount: Int(entry.length)), borrowing: self)
  }

  public subscript(number: UInt32) -> SeriesKey {
    guard let key = SeriesKey(canonicalBytes: canonicalKey(number)) else { fatalError("BUG: a key that is none") }
    return key
  }

  /// The device of a key.
  public func device(_ number: UInt32) -> String {
    let key = CanonicalKey(canonicalKey(number))
    return key.bytes.extracting(key.device).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a key stands before one of another list: see `CanonicalKey.precedes`.
  public func precedes(_ number: UInt32, _ other: SeriesList, _ otherNumber: UInt32) -> Bool {
    CanonicalKey(canonicalKey(number)).precedes(CanonicalKey(other.canonicalKey(otherNumber)))
  }

  /// The first `count` numbers in the order of their keys. What was sorted before is kept: only new keys cost anything.
  public func sorted(count: Int) -> [UInt32] {
    sortedNumbers.withLock { known in
      if known.count < count { known = merge(known, sortedRun(known.count..<count)) }
      return known.count == count ? known : known.filter { $0 < count }
    }
  }

  private struct Prefixed {
    /// Eight bytes of the device behind what all devices begin with, as a number that sorts like them.
    var prefix: UInt64
    var number: UInt32
  }

  private func sortedRun(_ numbers: Range<Int>) -> [UInt32] {
    let skipped = commonPrefix(numbers)
    var run = numbers.map { number in
      let key = CanonicalKey(canonicalKey(UInt32(number)))
      let device = key.device
      var prefix: UInt64 = 0
      for index in 0..<8 {
        let at = device.lowerBound + skipped + index
        let byte = at < device.upperBound ? key.bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self) : 0
        prefix = prefix << 8 | UInt64(byte)
      }
      return Prefixed(prefix: prefix, number: UInt32(number))
    }
    run.sort { $0.prefix != $1.prefix ? $0.prefix < $1.prefix : precedes($0.number, $1.number) }
    return run.map(\.number)
  }

  /// How many bytes all those devices begin with alike.
  private func commonPrefix(_ numbers: Range<Int>) -> Int {
    guard let first = numbers.first else { return 0 }
    let model = CanonicalKey(canonicalKey(UInt32(first)))
    let device = model.bytes.extracting(model.device)
    var length = device.byteCount
    for number in numbers {
      let key = CanonicalKey(canonicalKey(UInt32(number)))
      let other = key.bytes.extracting(key.device)
      length = min(length, other.byteCount)
      var index = 0
      while index < length
        && other.unsafeLoad(fromByteOffset: index, as: UInt8.self)
          == device.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      { index += 1 }
      length = index
    }
    return length
  }

  private func precedes(_ a: UInt32, _ b: UInt32) -> Bool {
    CanonicalKey(canonicalKey(a)).precedes(CanonicalKey(canonicalKey(b)))
  }

  private func merge(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    if a.isEmpty { return b }
    var merged: [UInt32] = []
    merged.reserveCapacity(a.count + b.count)
    var left = 0
    var right = 0
    while left < a.count && right < b.count {
      if precedes(b[right], a[left]) {
        merged.append(b[right])
        right += 1
      } else {
        merged.append(a[left])
        left += 1
      }
    }
    merged += a[left...]
    merged += b[right...]
    return merged
  }
}
