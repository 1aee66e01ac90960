/// Series whose windows are asked, without marks of their ends.
struct RangeSeries: Sendable {
  var labels: Labels
  var timesMillis: [Int64]
  var values: [Double]

  init(labels: Labels, timesMillis: [Int64], values: [Double]) {
    self.labels = labels
    self.timesMillis = timesMillis
    self.values = values
  }

  init(_ series: SampleSeries) {
    labels = series.labels
    timesMillis = series.timesMillis
    values = series.values
    // A source that breaks its word must not bring the evaluator down.
    let count = min(timesMillis.count, values.count)
    if timesMillis.count != values.count {
      timesMillis.removeSubrange(count...)
      values.removeSubrange(count...)
    }
    if values.contains(where: \.isAbsent) {
      let kept = values.indices.filter { !values[$0].isAbsent }
      timesMillis = kept.map { timesMillis[$0] }
      values = kept.map { values[$0] }
    }
  }

  /// Only the samples of these times.
  func within(_ span: ClosedRange<Int64>) -> RangeSeries {
    let first = timesMillis.firstIndex { $0 >= span.lowerBound } ?? timesMillis.count
    let end = timesMillis[first...].firstIndex { $0 > span.upperBound } ?? timesMillis.count
    return RangeSeries(
      labels: labels, timesMillis: Array(timesMillis[first..<end]), values: Array(values[first..<end]))
  }

  /// The outcome of a subquery.
  init(_ table: SeriesTable, row: Int, steps: StepRange) {
    labels = table.labels[row]
    timesMillis = []
    values = []
    for (step, value) in table.row(row).enumerated() where !value.isAbsent {
      timesMillis.append(steps[step])
      values.append(value)
    }
  }
}
