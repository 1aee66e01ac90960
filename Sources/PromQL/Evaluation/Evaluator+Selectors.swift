extension Evaluator {
  /// The newest sample before each step, if it is not too old.
  func vector(_ node: VectorSelector, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    try samples(node, steps) { $1 }
  }

  /// What `pick` makes of the newest sample before each step: of its time and its value.
  func samples(
    _ node: VectorSelector, _ steps: StepRange, _ pick: (Int64, Double) -> Double
  ) throws(QuestionError) -> SeriesTable {
    var table = SeriesTable(stepCount: steps.count)
    if steps.count == 0 { return table }
    let offset = clock.offset(node, steps)
    let found = try series(node.matchers, SelectionPlan.span(steps, offsetMillis: offset))
    try budget.take(rows: found.count, steps: steps)
    table.cells.reserveCapacity(found.count * steps.count)
    var row = Array(repeating: Double.absent, count: steps.count)
    for (number, series) in found.enumerated() {
      if number & 255 == 255 { try checkInterruption() }
      let count = min(series.timesMillis.count, series.values.count)
      var next = 0
      for step in 0..<steps.count {
        let time = steps[step] - offset
        while next < count, series.timesMillis[next] <= time { next += 1 }
        row[step] = .absent
        if next == 0 || series.timesMillis[next - 1] < time - series.lookbackMillis { continue }
        let value = series.values[next - 1]
        if !value.isAbsent { row[step] = pick(series.timesMillis[next - 1], value) }
      }
      table.append(series.labels, row)
    }
    return table
  }

  /// The series whose windows a range selector or a subquery asks, and how the windows lie.
  func ranges(
    _ expression: PromQLExpression, _ steps: StepRange
  ) throws(QuestionError) -> (series: [RangeSeries], windows: WindowRange) {
    switch expression {
    case .range(let node):
      let windows = clock.windows(node, steps)
      if steps.count == 0 { return ([], windows) }
      let span = clock.span(node, steps)
      let found = try series(node.selector.matchers, span).map { RangeSeries($0) }
      let isTrimmed = node.selector.reference != nil && steps.count > 1
      return (isTrimmed ? found.map { $0.within(span) } : found, windows)
    case .subquery(let node):
      let inner = clock.innerSteps(node, steps)
      // Each step costs even where there are no series.
      if inner.count > budget.limit - budget.used { throw .tooManySamples }
      let table = try table(node.inner, inner)
      var found: [RangeSeries] = []
      found.reserveCapacity(table.rowCount)
      for row in 0..<table.rowCount { found.append(RangeSeries(table, row: row, steps: inner)) }
      return (found, clock.windows(node, steps))
    default: throw QuestionError(.internal, "a range vector was expected")
    }
  }

  /// A range vector as the answer to a question for one time.
  func matrix(_ expression: PromQLExpression, _ steps: StepRange) throws(QuestionError) -> [MatrixSeries] {
    let (series, windows) = try ranges(expression, steps)
    var out: [MatrixSeries] = []
    for found in series {
      if case .subquery = expression {
        out.append(MatrixSeries(labels: found.labels, timesMillis: found.timesMillis, values: found.values))
        continue
      }
      try found.forEachWindow(windows) { window in
        out.append(
          MatrixSeries(labels: found.labels, timesMillis: Array(window.times), values: Array(window.values)))
      }
    }
    return out
  }

  /// `-x`: the same values with the other sign, which are another metric.
  func unary(_ node: UnaryOperation, _ steps: StepRange) throws(QuestionError) -> Value {
    let value = try evaluate(node.operand, steps)
    if !node.isNegative { return value }
    switch value {
    case .text: return value
    case .scalar(let column): return .scalar(column.map { -$0 })
    case .table(let table):
      var out = SeriesTable(stepCount: steps.count)
      for row in 0..<table.rowCount {
        out.append(table.labels[row].nameless, mapping: table.row(row)) { -$1 }
      }
      try out.requireApart()
      return .table(out)
    }
  }
}
