import Primitives

/// Runs measurements and keeps what they gave.
struct Harness {
  let isSmoke: Bool
  private(set) var figures: [Figure] = []
  /// What broke a promise, a sentence each.
  private(set) var faults: [String] = []

  /// Whether the last measurement ran, as `only` asked.
  private(set) var wasMeasured = false

  /// Runs of one measurement, and the time that each lasts at least.
  private var runCount: Int { isSmoke ? 1 : 7 }
  private var runNanos: Int64 { isSmoke ? 1 : 60 * Nanos.perMillisecond }

  /// What a measurement promises of its steady state.
  enum Promise {
    case nothing
    case noAllocation
  }

  /// Only what has this text in its name is measured; all if it is empty.
  private let only: String

  init(isSmoke: Bool, only: String) {
    self.isSmoke = isSmoke
    self.only = only
  }

  /// Measures `pass`, which starts and stops the watch around the work and returns how many units it has done.
  ///
  /// One pass, or as many as are asked for, goes ahead of the runs and isn't counted: it meets every series, fills the
  /// caches, and brings tables that keep something for a while to their size.
  mutating func measure(
    _ what: String, per unit: String, promise: Promise = .nothing, warmUpPasses: Int = 1,
    pass: (inout Stopwatch) throws -> Int
  ) rethrows {
    wasMeasured = only.isEmpty || what.contains(only)
    if !wasMeasured { return }
    var warmUp = Stopwatch()
    for _ in 0..<warmUpPasses { _ = try pass(&warmUp) }
    var runs: [Double] = []
    var allocations: UInt64 = 0
    var total = 0
    while runs.count < runCount {
      var watch = Stopwatch()
      var units = 0
      while watch.nanos < runNanos {
        let done = try pass(&watch)
        precondition(done > 0, "BUG: \(what) did nothing")
        units += done
      }
      runs.append(Double(watch.nanos) / Double(units))
      allocations += watch.allocations
      total += units
    }
    figures.append(
      Figure(what: what, unit: "ns per \(unit)", runs: runs, allocations: Double(allocations) / Double(total)))
    if promise == .noAllocation && allocations > 0 {
      faults.append("\(what): \(allocations) allocations in \(total) units; there must be none")
    }
  }

  /// Adds the last figure again, per a unit that is made of `factor` of its units.
  mutating func restate(per unit: String, factor: Double) {
    guard wasMeasured, let last = figures.last else { return }
    figures.append(last.restated("ns per \(unit)", factor: factor))
  }

  /// Adds a figure that is no time.
  mutating func note(_ what: String, _ value: Double, unit: String) {
    if wasMeasured { figures.append(Figure(what: what, unit: unit, runs: [value], allocations: 0)) }
  }
}
