/// The line that lies nearest to the samples of a window.
struct LinearRegression {
  /// A second.
  let slope: Double
  /// At the time that was asked.
  let intercept: Double

  init(_ window: Window, at millis: Int64) {
    var (sumX, sumY, sumXY, sumXX) = (CompensatedSum(), CompensatedSum(), CompensatedSum(), CompensatedSum())
    var isConstant = true
    for (time, value) in zip(window.times, window.values) {
      if value != window.values[0] { isConstant = false }
      let x = Double(time - millis) / 1000
      sumX.add(x)
      sumY.add(value)
      sumXY.add(x * value)
      sumXX.add(x * x)
    }
    if isConstant {
      let isInfinite = window.values[0].isInfinite
      slope = isInfinite ? .nan : 0
      intercept = isInfinite ? .nan : window.values[0]
      return
    }
    let count = Double(window.count)
    let covariance = sumXY.total - sumX.total * sumY.total / count
    let variance = sumXX.total - sumX.total * sumX.total / count
    slope = covariance / variance
    intercept = sumY.total / count - slope * sumX.total / count
  }
}
