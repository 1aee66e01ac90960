import Primitives
public import Rollups

/// What the readings of a window add up to, by the number of their device.
public struct WindowSums: Sendable {
  private let needs: BucketNeeds
  private var counts: ContiguousArray<Int64>
  private var totals: ContiguousArray<ExactSum> = []
  private var minima: ContiguousArray<Double> = []
  private var maxima: ContiguousArray<Double> = []
  private var lasts: ContiguousArray<WindowCells.Last> = []

  init(slots: Int, needs: BucketNeeds) {
    self.needs = needs
    counts = ContiguousArray(repeating: 0, count: slots)
    if needs.contains(.sum) { totals = ContiguousArray(repeating: ExactSum(), count: slots) }
    if needs.contains(.extremes) {
      minima = ContiguousArray(repeating: .infinity, count: slots)
      maxima = ContiguousArray(repeating: -.infinity, count: slots)
    }
    if needs.contains(.last) { lasts = ContiguousArray(repeating: WindowCells.Last(), count: slots) }
  }

  /// Adds what came in one slice of time.
  mutating func merge(
    counts: Span<Int32>, rests: Span<ExactSum>, minima: Span<Double>, maxima: Span<Double>,
    lasts: Span<WindowCells.Last>
  ) {
    for slot in counts.indices { self.counts[slot] &+= Int64(counts[slot]) }
    for slot in rests.indices { totals[slot].merge(rests[slot]) }
    for slot in minima.indices { self.minima[slot] = Swift.min(self.minima[slot], minima[slot]) }
    for slot in maxima.indices { self.maxima[slot] = Swift.max(self.maxima[slot], maxima[slot]) }
    for slot in lasts.indices where lasts[slot].time > .min { self.lasts[slot].take(lasts[slot]) }
  }

  /// Adds sums in billionths.
  mutating func merge(billionths: Span<Int64>) {
    for slot in billionths.indices { totals[slot].add(mantissa: billionths[slot], scale: ExactSum.places) }
  }

  /// How many devices have a number.
  public var slotCount: Int { counts.count }

  /// Whether a device sent anything.
  @inline(__always)
  public func isEmpty(_ slot: Int) -> Bool { counts[slot] == 0 }

  /// Some devices' readings together; of the edges `last` alone.
  public struct Group: Sendable {
    public fileprivate(set) var bucket = Bucket()
    fileprivate var last = WindowCells.Last()

    public init() {}
  }

  /// Adds a device's readings to those of others.
  public func add(_ slot: Int, to group: inout Group) {
    group.bucket.count += counts[slot]
    if needs.contains(.sum) { group.bucket.total.merge(totals[slot]) }
    if needs.contains(.extremes) {
      group.bucket.min = Swift.min(group.bucket.min, minima[slot])
      group.bucket.max = Swift.max(group.bucket.max, maxima[slot])
    }
    if needs.contains(.last) && counts[slot] > 0 {
      group.last.take(lasts[slot])
      (group.bucket.last, group.bucket.lastTime) = (group.last.value, group.last.time)
    }
  }

  /// Each device's value; NaN where nothing came, or the sum of what came is no number.
  public func values(_ aggregate: Aggregate) -> ContiguousArray<Double> {
    var values = ContiguousArray(repeating: Double.nan, count: counts.count)
    for slot in counts.indices where counts[slot] > 0 {
      var group = Group()
      add(slot, to: &group)
      values[slot] = group.value(aggregate) ?? .nan
    }
    return values
  }
}

extension WindowSums.Group {
  /// Their value; nil where nothing came, or the sum of what came is no number.
  public func value(_ aggregate: Aggregate) -> Double? {
    if bucket.isEmpty { return nil }
    let value = aggregate == .count ? Double(bucket.count) : aggregate.value(of: bucket)
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}
