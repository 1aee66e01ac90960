/// The samples of one window, where they stand in their columns.
struct Window {
  let times: UnsafeBufferPointer<Int64>
  let values: UnsafeBufferPointer<Double>
  /// Both ends of the window are in it.
  let startMillis: Int64
  let endMillis: Int64
  /// The step for which it is asked.
  let step: Int
  let stepMillis: Int64

  var count: Int { values.count }
}

extension RangeSeries {
  /// Calls `body` with each window that is not empty. Both ends slide: no sample is looked for twice.
  func forEachWindow(
    _ range: WindowRange, _ body: (Window) throws(QuestionError) -> Void
  ) throws(QuestionError) {
    var failure: QuestionError?
    timesMillis.withUnsafeBufferPointer { times in
      values.withUnsafeBufferPointer { values in
        do throws(QuestionError) {
          var low = 0
          var high = 0
          for step in 0..<range.steps.count {
            let end = range.end(step)
            let begin = end - range.rangeMillis
            while high < times.count, times[high] <= end { high += 1 }
            while low < high, times[low] < begin { low += 1 }
            if low == high { continue }
            try body(
              Window(
                times: UnsafeBufferPointer(rebasing: times[low..<high]),
                values: UnsafeBufferPointer(rebasing: values[low..<high]), startMillis: begin, endMillis: end,
                step: step, stepMillis: range.steps[step]))
          }
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
  }
}
