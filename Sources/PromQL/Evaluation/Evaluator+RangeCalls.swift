extension Evaluator {
  /// A function of windows at all steps.
  func rangeCall(_ function: RangeFunction, _ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    var parameters: [[Double]] = []
    var argument: PromQLExpression?
    for given in node.arguments {
      if given.type == .matrix { argument = given.bare } else { parameters.append(try column(given, steps)) }
    }
    guard let argument else { throw QuestionError(.internal, "a range vector was expected") }
    if parameters.isEmpty, function != .absent, let known = try answered(function, argument, steps) { return known }
    let (series, windows) = try ranges(argument, steps)
    if function == .absent { return try absentOverTime(series, windows, argument) }
    var out = SeriesTable(stepCount: steps.count)
    try budget.take(rows: series.count, steps: steps)
    out.cells.reserveCapacity(series.count * steps.count)
    var row = Array(repeating: Double.absent, count: steps.count)
    var given = Array(repeating: 0.0, count: parameters.count)
    for (number, one) in series.enumerated() {
      if number & 63 == 63 { try checkInterruption() }
      for step in row.indices { row[step] = .absent }
      try one.forEachWindow(windows) { (window: Window) throws(QuestionError) in
        for index in given.indices { given[index] = parameters[index][window.step] }
        row[window.step] = try function.value(window, given)
      }
      out.append(function.keepsName ? one.labels : one.labels.nameless, row)
    }
    try out.requireApart()
    return out
  }

  /// What the source knows of itself.
  private func answered(
    _ function: RangeFunction, _ argument: PromQLExpression, _ steps: StepRange
  ) throws(QuestionError) -> SeriesTable? {
    guard steps.count > 0, case .range(let node) = argument else { return nil }
    if node.selector.reference != nil, steps.count > 1 { return nil }
    let windows = clock.windows(node, steps)
    let asked = WindowSelection(
      matchers: node.selector.matchers, function: function.rawValue, rangeMillis: node.rangeMillis,
      firstEndMillis: windows.end(0), stepMillis: steps.stepMillis, stepCount: steps.count)
    guard let found = try source.answer(asked) else { return nil }
    try budget.take(rows: found.count, steps: steps)
    var out = SeriesTable(stepCount: steps.count)
    for one in found.sorted(by: { $0.labels < $1.labels }) where one.values.count == steps.count {
      out.append(function.keepsName ? one.labels : one.labels.nameless, one.values)
    }
    try out.requireApart()
    return out
  }

  private func absentOverTime(
    _ series: [RangeSeries], _ windows: WindowRange, _ argument: PromQLExpression
  ) throws(QuestionError) -> SeriesTable {
    var column = Array(repeating: 1.0, count: windows.steps.count)
    for one in series {
      try one.forEachWindow(windows) { window in column[window.step] = .absent }
    }
    var out = SeriesTable(stepCount: windows.steps.count)
    out.append(labelsOfAbsence(argument), column)
    return out
  }
}
