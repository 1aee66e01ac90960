/// What a range function is asked of stored series: a window a step.
public struct WindowSelection: Sendable {
  /// All of them must be fulfilled.
  public var matchers: [LabelMatcher]
  /// `sum_over_time`, `increase` …: a function of one range and nothing else.
  public var function: String
  public var rangeMillis: Int64
  /// Where the windows end; both of their ends are in them.
  public var firstEndMillis: Int64
  public var stepMillis: Int64
  public var stepCount: Int
}

/// What a range function says of one series, a value a step. `SampleSeries.staleMarker` stands where it says nothing.
public struct WindowSeries: Sendable {
  /// With the metric's name.
  public var labels: Labels
  public var values: [Double]

  public init(labels: Labels, values: [Double]) {
    self.labels = labels
    self.values = values
  }
}
