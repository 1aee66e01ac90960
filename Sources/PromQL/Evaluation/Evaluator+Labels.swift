extension Evaluator {
  func labelReplace(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    let table = try table(node.arguments[0], steps)
    let target = try text(node.arguments[1])
    let template = try text(node.arguments[2])
    let origin = try text(node.arguments[3])
    let expression = try text(node.arguments[4])
    if steps.count == 0 { return table }
    let pattern: Pattern
    do {
      pattern = try Pattern(expression)
    } catch {
      throw QuestionError(.execution, "invalid regular expression in label_replace(): \(expression)")
    }
    if !Label.isName(target) {
      throw QuestionError(.execution, "invalid destination label name in label_replace(): \(target)")
    }
    var out = SeriesTable(stepCount: steps.count)
    for row in 0..<table.rowCount {
      if row & 255 == 255 { try checkInterruption() }
      let labels = table.labels[row]
      let replaced = pattern.expanded(template, for: labels[origin])
      out.append(replaced.map { labels.setting(target, $0) } ?? labels, table.row(row))
    }
    return try out.merged()
  }

  func labelJoin(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    let table = try table(node.arguments[0], steps)
    let target = try text(node.arguments[1])
    let separator = try text(node.arguments[2])
    var origins: [String] = []
    for argument in node.arguments.dropFirst(3) {
      let origin = try text(argument)
      if !Label.isName(origin) {
        throw QuestionError(.execution, "invalid source label name in label_join(): \(origin)")
      }
      origins.append(origin)
    }
    if !Label.isName(target) {
      throw QuestionError(.execution, "invalid destination label name in label_join(): \(target)")
    }
    var out = SeriesTable(stepCount: steps.count)
    for row in 0..<table.rowCount {
      let labels = table.labels[row]
      let joined = origins.map { labels[$0] }.joined(separator: separator)
      out.append(labels.setting(target, joined), table.row(row))
    }
    return try out.merged()
  }
}
