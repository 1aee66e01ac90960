/// Which times the parts of a question look at. The plan of what is fetched and the evaluator both ask it, so that
/// they cannot differ.
struct QuestionClock: Sendable {
  /// Of the question, for `@ start()` and `@ end()`.
  let startMillis: Int64
  let endMillis: Int64
  let subqueryStepMillis: Int64

  private func millis(_ reference: TimeReference?) -> Int64? {
    switch reference {
    case nil: nil
    case .at(let millis): millis
    case .start: startMillis
    case .end: endMillis
    }
  }

  /// How much earlier a selector's data are than the steps.
  func offset(_ selector: VectorSelector, _ steps: StepRange) -> Int64 {
    steps.offset(selector.offsetMillis, at: millis(selector.reference))
  }

  /// The times of which a range selector sees the samples. Behind `@` they are those of the first step, even where the
  /// windows go on with the steps: so Prometheus 2.42 answers `predict_linear(x[5m] @ 0, 60)` over a range.
  func span(_ node: RangeSelector, _ steps: StepRange) -> ClosedRange<Int64> {
    windows(node, node.selector.reference == nil ? steps : steps.first).spanMillis
  }

  func windows(_ node: RangeSelector, _ steps: StepRange) -> WindowRange {
    WindowRange(steps: steps, rangeMillis: node.rangeMillis, offsetMillis: offset(node.selector, steps))
  }

  func windows(_ node: Subquery, _ steps: StepRange) -> WindowRange {
    WindowRange(
      steps: steps, rangeMillis: node.rangeMillis,
      offsetMillis: steps.offset(node.offsetMillis, at: millis(node.reference)))
  }

  /// The steps for which a subquery evaluates what is inside.
  func innerSteps(_ node: Subquery, _ steps: StepRange) -> StepRange {
    let steps = node.reference == nil ? steps : steps.first
    let windows = windows(node, steps)
    let step = node.stepMillis == 0 ? subqueryStepMillis : node.stepMillis
    return steps.inner(rangeMillis: node.rangeMillis, offsetMillis: windows.offsetMillis, stepMillis: step)
  }
}
