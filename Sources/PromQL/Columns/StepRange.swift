/// The times for which an expression is evaluated.
struct StepRange: Hashable, Sendable {
  var startMillis: Int64
  var stepMillis: Int64
  var count: Int

  @inline(__always) subscript(index: Int) -> Int64 { startMillis + Int64(index) * stepMillis }

  var endMillis: Int64 { count == 0 ? startMillis : self[count - 1] }

  /// Only the first.
  var first: StepRange { StepRange(startMillis: startMillis, stepMillis: stepMillis, count: min(count, 1)) }

  /// How much earlier the data of each step are, where `@` may stand before `offset`.
  func offset(_ offsetMillis: Int64, at millis: Int64?) -> Int64 {
    millis.map { offsetMillis + startMillis - $0 } ?? offsetMillis
  }

  /// The steps of a subquery: multiples of its own step.
  func inner(rangeMillis: Int64, offsetMillis: Int64, stepMillis step: Int64) -> StepRange {
    let begin = startMillis - offsetMillis - rangeMillis
    var first = step * (begin / step)
    if first < begin { first += step }
    let last = endMillis - offsetMillis
    let isEmpty = count == 0 || last < first
    return StepRange(startMillis: first, stepMillis: step, count: isEmpty ? 0 : Int((last - first) / step) + 1)
  }
}
