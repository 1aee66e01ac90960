extension Evaluator {
  /// `topk` and `bottomk`: the series themselves, where they are among the best of their group.
  func extremes(
    _ node: Aggregation, _ table: SeriesTable, _ groups: Groups, _ parameters: [Double]
  ) throws(QuestionError) -> SeriesTable {
    let isLargest = node.operation == .topk
    try budget.take(table.cells.count)
    var cells = Array(repeating: Double.absent, count: table.cells.count)
    let members = groups.members
    var order: [Int] = []
    for step in 0..<table.stepCount {
      if step & 63 == 63 { try checkInterruption() }
      let wanted = parameters[step]
      if !(wanted >= -0x1p63 && wanted <= 0x1p63) {
        throw QuestionError(.execution, "Scalar value \(SampleText.literal(wanted)) overflows int64")
      }
      let room = wanted < 1 ? 0 : Int(min(wanted, Double(table.rowCount)))
      if room == 0 { continue }
      for rows in members {
        var heap = ExtremeHeap(room: room, isLargest: isLargest)
        for row in rows {
          let value = table.cells[table.start(of: row) + step]
          if !value.isAbsent { heap.offer(value, row: row) }
        }
        for (value, row) in heap.entries { cells[table.start(of: row) + step] = value }
        if table.stepCount == 1 { order += heap.ordered.map(\.row) }
      }
    }
    var out = SeriesTable(stepCount: table.stepCount)
    for row in table.stepCount == 1 ? order : Array(0..<table.rowCount) {
      out.append(table.labels[row], cells[table.start(of: row)..<table.start(of: row + 1)])
    }
    return out
  }
}
