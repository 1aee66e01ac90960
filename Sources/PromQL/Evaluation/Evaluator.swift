/// Evaluates one question: every expression for all its steps at once, as a table of series and steps. Labels are
/// looked at once a question, and not once a step.
final class Evaluator {
  let source: any SampleSource
  let limits: QuestionLimits
  let clock: QuestionClock
  private let plan: SelectionPlan
  /// What was fetched, by its place in the plan.
  private var fetched: [Int: [SampleSeries]] = [:]
  var budget: Budget

  /// The question may end behind its last step.
  init(
    _ expression: PromQLExpression, _ steps: StepRange, endMillis: Int64, source: any SampleSource,
    limits: QuestionLimits
  ) {
    self.source = source
    self.limits = limits
    clock = QuestionClock(
      startMillis: steps.startMillis, endMillis: endMillis, subqueryStepMillis: limits.subqueryStepMillis)
    plan = SelectionPlan(expression, steps, clock: clock, limit: limits.samples)
    budget = Budget(limit: limits.samples)
  }

  /// An error if the question is to end.
  func checkInterruption() throws(QuestionError) {
    if let error = limits.interruption?() { throw error }
  }

  /// The value at all steps.
  func evaluate(_ expression: PromQLExpression, _ steps: StepRange) throws(QuestionError) -> Value {
    try checkInterruption()
    if steps.count > 1, expression.isStepInvariant {
      let single = try evaluate(expression, steps.first)
      try budget.take(rows: single.cellCount, steps: steps)
      switch single {
      case .text: return single
      case .scalar(let column): return .scalar(Array(repeating: column[0], count: steps.count))
      case .table(let table): return .table(table.broadcast(steps.count))
      }
    }
    switch expression {
    case .number(let node):
      try budget.take(steps.count)
      return .scalar(Array(repeating: node.value, count: steps.count))
    case .string(let node): return .text(node.value)
    case .parenthesised(let node): return try evaluate(node.inner, steps)
    case .selector(let node): return .table(try vector(node, steps))
    case .unary(let node): return try unary(node, steps)
    case .aggregation(let node): return .table(try settled { () throws(QuestionError) in try aggregation(node, steps) })
    case .binary(let node): return try settledValue { () throws(QuestionError) in try binary(node, steps) }
    case .call(let node): return try settledValue { () throws(QuestionError) in try call(node, steps) }
    case .range, .subquery:
      throw QuestionError(.internal, "a range vector was asked for as an instant vector")
    }
  }

  /// Evaluates what is a vector.
  func table(_ expression: PromQLExpression, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    guard case .table(let table) = try evaluate(expression, steps) else {
      throw QuestionError(.internal, "an instant vector was expected")
    }
    return table
  }

  /// Evaluates what is a scalar.
  func column(_ expression: PromQLExpression, _ steps: StepRange) throws(QuestionError) -> [Double] {
    guard case .scalar(let column) = try evaluate(expression, steps) else {
      throw QuestionError(.internal, "a scalar was expected")
    }
    return column
  }

  /// The text of an argument that is one.
  func text(_ expression: PromQLExpression) throws(QuestionError) -> String {
    guard case .string(let node) = expression.bare else { throw QuestionError(.internal, "a text was expected") }
    return node.value
  }

  // MARK: What is held in memory

  /// Of what an operation held only the outcome stays.
  private func settledValue(_ operation: () throws(QuestionError) -> Value) throws(QuestionError) -> Value {
    let before = budget.used
    let fetchedBefore = fetchedCount
    let value = try operation()
    try budget.take(value.cellCount)
    budget.release(budget.used - before - value.cellCount - (fetchedCount - fetchedBefore))
    return value
  }

  private func settled(_ operation: () throws(QuestionError) -> SeriesTable) throws(QuestionError) -> SeriesTable {
    guard case .table(let table) = try settledValue({ () throws(QuestionError) in .table(try operation()) }) else {
      throw QuestionError(.internal, "an instant vector was expected")
    }
    return table
  }

  private var fetchedCount = 0

  /// The series of a selector, which is fetched once.
  func series(_ matchers: [LabelMatcher], _ span: ClosedRange<Int64>) throws(QuestionError) -> [SampleSeries] {
    guard let place = plan.place(of: matchers, span) else {
      throw QuestionError(.internal, "a selector was not planned")
    }
    if let found = fetched[place] { return found }
    var selection = plan.selections[place]
    selection.sampleLimit = max(0, budget.limit - budget.used)
    var found = try source.select(selection)
    let count = found.reduce(0) { $0 + $1.values.count }
    try budget.take(count)
    fetchedCount += count
    for index in found.indices.dropFirst() where found[index].labels < found[index - 1].labels {
      found.sort { $0.labels < $1.labels }
      break
    }
    fetched[place] = found
    return found
  }
}
