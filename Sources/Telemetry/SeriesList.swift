import Synchronization

/// Series keys by number: append-only, so that a reader's numbers stay good while the writer adds more.
///
/// One thread appends (under the table's lock); any thread reads numbers below a count that it was given. Keys stand
/// in segments that never move, so a snapshot costs a reference and a count, whatever the number of series.
///
/// `unsafe` is sound here: a slot is written once, before the count that covers it is published with release, and
/// read only below a count that was read with acquire; segments are freed in `deinit`.
public final class SeriesList: @unchecked Sendable {
  private static let segmentSize = 4_096
  private static let segmentLimit = 4_096
  private let segments: UnsafeMutablePointer<UnsafeMutablePointer<SeriesKey>?>
  private let published = Atomic<Int>(0)

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
    let total = published.load(ordering: .acquiring)
    for index in 0..<Self.segmentLimit {
      guard let segment = segments[index] else { break }
      segment.deinitialize(count: min(Self.segmentSize, total - index * Self.segmentSize))
      segment.deallocate()
    }
    segments.deallocate()
  }

  /// The most keys that one list holds.
  public static var capacity: Int { segmentSize * segmentLimit }

  public var count: Int { published.load(ordering: .acquiring) }

  /// Appends a key and returns its number. One thread at a time.
  @discardableResult
  public func append(_ key: SeriesKey) -> UInt32 {
    let number = published.load(ordering: .relaxed)
    precondition(number < Self.capacity, "BUG: more series than a list holds")
    let index = number / Self.segmentSize
    if segments[index] == nil { segments[index] = .allocate(capacity: Self.segmentSize) }
    guard let segment = segments[index] else { fatalError("BUG: a segment that was just made is missing") }
    (segment + number % Self.segmentSize).initialize(to: key)
    published.store(number + 1, ordering: .releasing)
    return UInt32(number)
  }

  public subscript(number: UInt32) -> SeriesKey {
    let number = Int(number)
    precondition(number < published.load(ordering: .acquiring), "BUG: unknown series number")
    guard let segment = segments[number / Self.segmentSize] else { fatalError("BUG: a published segment is missing") }
    return segment[number % Self.segmentSize]
  }
}
