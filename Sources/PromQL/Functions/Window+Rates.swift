extension Window {
  /// How much a value rose, drawn out to the ends of the window where the samples come near them.
  func extrapolated(isCounter: Bool, isRate: Bool) -> Double {
    let last = count - 1
    if last < 1 { return .absent }
    var risen = values[last] - values[0]
    if isCounter {
      var before = values[0]
      for value in values.dropFirst() {
        if value < before { risen += before }
        before = value
      }
    }
    var toStart = Double(times[0] - startMillis) / 1000
    let toEnd = Double(endMillis - times[last]) / 1000
    let sampled = Double(times[last] - times[0]) / 1000
    let between = sampled / Double(last)
    if isCounter, risen > 0, values[0] >= 0 {
      // A counter was never below zero.
      toStart = min(toStart, sampled * (values[0] / risen))
    }
    let near = between * 1.1
    var drawnOut = sampled
    drawnOut += toStart < near ? toStart : between / 2
    drawnOut += toEnd < near ? toEnd : between / 2
    var factor = drawnOut / sampled
    if isRate { factor /= Double(endMillis - startMillis) / 1000 }
    return risen * factor
  }

  /// The difference of the last two samples, a second if it is a rate.
  func lastDifference(isRate: Bool) -> Double {
    let last = count - 1
    if last < 1 { return .absent }
    let isReset = isRate && values[last] < values[last - 1]
    let difference = isReset ? values[last] : values[last] - values[last - 1]
    let millis = times[last] - times[last - 1]
    if millis == 0 { return .absent }
    return isRate ? difference / (Double(millis) / 1000) : difference
  }

  var changes: Double {
    var found = 0
    var before = values[0]
    for value in values.dropFirst() {
      if value != before, !(value.isNaN && before.isNaN) { found += 1 }
      before = value
    }
    return Double(found)
  }

  var resets: Double {
    var found = 0
    var before = values[0]
    for value in values.dropFirst() {
      if value < before { found += 1 }
      before = value
    }
    return Double(found)
  }

  /// Double exponential smoothing.
  func smoothed(_ smoothing: Double, trend: Double) throws(QuestionError) -> Double {
    func complaint(_ name: String, _ letter: String, _ value: Double) -> QuestionError {
      QuestionError(
        .execution, "invalid \(name) factor. Expected: 0 < \(letter) < 1, got: \(SampleText.sixPlaces(value))")
    }
    if smoothing <= 0 || smoothing >= 1 { throw complaint("smoothing", "sf", smoothing) }
    if trend <= 0 || trend >= 1 { throw complaint("trend", "tf", trend) }
    if count < 2 { return .absent }
    var before = 0.0
    var level = values[0]
    var slope = values[1] - values[0]
    for index in 1..<count {
      if index > 1 { slope = trend * (level - before) + (1 - trend) * slope }
      let next = smoothing * values[index] + (1 - smoothing) * (level + slope)
      (before, level) = (level, next)
    }
    return level
  }
}
