import RealModule

/// A function of the samples of a window.
enum RangeFunction: String, Sendable, CaseIterable {
  case rate, increase, delta, irate, idelta, deriv, changes, resets
  case predictLinear = "predict_linear"
  case holtWinters = "holt_winters"
  case sum = "sum_over_time"
  case avg = "avg_over_time"
  case min = "min_over_time"
  case max = "max_over_time"
  case count = "count_over_time"
  case last = "last_over_time"
  case present = "present_over_time"
  case absent = "absent_over_time"
  case quantile = "quantile_over_time"
  case stddev = "stddev_over_time"
  case stdvar = "stdvar_over_time"

  /// Whether the outcome is still the metric that it was computed from.
  var keepsName: Bool { self == .last }

  /// What it says of a window that is not empty; absent if nothing.
  func value(_ window: Window, _ parameters: [Double]) throws(QuestionError) -> Double {
    switch self {
    case .rate: return window.extrapolated(isCounter: true, isRate: true)
    case .increase: return window.extrapolated(isCounter: true, isRate: false)
    case .delta: return window.extrapolated(isCounter: false, isRate: false)
    case .irate: return window.lastDifference(isRate: true)
    case .idelta: return window.lastDifference(isRate: false)
    case .deriv: return window.count < 2 ? .absent : LinearRegression(window, at: window.times[0]).slope
    case .predictLinear:
      if window.count < 2 { return .absent }
      let line = LinearRegression(window, at: window.stepMillis)
      return line.slope * parameters[0] + line.intercept
    case .holtWinters: return try window.smoothed(parameters[0], trend: parameters[1])
    case .changes: return window.changes
    case .resets: return window.resets
    case .sum: return window.sum
    case .avg: return window.mean
    case .min: return window.extreme { $0 < $1 }
    case .max: return window.extreme { $0 > $1 }
    case .count: return Double(window.count)
    case .last: return window.values[window.count - 1]
    case .present, .absent: return 1
    case .quantile: return Quantile.value(parameters[0], of: Array(window.values))
    case .stddev: return window.variance.squareRoot()
    case .stdvar: return window.variance
    }
  }
}
