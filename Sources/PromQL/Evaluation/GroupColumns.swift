/// What an aggregation knows of each group at each step, while rows are added to it.
struct GroupColumns {
  private let operation: AggregationOperator
  private var values: [Double]
  private var means: [Double] = []
  private var counts: [Double] = []

  init(_ operation: AggregationOperator, count: Int) {
    self.operation = operation
    values = Array(repeating: .absent, count: count)
    switch operation {
    case .avg, .stddev, .stdvar:
      means = Array(repeating: 0, count: count)
      counts = means
    default: break
    }
  }

  /// Adds a series to the group whose columns begin at a place.
  mutating func add(_ row: ArraySlice<Double>, at begin: Int) {
    switch operation {
    case .sum: combine(row, begin, first: { $0 }, { $0 + $1 })
    case .count: combine(row, begin, first: { _ in 1 }, { held, _ in held + 1 })
    case .group: combine(row, begin, first: { _ in 1 }, { held, _ in held })
    case .min: combine(row, begin, first: { $0 }, { $0 > $1 || $0.isNaN ? $1 : $0 })
    case .max: combine(row, begin, first: { $0 }, { $0 < $1 || $0.isNaN ? $1 : $0 })
    case .avg: addToMean(row, begin)
    default: addToSpread(row, begin)
    }
  }

  @inline(__always)
  private mutating func combine(
    _ row: ArraySlice<Double>, _ begin: Int, first: (Double) -> Double, _ both: (Double, Double) -> Double
  ) {
    var cell = begin
    for value in row {
      if !value.isAbsent { values[cell] = values[cell].isAbsent ? first(value) : both(values[cell], value) }
      cell += 1
    }
  }

  private mutating func addToMean(_ row: ArraySlice<Double>, _ begin: Int) {
    var cell = begin
    for value in row {
      defer { cell += 1 }
      if value.isAbsent { continue }
      counts[cell] += 1
      let count = counts[cell]
      if count == 1 {
        values[cell] = value
        continue
      }
      let mean = values[cell]
      if mean.isInfinite {
        // An infinite mean stays what it is, but for an infinity of the other sign and for NaN.
        if value.isInfinite, (mean > 0) == (value > 0) { continue }
        if value.isFinite { continue }
      }
      values[cell] += value / count - mean / count
    }
  }

  private mutating func addToSpread(_ row: ArraySlice<Double>, _ begin: Int) {
    var cell = begin
    for value in row {
      defer { cell += 1 }
      if value.isAbsent { continue }
      counts[cell] += 1
      if counts[cell] == 1 {
        means[cell] = value
        values[cell] = 0
        continue
      }
      let delta = value - means[cell]
      means[cell] += delta / counts[cell]
      values[cell] += delta * (value - means[cell])
    }
  }

  /// The outcome.
  var finished: [Double] {
    switch operation {
    case .stddev, .stdvar:
      var out = values
      for cell in out.indices where !out[cell].isAbsent {
        let variance = out[cell] / counts[cell]
        out[cell] = operation == .stddev ? variance.squareRoot() : variance
      }
      return out
    default: return values
    }
  }
}
