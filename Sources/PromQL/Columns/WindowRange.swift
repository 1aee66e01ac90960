/// How windows lie to the steps.
struct WindowRange: Hashable, Sendable {
  var steps: StepRange
  var rangeMillis: Int64
  var offsetMillis: Int64

  /// Where the window of a step ends.
  @inline(__always) func end(_ step: Int) -> Int64 { steps[step] - offsetMillis }

  /// All times that a window holds.
  var spanMillis: ClosedRange<Int64> {
    let first = steps.startMillis - offsetMillis - rangeMillis
    return first...max(first, steps.endMillis - offsetMillis)
  }
}
