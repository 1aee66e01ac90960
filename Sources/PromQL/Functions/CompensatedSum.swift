/// A sum with what its roundings lost (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
/// Summen"), as Prometheus sums up windows.
struct CompensatedSum {
  var sum = 0.0
  private(set) var lost = 0.0

  @inline(__always) mutating func add(_ value: Double) {
    let total = sum + value
    if sum.magnitude >= value.magnitude {
      lost += (sum - total) + value
    } else {
      lost += (value - total) + sum
    }
    sum = total
  }

  var total: Double { sum + lost }
}
