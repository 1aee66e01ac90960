/// The samples of one series, as columns.
public struct SampleSeries: Sendable {
  public var labels: Labels
  /// Milliseconds since 1970, rising.
  public var timesMillis: [Int64]
  /// A value a time. `staleMarker` says that the series ended there.
  public var values: [Double]
  /// For how long a sample stands for the series where an instant is asked.
  public var lookbackMillis: Int64

  public init(
    labels: Labels, timesMillis: [Int64], values: [Double], lookbackMillis: Int64 = Selection.usualLookbackMillis
  ) {
    self.labels = labels
    self.timesMillis = timesMillis
    self.values = values
    self.lookbackMillis = lookbackMillis
  }

  /// The value that Prometheus writes where a series ends.
  public static var staleMarker: Double { .absent }
}
