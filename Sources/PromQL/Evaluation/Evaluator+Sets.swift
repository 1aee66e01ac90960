extension Evaluator {
  /// `and`, `or`, `unless`: which series stay depends on whether the other side has one of the same labels.
  func set(_ node: BinaryOperation, _ left: SeriesTable, _ right: SeriesTable) throws(QuestionError) -> SeriesTable {
    let isOr = node.operation == .or
    // Of `or` the left side decides, else the right one.
    let deciding = isOr ? left : right
    let names = node.matching.labels
    let isOn = node.matching.isOn
    let steps = left.stepCount
    var known: [LabelKey: Int] = [:]
    var isThere: [Bool] = []
    for row in 0..<deciding.rowCount {
      let key = LabelKey(deciding.labels[row], on: names, isOn: isOn)
      let group = known[key] ?? known.count
      if known.updateValue(group, forKey: key) == nil {
        try budget.take(steps)
        isThere += repeatElement(false, count: steps)
      }
      for (step, value) in deciding.row(row).enumerated() where !value.isAbsent {
        isThere[group * steps + step] = true
      }
    }
    var out = isOr ? left : SeriesTable(stepCount: steps)
    let filtered = isOr ? right : left
    let wanted = node.operation == .and
    for row in 0..<filtered.rowCount {
      let group = known[LabelKey(filtered.labels[row], on: names, isOn: isOn)]
      if group == nil, wanted { continue }
      out.append(filtered.labels[row], mapping: filtered.row(row)) { step, value in
        let found = group.map { isThere[$0 * steps + step] } ?? false
        return found == wanted ? value : .absent
      }
    }
    return isOr ? try out.merged() : out
  }
}
