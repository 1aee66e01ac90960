/// One line of the report: what the runs of one measurement gave.
struct Figure {
  var what: String
  /// `ns per reading`
  var unit: String
  var median: Double
  var least: Double
  var most: Double
  /// Per unit, over all runs.
  var allocations: Double

  /// `runs` must not be empty.
  init(what: String, unit: String, runs: [Double], allocations: Double) {
    let sorted = runs.sorted()
    self.what = what
    self.unit = unit
    median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    least = sorted[0]
    most = sorted[sorted.count - 1]
    self.allocations = allocations
  }

  /// The same measurement per another unit, of which one is `factor` of these.
  func restated(_ unit: String, factor: Double) -> Figure {
    var other = self
    other.unit = unit
    other.median *= factor
    other.least *= factor
    other.most *= factor
    other.allocations *= factor
    return other
  }
}
