extension Evaluator {
  /// Quantiles of buckets that the label `le` bounds.
  func histogramQuantile(_ node: Call, _ steps: StepRange) throws(QuestionError) -> SeriesTable {
    let quantiles = try column(node.arguments[0], steps)
    let table = try table(node.arguments[1], steps)
    var groups: [LabelKey: Int] = [:]
    var members: [(labels: Labels, rows: [(bound: Double, row: Int)])] = []
    for row in 0..<table.rowCount {
      guard let bound = Self.bound(table.labels[row]["le"]) else { continue }
      let rest = table.labels[row].dropping(["le"])
      let group = groups[LabelKey(rest)] ?? members.count
      if group == members.count {
        groups[LabelKey(rest)] = group
        members.append((rest.nameless, []))
      }
      members[group].rows.append((bound, row))
    }
    var out = SeriesTable(stepCount: steps.count)
    var buckets: [Quantile.Bucket] = []
    for group in members {
      try checkInterruption()
      let rows = group.rows.sorted { $0.bound < $1.bound }
      var column = Array(repeating: Double.absent, count: steps.count)
      for step in 0..<steps.count {
        buckets.removeAll(keepingCapacity: true)
        for (bound, row) in rows {
          let count = table.cells[table.start(of: row) + step]
          if !count.isAbsent { buckets.append(Quantile.Bucket(bound: bound, count: count)) }
        }
        if !buckets.isEmpty { column[step] = Quantile.value(quantiles[step], of: buckets) }
      }
      out.append(group.labels, column)
    }
    return try out.merged()
  }

  /// The bound that a label says; nil if it is no number.
  private static func bound(_ text: String) -> Double? {
    guard let value = Double(text) else { return nil }
    // Digits beyond what a number holds are no bound.
    let isWord = text.utf8.contains { $0 | 0x20 == UInt8(ascii: "i") }
    return value.isInfinite && !isWord ? nil : value
  }
}
