/// Quantiles of values, and of buckets that were counted up to their bounds.
enum Quantile {
  /// Between two values in proportion; NaN of nothing, infinite outside of 0…1. NaN comes before all other values.
  static func value(_ quantile: Double, of values: [Double]) -> Double {
    if values.isEmpty || quantile.isNaN { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    let sorted = values.sorted(by: Ordering.rising)
    let rank = quantile * Double(sorted.count - 1)
    let lower = Int(rank.rounded(.down))
    let upper = min(sorted.count - 1, lower + 1)
    let weight = rank - rank.rounded(.down)
    return sorted[lower] * (1 - weight) + sorted[upper] * weight
  }

  /// A bound and how much lies at or below it.
  struct Bucket {
    var bound: Double
    var count: Double
  }

  /// Of buckets in the order of their bounds.
  static func value(_ quantile: Double, of sorted: [Bucket]) -> Double {
    if quantile.isNaN { return .nan }
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    guard sorted.last?.bound == .infinity else { return .nan }
    let buckets = rising(sorted)
    let last = buckets.count - 1
    if last < 1 || buckets[last].count == 0 { return .nan }
    var rank = quantile * buckets[last].count
    let found = buckets[..<last].firstIndex { $0.count >= rank } ?? last
    if found == last { return buckets[last - 1].bound }
    if found == 0, buckets[0].bound <= 0 { return buckets[0].bound }
    var start = 0.0
    var count = buckets[found].count
    if found > 0 {
      start = buckets[found - 1].bound
      count -= buckets[found - 1].count
      rank -= buckets[found - 1].count
    }
    return start + (buckets[found].bound - start) * (rank / count)
  }

  /// Buckets of one bound added up, and none with less than the one before it.
  private static func rising(_ sorted: [Bucket]) -> [Bucket] {
    var out: [Bucket] = []
    for bucket in sorted {
      if let before = out.last, before.bound == bucket.bound {
        out[out.count - 1].count += bucket.count
      } else {
        out.append(bucket)
      }
    }
    for index in out.indices.dropFirst() { out[index].count = max(out[index].count, out[index - 1].count) }
    return out
  }
}
