extension Evaluator {
  /// An operator between two values.
  func binary(_ node: BinaryOperation, _ steps: StepRange) throws(QuestionError) -> Value {
    let left = try evaluate(node.left, steps)
    let right = try evaluate(node.right, steps)
    switch (left, right) {
    case (.scalar(let a), .scalar(let b)):
      return .scalar(a.indices.map { node.operation.value(a[$0], b[$0]) })
    case (.table(let table), .scalar(let column)):
      return .table(try withScalar(node, table, column, isSwapped: false))
    case (.scalar(let column), .table(let table)):
      return .table(try withScalar(node, table, column, isSwapped: true))
    case (.table(let a), .table(let b)):
      if node.operation.isSetOperator { return .table(try set(node, a, b)) }
      var match = VectorMatch(node, a, b)
      return .table(try match.evaluate(&budget, interruption: limits.interruption))
    default: throw QuestionError(.internal, "numbers were expected")
    }
  }

  private func withScalar(
    _ node: BinaryOperation, _ table: SeriesTable, _ column: [Double], isSwapped: Bool
  ) throws(QuestionError) -> SeriesTable {
    let operation = node.operation
    let dropsName = operation.dropsName || node.returnsBool
    let isFilter = operation.isComparison && !node.returnsBool
    var out = SeriesTable(stepCount: table.stepCount)
    out.cells.reserveCapacity(table.cells.count)
    for row in 0..<table.rowCount {
      let labels = dropsName ? table.labels[row].nameless : table.labels[row]
      out.append(labels, mapping: table.row(row)) { step, value in
        let left = isSwapped ? column[step] : value
        let right = isSwapped ? value : column[step]
        if isFilter { return operation.holds(left, right) ? value : .absent }
        return operation.value(left, right)
      }
    }
    return dropsName ? try out.merged() : out
  }
}
