extension Evaluator {
  /// Rows of a table by the group that they belong to.
  struct Groups {
    /// The group of each row.
    var ofRow: [Int] = []
    /// Labels of each group.
    var labels: [Labels] = []

    init(_ table: SeriesTable, _ names: [String], isWithout: Bool) {
      var known: [LabelKey: Int] = [:]
      ofRow.reserveCapacity(table.rowCount)
      let dropped = names + [Label.nameOfMetrics]
      for labels in table.labels {
        let key = LabelKey(labels, on: names, isOn: !isWithout)
        if let group = known[key] {
          ofRow.append(group)
          continue
        }
        known[key] = self.labels.count
        ofRow.append(self.labels.count)
        self.labels.append(isWithout ? labels.dropping(dropped) : labels.keeping(names))
      }
    }

    var count: Int { labels.count }

    /// The rows of each group.
    var members: [[Int]] {
      var out = Array(repeating: [Int](), count: count)
      for (row, group) in ofRow.enumerated() { out[group].append(row) }
      return out
    }
  }

  func aggregation(_ node: Aggregation, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    var parameters: [Double] = []
    if let parameter = node.parameter, node.operation != .countValues { parameters = try column(parameter, steps) }
    let table = try table(node.operand, steps)
    if node.operation == .countValues { return try countValues(node, table, steps) }
    let groups = Groups(table, node.labels, isWithout: node.isWithout)
    switch node.operation {
    case .topk, .bottomk: return try extremes(node, table, groups, parameters)
    case .quantile: return try quantiles(table, groups, parameters)
    default: break
    }
    try budget.take(rows: groups.count, steps: steps)
    var columns = GroupColumns(node.operation, count: groups.count * steps.count)
    for row in 0..<table.rowCount {
      if row & 1023 == 1023 { try checkInterruption() }
      columns.add(table.row(row), at: groups.ofRow[row] * steps.count)
    }
    let cells = columns.finished
    var out = SeriesTable(stepCount: steps.count)
    for group in 0..<groups.count {
      out.append(groups.labels[group], cells[group * steps.count..<(group + 1) * steps.count])
    }
    return out
  }

  private func quantiles(
    _ table: SeriesTable, _ groups: Groups, _ parameters: [Double]
  ) throws(QuestionError) -> SeriesTable {
    var out = SeriesTable(stepCount: table.stepCount)
    var values: [Double] = []
    for (group, rows) in groups.members.enumerated() {
      try checkInterruption()
      var column = Array(repeating: Double.absent, count: table.stepCount)
      for step in column.indices {
        values.removeAll(keepingCapacity: true)
        for row in rows {
          let value = table.cells[table.start(of: row) + step]
          if !value.isAbsent { values.append(value) }
        }
        if !values.isEmpty { column[step] = Quantile.value(parameters[step], of: values) }
      }
      out.append(groups.labels[group], column)
    }
    return out
  }

  /// How many series have a value, a series a value.
  private func countValues(
    _ node: Aggregation, _ table: SeriesTable, _ steps: StepRange
  ) throws(QuestionError) -> SeriesTable {
    struct Place: Hashable {
      var group: Int
      var bits: UInt64
    }
    guard let parameter = node.parameter else { throw QuestionError(.internal, "a text was expected") }
    let name = try text(parameter)
    if !Label.isName(name), steps.count > 0 { throw QuestionError(.execution, "invalid label name \(name.quoted)") }
    let isDropped = node.isWithout && node.labels.contains(name)
    let names = node.isWithout ? node.labels + [name] : node.labels.filter { $0 != name }
    let groups = Groups(table, names, isWithout: node.isWithout)
    var places: [Place: Int] = [:]
    var labels: [Labels] = []
    var cells: [Double] = []
    for row in 0..<table.rowCount {
      if row & 255 == 255 { try checkInterruption() }
      let group = groups.ofRow[row]
      for (step, value) in table.row(row).enumerated() where !value.isAbsent {
        let bits = isDropped ? 0 : value.isNaN ? Double.nan.bitPattern : value.bitPattern
        var place = places[Place(group: group, bits: bits)] ?? -1
        if place < 0 {
          place = labels.count
          places[Place(group: group, bits: bits)] = place
          let text = isDropped ? "" : SampleText.plain(value)
          labels.append(groups.labels[group].setting(name, text))
          try budget.take(steps.count)
          cells += repeatElement(.absent, count: steps.count)
        }
        let cell = place * steps.count + step
        cells[cell] = cells[cell].isAbsent ? 1 : cells[cell] + 1
      }
    }
    var out = SeriesTable(stepCount: steps.count)
    for place in labels.indices {
      out.append(labels[place], cells[place * steps.count..<(place + 1) * steps.count])
    }
    return out
  }
}
