import Telemetry

/// Takes the numbers of one field of a part, device after device or series after series.
protocol SeriesSink {
  /// What comes next is of this device.
  mutating func begin(device: String)
  /// What comes next is of this series.
  mutating func begin(device: String, tags: [SeriesKey.Tag])
  /// Takes rows whose times mostly ascend. A value that is NaN is none.
  ///
  /// - Parameters:
  ///   - rows: which of `times` and `values`.
  ///   - times: in units of `unitNanos`.
  mutating func add(rows: Range<Int>, times: [Int64], unitNanos: Int64, values: FieldNumbers)
}
