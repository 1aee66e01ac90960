import RealModule

/// Counts of values by logarithm: quantiles to one percent of their value, in whatever order and grouping it was filled.
///
/// DDSketch (Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees",
/// VLDB 2019) with logarithmic bins and no collapsing: a bin `i` holds the values in `(gamma^(i-1), gamma^i]`, negative
/// values have bins of their own, and zero is counted by itself. Sketches of parts of a set merge to the sketch of the
/// whole, bin for bin.
///
/// What a sketch weighs depends on how far its values lie apart, not on their number: a thousandfold range has 346 bins.
/// All finite doubles have no more than 71,000.
public struct QuantileSketch: Sendable, Equatable {
  /// The relative error of a quantile.
  public static let accuracy = 0.01
  /// The ratio of a bin's bounds.
  public static let gamma = (1 + accuracy) / (1 - accuracy)
  static let perLogarithm = 1 / Double.log(gamma)

  public internal(set) var zeros: Int64 = 0
  public internal(set) var positive = SketchBins()
  public internal(set) var negative = SketchBins()

  /// The sketch of no values.
  public init() {}

  public var count: Int64 { zeros + positive.count + negative.count }

  /// Adds a finite value.
  public mutating func add(_ value: Double) {
    if value > 0 {
      positive.add(1, to: Self.bin(of: value))
    } else if value < 0 {
      negative.add(1, to: Self.bin(of: -value))
    } else {
      zeros += 1
    }
  }

  public mutating func merge(_ other: QuantileSketch) {
    zeros += other.zeros
    positive.merge(other.positive)
    negative.merge(other.negative)
  }

  /// The bin of a positive finite value.
  static func bin(of value: Double) -> Int32 { Int32((Double.log(value) * perLogarithm).rounded(.up)) }

  /// What stands for a bin's values: within one percent of each.
  static func value(ofBin bin: Int32) -> Double {
    let value = Double.exp(Double(bin) / perLogarithm) * 2 / (1 + gamma)
    return value.isFinite ? value : .greatestFiniteMagnitude
  }

  /// A value within one percent of the one at nearest rank: the smallest that at least so many thousandths of the
  /// values do not exceed. nil if there are none.
  public func quantile(thousandths: Int) -> Double? {
    let count = count
    if count == 0 { return nil }
    var rank = max(1, (count * Int64(thousandths) + 999) / 1_000)
    rank = min(rank, count)
    // From the least: negative values by falling magnitude.
    for (bin, number) in negative.descending {
      if rank <= number { return -Self.value(ofBin: bin) }
      rank -= number
    }
    if rank <= zeros { return 0 }
    rank -= zeros
    for (bin, number) in positive.ascending {
      if rank <= number { return Self.value(ofBin: bin) }
      rank -= number
    }
    return nil
  }
}
