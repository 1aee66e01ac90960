import Rollups

/// The sums of many buckets: whole numbers of one scale as long as 64 bits hold them, which is what most fields are.
struct BucketSums: Sendable {
  /// Each sum times 10^`scale`; empty where they are kept as they are.
  private(set) var scaled: [Int64] = []
  private(set) var scale = 0
  /// Each sum, once one of them is no such number.
  private(set) var exact: [ExactSum] = []

  mutating func append(_ sum: ExactSum) {
    if !exact.isEmpty {
      exact.append(sum)
    } else if let mantissa = sum.mantissa(scale: scale) {
      scaled.append(mantissa)
    } else if let finer = (scale...ExactSum.places).first(where: { sum.mantissa(scale: $0) != nil }),
      rescale(to: finer),
      let mantissa = sum.mantissa(scale: finer)
    {
      scaled.append(mantissa)
    } else {
      exact = scaled.map { mantissa in
        var sum = ExactSum()
        sum.add(mantissa: mantissa, scale: scale)
        return sum
      }
      exact.append(sum)
      scaled = []
    }
  }

  /// False if 64 bits do not hold what is there with so many places.
  private mutating func rescale(to finer: Int) -> Bool {
    var factor: Int64 = 1
    for _ in scale..<finer { factor *= 10 }
    let isHeld = scaled.allSatisfy { !$0.multipliedReportingOverflow(by: factor).overflow }
    if !isHeld { return false }
    for index in scaled.indices { scaled[index] *= factor }
    scale = finer
    return true
  }

  /// The sum of a row.
  subscript(row: Int) -> ExactSum {
    if !exact.isEmpty { return exact[row] }
    var sum = ExactSum()
    sum.add(mantissa: scaled[row], scale: scale)
    return sum
  }
}
