import Primitives

/// What of a lane's room for series and field lists each source holds.
struct LaneShares: ~Copyable {
  private var series = Slab<UInt32>(repeating: 0, count: Limits.sourceShares)
  private var seriesBytes = Slab<Int>(repeating: 0, count: Limits.sourceShares)
  private var layouts = Slab<UInt32>(repeating: 0, count: Limits.sourceShares)
  /// Whether a source had a series before the present segment, and whether it has one now.
  private var isHeardBefore = Slab<Bool>(repeating: false, count: Limits.sourceShares)
  private var isHeardNow = Slab<Bool>(repeating: false, count: Limits.sourceShares)

  /// A new journal segment: who was heard in the one before is no stranger any more.
  mutating func turn() {
    for index in 0..<Limits.sourceShares where isHeardNow[index] { isHeardBefore[index] = true }
  }

  /// The lane has forgotten its series and layouts; who was heard stays known.
  mutating func removeAll() {
    for index in 0..<Limits.sourceShares {
      series[index] = 0
      seriesBytes[index] = 0
      layouts[index] = 0
    }
  }

  func isHeard(_ share: SourceShare) -> Bool { isHeardBefore[Int(share.number)] }

  func allowsSeries(
    _ share: SourceShare, byteCount: Int, _ known: borrowing SeriesCache, standing: Standing
  ) -> Bool {
    let index = Int(share.number)
    return FairShare.allows(
      1, own: Int(series[index]), used: known.count, limit: Limits.seriesPerLane, standing: standing)
      && FairShare.allows(
        byteCount, own: seriesBytes[index], used: known.byteCount, limit: Limits.seriesBytesPerLane,
        standing: standing)
  }

  mutating func noteSeries(_ share: SourceShare, byteCount: Int) {
    let index = Int(share.number)
    series[index] += 1
    seriesBytes[index] += byteCount
    isHeardNow[index] = true
  }

  func allowsLayout(_ share: SourceShare, _ known: borrowing LayoutCache, standing: Standing) -> Bool {
    let own = Int(layouts[Int(share.number)])
    return FairShare.allows(
      1, own: own, used: known.layouts.count, limit: Limits.layoutsPerLane, standing: standing)
      && known.byteCount < Limits.layoutBytesPerLane
  }

  mutating func noteLayout(_ share: SourceShare) {
    layouts[Int(share.number)] += 1
  }
}
