extension Window {
  var sum: Double {
    var sum = CompensatedSum()
    for value in values { sum.add(value) }
    return sum.sum.isInfinite ? sum.sum : sum.total
  }

  var mean: Double {
    var mean = CompensatedSum()
    var count = 0.0
    for value in values {
      count += 1
      if mean.sum.isInfinite {
        // An infinite mean stays what it is, but for an infinity of the other sign and for NaN.
        if value.isInfinite, (mean.sum > 0) == (value > 0) { continue }
        if value.isFinite { continue }
      }
      mean.add(value / count - mean.sum / count)
    }
    return mean.sum.isInfinite ? mean.sum : mean.total
  }

  var variance: Double {
    var mean = CompensatedSum()
    var squares = CompensatedSum()
    var count = 0.0
    for value in values {
      count += 1
      let delta = value - mean.total
      mean.add(delta / count)
      squares.add(delta * (value - mean.total))
    }
    return squares.total / count
  }

  /// The value before which no other comes; NaN only if there is nothing else.
  func extreme(_ precedes: (Double, Double) -> Bool) -> Double {
    var found = values[0]
    for value in values where precedes(value, found) || found.isNaN { found = value }
    return found
  }
}
