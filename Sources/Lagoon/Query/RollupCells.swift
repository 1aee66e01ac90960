import Rollups

/// Buckets by group and number, in pages, so that a group with few buckets in a long range costs little and a cell is
/// found by two loads.
struct RollupCells {
  private(set) var buckets: ContiguousArray<Bucket> = []
  /// Where each page begins in `buckets`, by group; -1 for a page without buckets.
  private var pageStarts: ContiguousArray<Int32> = []
  private let pageShift: Int
  private let pagesPerGroup: Int

  init(bucketsPerGroup: Int) {
    var shift = 5
    while bucketsPerGroup >> shift > 1_024 { shift += 1 }
    pageShift = shift
    pagesPerGroup = bucketsPerGroup >> shift + 1
  }

  var isTooLarge: Bool { buckets.count > QueryLimits.buckets || pageStarts.count > QueryLimits.buckets * 4 }

  /// The place of a bucket in `buckets`.
  @inline(__always)
  mutating func place(group: Int32, number: Int) -> Int {
    let page = Int(group) &* pagesPerGroup &+ number >> pageShift
    let offset = number & (1 << pageShift &- 1)
    if page < pageStarts.count {
      let start = pageStarts[page]
      if start >= 0 { return Int(start) &+ offset }
    }
    return addPage(page) + offset
  }

  @inline(never)
  private mutating func addPage(_ page: Int) -> Int {
    // Once it is too large the answer will be an error: one page takes what still comes.
    if isTooLarge { return 0 }
    if page >= pageStarts.count {
      pageStarts.append(contentsOf: repeatElement(-1, count: page + 1 - pageStarts.count))
    }
    let start = buckets.count
    buckets.append(contentsOf: repeatElement(Bucket(), count: 1 << pageShift))
    pageStarts[page] = Int32(start)
    return start
  }

  @inline(__always)
  mutating func add(_ value: Double, at time: Int64, to place: Int) {
    buckets[place].add(value, at: time)
  }

  mutating func merge(_ bucket: Bucket, into place: Int) {
    buckets[place].merge(bucket)
  }

  /// The places of a group's buckets that are not empty, by number.
  func occupied(group: Int) -> [(number: Int, place: Int)] {
    var found: [(number: Int, place: Int)] = []
    for page in 0..<pagesPerGroup {
      let index = group * pagesPerGroup + page
      guard index < pageStarts.count, pageStarts[index] >= 0 else { continue }
      for offset in 0..<(1 << pageShift) {
        let place = Int(pageStarts[index]) + offset
        if !buckets[place].isEmpty { found.append((page << pageShift + offset, place)) }
      }
    }
    return found
  }
}
