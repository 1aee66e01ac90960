extension Evaluator {
  /// A function's value.
  func call(_ node: Call, _ steps: StepRange) throws(QuestionError) -> Value {
    let name = node.function.name
    if let function = RangeFunction(rawValue: name) { return .table(try rangeCall(function, node, steps)) }
    if let compute = ValueMaths.function(name) { return .table(try mapped(node, steps) { compute($1) }) }
    if let compute = CivilTime.function(name) { return .table(try civil(node, steps, compute)) }
    switch name {
    case "time":
      try budget.take(steps.count)
      return .scalar((0..<steps.count).map { Double(steps[$0]) / 1000 })
    case "pi":
      try budget.take(steps.count)
      return .scalar(Array(repeating: .pi, count: steps.count))
    case "scalar": return .scalar(single(try table(node.arguments[0], steps), steps))
    case "vector":
      var out = SeriesTable(stepCount: steps.count)
      out.append(Labels(), try column(node.arguments[0], steps))
      return .table(out)
    case "timestamp": return .table(try timestamp(node, steps))
    case "absent": return .table(try absent(node, steps))
    case "sort", "sort_desc": return .table(try sorted(node, steps, isFalling: name == "sort_desc"))
    case "clamp", "clamp_min", "clamp_max", "round": return .table(try limited(node, steps))
    case "label_replace": return .table(try labelReplace(node, steps))
    case "label_join": return .table(try labelJoin(node, steps))
    case "histogram_quantile": return .table(try histogramQuantile(node, steps))
    case "histogram_count", "histogram_sum", "histogram_fraction":
      // Of native histograms, of which there are none: nothing is known of plain numbers.
      _ = try table(node.arguments[node.arguments.count - 1], steps)
      return .table(SeriesTable(stepCount: steps.count))
    default: throw QuestionError(.internal, "unknown function \(name.quoted)")
    }
  }

  /// The first argument with other values, which are no longer that metric.
  private func mapped(
    _ node: Call, _ steps: StepRange, _ compute: (Int, Double) -> Double
  ) throws(QuestionError) -> SeriesTable {
    let table = try table(node.arguments[0], steps)
    var out = SeriesTable(stepCount: steps.count)
    out.cells.reserveCapacity(table.cells.count)
    for row in 0..<table.rowCount {
      out.append(table.labels[row].nameless, mapping: table.row(row), compute)
    }
    return try out.merged()
  }

  private func civil(
    _ node: Call, _ steps: StepRange, _ compute: (CivilTime) -> Double
  ) throws(QuestionError) -> SeriesTable {
    if !node.arguments.isEmpty { return try mapped(node, steps) { compute(CivilTime($1)) } }
    var out = SeriesTable(stepCount: steps.count)
    out.append(Labels(), (0..<steps.count).map { compute(CivilTime(seconds: steps[$0] / 1000)) })
    return out
  }

  /// The value of the only series; NaN if there is none or more than one.
  private func single(_ table: SeriesTable, _ steps: StepRange) -> [Double] {
    var column = Array(repeating: Double.absent, count: steps.count)
    var counts = Array(repeating: 0, count: steps.count)
    for row in 0..<table.rowCount {
      for (step, value) in table.row(row).enumerated() where !value.isAbsent {
        counts[step] += 1
        column[step] = value
      }
    }
    return column.indices.map { counts[$0] == 1 ? column[$0] : .nan }
  }

  /// Of a selector the times of its samples, else those of the steps.
  private func timestamp(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    guard case .selector(let selector) = node.arguments[0].bare else {
      return try mapped(node, steps) { step, _ in Double(steps[step]) / 1000 }
    }
    let isInvariant = selector.reference != nil
    var found = try samples(selector, isInvariant ? steps.first : steps) { time, _ in Double(time) / 1000 }
    if isInvariant {
      try budget.take(rows: found.rowCount, steps: steps)
      found = found.broadcast(steps.count)
    }
    var out = SeriesTable(stepCount: steps.count)
    for row in 0..<found.rowCount { out.append(found.labels[row].nameless, found.row(row)) }
    return try out.merged()
  }

  private func absent(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    let table = try table(node.arguments[0], steps)
    var column = Array(repeating: 1.0, count: steps.count)
    for row in 0..<table.rowCount {
      for (step, value) in table.row(row).enumerated() where !value.isAbsent { column[step] = .absent }
    }
    var out = SeriesTable(stepCount: steps.count)
    out.append(labelsOfAbsence(node.arguments[0].bare), column)
    return out
  }

  /// What a selector demands exactly: the labels of the series that is not there.
  func labelsOfAbsence(_ expression: PromQLExpression) -> Labels {
    let matchers: [LabelMatcher]
    switch expression {
    case .selector(let node): matchers = node.matchers
    case .range(let node): matchers = node.selector.matchers
    default: return Labels()
    }
    var out = Labels()
    var seen: Set<String> = []
    for matcher in matchers where matcher.name != Label.nameOfMetrics {
      let isFirst = matcher.kind == .equal && seen.insert(matcher.name).inserted
      out = out.setting(matcher.name, isFirst ? matcher.value : "")
    }
    return out
  }

  /// An order has a meaning for a single step alone.
  private func sorted(_ node: Call, _ steps: StepRange, isFalling: Bool) throws(QuestionError) -> SeriesTable {
    let table = try table(node.arguments[0], steps)
    if steps.count != 1 { return table }
    let precedes = isFalling ? Ordering.fallingNaNLast : Ordering.risingNaNLast
    return table.ordered((0..<table.rowCount).sorted { precedes(table.cells[$0], table.cells[$1]) })
  }

  private func limited(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    let name = node.function.name
    let first = node.arguments.count > 1 ? try column(node.arguments[1], steps) : []
    let second = node.arguments.count > 2 ? try column(node.arguments[2], steps) : []
    return try mapped(node, steps) { step, value in
      switch name {
      case "clamp_min": return Ordering.larger(first[step], value)
      case "clamp_max": return Ordering.smaller(first[step], value)
      case "clamp":
        if second[step] < first[step] { return .absent }
        return Ordering.larger(first[step], Ordering.smaller(second[step], value))
      default:
        // Halves go up; the inverse loses less.
        let inverse = 1 / (first.isEmpty ? 1 : first[step])
        return (value * inverse + 0.5).rounded(.down) / inverse
      }
    }
  }
}
