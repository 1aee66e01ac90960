import Primitives
import Rollups

/// Buckets by group and number, in pages, so that a group with few buckets in a long range costs little and a cell is
/// found by two loads; column by column, so that only what is asked for is touched.
struct RollupCells {
  let needs: BucketNeeds
  private var counts: ContiguousArray<Int64> = []
  private var sums: ContiguousArray<ExactSum> = []
  private var spreads: ContiguousArray<Spread> = []
  private var minima: ContiguousArray<Double> = []
  private var maxima: ContiguousArray<Double> = []
  private var firsts: ContiguousArray<Edge> = []
  private var lasts: ContiguousArray<Edge> = []
  /// By place, of the buckets that have readings with more digits than a double holds.
  private var wides: [Int: WideEdges] = [:]
  /// Where each page begins, by group; -1 for a page without buckets.
  private var pageStarts: ContiguousArray<Int32> = []
  private let pageShift: Int
  private let pagesPerGroup: Int

  /// Where a bucket is.
  struct Place {
    // Of a large answer there are millions.
    private let ownGroup: Int32
    private let ownNumber: Int32
    private let ownIndex: Int32

    var group: Int { Int(ownGroup) }
    var number: Int { Int(ownNumber) }
    var index: Int { Int(ownIndex) }

    init(group: Int, number: Int, index: Int) {
      ownGroup = Int32(group)
      ownNumber = Int32(number)
      ownIndex = Int32(index)
    }
  }

  /// A bucket's first or last reading.
  private struct Edge: BitwiseCopyable {
    var value: Double
    var time: UnixNanos
    /// The series that it is of: see `SeriesOwners`.
    var owner: UInt32
  }

  init(bucketsPerGroup: Int, needs: BucketNeeds) {
    // Of a million devices with one bucket each no one takes more than that.
    var shift = 0
    while shift < 5 && 1 << shift < bucketsPerGroup { shift += 1 }
    while bucketsPerGroup >> shift > 1_024 { shift += 1 }
    pageShift = shift
    pagesPerGroup = bucketsPerGroup >> shift + 1
    self.needs = needs
  }

  /// Cells, those that are empty included.
  var count: Int { counts.count }

  var isTooLarge: Bool { counts.count > Limits.buckets || pageStarts.count > Limits.buckets * 4 }

  /// Memory held, in bytes.
  var byteCount: Int {
    let words = counts.count + 2 * spreads.count + minima.count + maxima.count + 3 * (firsts.count + lasts.count)
    return words * 8 + wides.count * 160 + sums.count * MemoryLayout<ExactSum>.stride + pageStarts.count * 4
  }

  /// The place of a bucket.
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
    let start = counts.count
    let size = 1 << pageShift
    counts.append(contentsOf: repeatElement(0, count: size))
    if needs.contains(.sum) { sums.append(contentsOf: repeatElement(ExactSum(), count: size)) }
    if needs.contains(.spread) { spreads.append(contentsOf: repeatElement(Spread(), count: size)) }
    if needs.contains(.extremes) {
      minima.append(contentsOf: repeatElement(.infinity, count: size))
      maxima.append(contentsOf: repeatElement(-.infinity, count: size))
    }
    if needs.contains(.first) {
      firsts.append(contentsOf: repeatElement(Edge(value: 0, time: .max, owner: .max), count: size))
    }
    if needs.contains(.last) {
      lasts.append(contentsOf: repeatElement(Edge(value: 0, time: .min, owner: 0), count: size))
    }
    pageStarts[page] = Int32(start)
    return start
  }

  /// Adds a reading; `mantissa` and `scale` if it is a decimal that is summed up exactly, `scale` -1 if not. Readings of
  /// one series and instant come in the order in which they arrived.
  ///
  /// - Parameter owner: the series, as far as first and last readings are asked for.
  @inline(__always)
  mutating func add(
    _ value: Double, mantissa: Int64, scale: Int, at time: UnixNanos, of owner: UInt32, to place: Int
  ) {
    if scale >= 0 && WideNumber.isWide(mantissa) {
      return addWide(value, mantissa: mantissa, scale: scale, at: time, of: owner, to: place)
    }
    counts[place] &+= 1
    if needs.contains(.sum) {
      if scale >= 0 { sums[place].add(mantissa: mantissa, scale: scale) } else { sums[place].add(value) }
    }
    if needs.contains(.extremes) { widen(place, value, value) }
    if needs.isSubset(of: [.sum, .extremes]) { return }
    if needs.contains(.spread) { spreads[place].add(value, count: counts[place]) }
    if needs.contains(.first) { _ = takeFirst(place, value, time, owner) }
    if needs.contains(.last) { _ = takeLast(place, value, time, owner) }
  }

  /// Adds a decimal whose digits may be more than a double holds.
  @inline(never)
  private mutating func addWide(
    _ value: Double, mantissa: Int64, scale: Int, at time: UnixNanos, of owner: UInt32, to place: Int
  ) {
    counts[place] &+= 1
    if needs.contains(.sum) { sums[place].add(mantissa: mantissa, scale: scale) }
    if needs.contains(.spread) {
      let rest = WideNumber.rest(of: mantissa, scale: scale, double: value)
      spreads[place].add(value, rest: rest, count: counts[place])
    }
    if needs.contains(.extremes) { widen(place, value, value) }
    let isFirst = needs.contains(.first) && takeFirst(place, value, time, owner)
    let isLast = needs.contains(.last) && takeLast(place, value, time, owner)
    note(WideNumber(mantissa: mantissa, scale: scale), isFirst: isFirst, isLast: isLast, at: place)
  }

  private mutating func note(_ number: WideNumber, isFirst: Bool, isLast: Bool, at place: Int) {
    var edges = wides[place] ?? WideEdges()
    edges.widen(number)
    if isFirst { edges.first = number }
    if isLast { edges.last = number }
    wides[place] = edges
  }

  /// Adds what a chunk comes to. First and last readings cannot be told apart by their series.
  mutating func merge(_ bucket: Bucket, into place: Int) {
    if bucket.isEmpty { return }
    counts[place] += bucket.count
    if needs.contains(.sum) { sums[place].merge(bucket.total) }
    if needs.contains(.extremes) { widen(place, bucket.min, bucket.max) }
  }

  /// Adds one of a part's buckets.
  @inline(__always)
  mutating func merge(_ row: Int, of columns: BucketColumns, owner: UInt32, into place: Int) {
    if needs.contains(.spread) {
      spreads[place].merge(columns.spreads[row], own: counts[place], others: Int64(columns.counts[row]))
    }
    counts[place] &+= Int64(columns.counts[row])
    if needs.contains(.sum) {
      if columns.sums.exact.isEmpty {
        sums[place].add(mantissa: columns.sums.scaled[row], scale: columns.sums.scale)
      } else {
        sums[place].merge(columns.sums.exact[row])
      }
    }
    if needs.contains(.extremes) { widen(place, columns.minima[row], columns.maxima[row]) }
    if needs.contains(.first) { _ = takeFirst(place, columns.firsts[row], columns.firstTimes[row], owner) }
    if needs.contains(.last) { _ = takeLast(place, columns.lasts[row], columns.lastTimes[row], owner) }
  }

  @inline(__always)
  private mutating func widen(_ place: Int, _ low: Double, _ high: Double) {
    if low < minima[place] { minima[place] = low }
    if high > maxima[place] { maxima[place] = high }
  }

  /// The earliest; of several at one instant that of the least series, and of one series the first to come. Whether it was
  /// taken.
  @inline(__always)
  private mutating func takeFirst(_ place: Int, _ value: Double, _ time: UnixNanos, _ owner: UInt32) -> Bool {
    let known = firsts[place]
    guard time < known.time || (time == known.time && owner < known.owner) else { return false }
    firsts[place] = Edge(value: value, time: time, owner: owner)
    return true
  }

  /// The latest; of several at one instant that of the largest series, and of one series the last to come. Whether it was
  /// taken.
  @inline(__always)
  private mutating func takeLast(_ place: Int, _ value: Double, _ time: UnixNanos, _ owner: UInt32) -> Bool {
    let known = lasts[place]
    guard time > known.time || (time == known.time && owner >= known.owner) else { return false }
    lasts[place] = Edge(value: value, time: time, owner: owner)
    return true
  }

  /// Those of a bucket's edges that a double does not hold; nil for nearly all buckets.
  func wideEdges(at place: Int) -> WideEdges? {
    guard !wides.isEmpty, var edges = wides[place] else { return nil }
    // What came later may not have been wide. A wide number's double is none of a number that is not.
    if needs.contains(.extremes) {
      if edges.least?.double != minima[place] { edges.least = nil }
      if edges.largest?.double != maxima[place] { edges.largest = nil }
    }
    if needs.contains(.first), edges.first?.double != firsts[place].value { edges.first = nil }
    if needs.contains(.last), edges.last?.double != lasts[place].value { edges.last = nil }
    return edges
  }

  func spread(at place: Int) -> Spread { needs.contains(.spread) ? spreads[place] : .unknown }

  /// The bucket at a place, as far as it was asked for.
  func bucket(at place: Int) -> Bucket {
    var bucket = Bucket()
    bucket.count = counts[place]
    if needs.contains(.sum) { bucket.total = sums[place] }
    if needs.contains(.extremes) { (bucket.min, bucket.max) = (minima[place], maxima[place]) }
    if needs.contains(.first) { (bucket.first, bucket.firstTime) = (firsts[place].value, firsts[place].time) }
    if needs.contains(.last) { (bucket.last, bucket.lastTime) = (lasts[place].value, lasts[place].time) }
    return bucket
  }

  /// The places of a group's buckets that are not empty, by number.
  func occupied(group: Int) -> [Place] {
    var found: [Place] = []
    for page in 0..<pagesPerGroup {
      let index = group * pagesPerGroup + page
      guard index < pageStarts.count, pageStarts[index] >= 0 else { continue }
      for offset in 0..<(1 << pageShift) {
        let place = Int(pageStarts[index]) + offset
        if counts[place] > 0 { found.append(Place(group: group, number: page << pageShift + offset, index: place)) }
      }
    }
    return found
  }
}
