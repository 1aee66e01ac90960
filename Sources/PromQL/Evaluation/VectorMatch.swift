/// Computes with the values of series that find each other by their labels. Which series those are is found out once;
/// then whole rows are computed.
struct VectorMatch {
  private let node: BinaryOperation
  /// The side of which several series may belong to one of the other side.
  private let many: SeriesTable
  private let one: SeriesTable
  private let isSwapped: Bool
  private let stepCount: Int

  /// The outcome: rows by their labels, and by which labels of the match they came to be.
  private var out: SeriesTable
  private var labels: [Labels] = []
  private var cells: [Double] = []
  private var rows: [LabelKey: Int] = [:]
  private var groupOfRow: [Int] = []

  init(_ node: BinaryOperation, _ left: SeriesTable, _ right: SeriesTable) {
    self.node = node
    isSwapped = node.matching.cardinality == .oneToMany
    many = isSwapped ? right : left
    one = isSwapped ? left : right
    stepCount = left.stepCount
    out = SeriesTable(stepCount: left.stepCount)
  }

  private func key(_ labels: Labels) -> LabelKey {
    LabelKey(labels, on: node.matching.labels, isOn: node.matching.isOn)
  }

  mutating func evaluate(
    _ budget: inout Budget, interruption: (@Sendable () -> QuestionError?)?
  ) throws(QuestionError) -> SeriesTable {
    var groups: [LabelKey: Int] = [:]
    var ones: [[Int]] = []
    for row in 0..<one.rowCount {
      let key = key(one.labels[row])
      if let group = groups[key] {
        ones[group].append(row)
      } else {
        groups[key] = ones.count
        ones.append([row])
      }
    }
    try requireOnes(ones)
    // Steps at which a group has an outcome already, where only one is allowed.
    let isOneToOne = node.matching.cardinality == .oneToOne
    var manies = Array(repeating: 0, count: ones.count)
    let groupOfMany = (0..<many.rowCount).map { groups[key(many.labels[$0])] ?? -1 }
    for group in groupOfMany where group >= 0 { manies[group] += 1 }
    var taken: [Int: [Bool]] = [:]
    for row in 0..<many.rowCount {
      if row & 255 == 255, let error = interruption?() { throw error }
      let group = groupOfMany[row]
      if group < 0 { continue }
      for other in ones[group] {
        try budget.take(stepCount)
        guard let computed = computed(row, other) else { continue }
        if isOneToOne, manies[group] > 1 { try take(computed, &taken[group, default: []]) }
        try add(result(many.labels[row], one.labels[other]), computed, group)
      }
    }
    for row in labels.indices { out.append(labels[row], cells[row * stepCount..<(row + 1) * stepCount]) }
    return out
  }

  /// Nothing may stand twice on the one side, at steps where the other side has anything at all.
  private func requireOnes(_ groups: [[Int]]) throws(QuestionError) {
    if groups.allSatisfy({ $0.count < 2 }) { return }
    var isAny = Array(repeating: false, count: stepCount)
    for row in 0..<many.rowCount {
      for (step, value) in many.row(row).enumerated() where !value.isAbsent { isAny[step] = true }
    }
    for rows in groups where rows.count > 1 {
      for step in 0..<stepCount where isAny[step] {
        var first: Int?
        for row in rows where !one.cells[one.start(of: row) + step].isAbsent {
          if let first { throw twice(one.labels[row], one.labels[first]) }
          first = row
        }
      }
    }
  }

  private func twice(_ labels: Labels, _ other: Labels) -> QuestionError {
    let names = node.matching.labels
    let group = node.matching.isOn ? labels.keeping(names) : labels.dropping(names + [Label.nameOfMetrics])
    return QuestionError(
      .execution,
      "found duplicate series for the match group \(group) on the \(isSwapped ? "left" : "right") hand-side of the "
        + "operation: [\(labels), \(other)];many-to-many matching not allowed: matching labels must be unique on one side"
    )
  }

  /// The outcome of two rows; nil if it has no value.
  private func computed(_ row: Int, _ other: Int) -> [Double]? {
    let operation = node.operation
    let isFilter = operation.isComparison && !node.returnsBool
    var column = Array(repeating: Double.absent, count: stepCount)
    var hasAny = false
    let manyBegin = many.start(of: row)
    let oneBegin = one.start(of: other)
    for step in 0..<stepCount {
      let a = many.cells[manyBegin + step]
      let b = one.cells[oneBegin + step]
      if a.isAbsent || b.isAbsent { continue }
      let left = isSwapped ? b : a
      let right = isSwapped ? a : b
      if isFilter, !operation.holds(left, right) { continue }
      column[step] = isFilter ? left : operation.value(left, right)
      hasAny = true
    }
    return hasAny ? column : nil
  }

  private func take(_ column: [Double], _ taken: inout [Bool]) throws(QuestionError) {
    if taken.isEmpty { taken = Array(repeating: false, count: stepCount) }
    for step in 0..<stepCount where !column[step].isAbsent {
      if taken[step] {
        throw QuestionError(
          .execution,
          "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
      }
      taken[step] = true
    }
  }

  private func result(_ labels: Labels, _ other: Labels) -> Labels {
    var result = node.operation.dropsName || node.returnsBool ? labels.nameless : labels
    let matching = node.matching
    if matching.cardinality == .oneToOne {
      result = matching.isOn ? result.keeping(matching.labels) : result.dropping(matching.labels)
    }
    for name in matching.included { result = result.setting(name, other[name]) }
    return node.returnsBool ? result.nameless : result
  }

  private mutating func add(_ result: Labels, _ column: [Double], _ group: Int) throws(QuestionError) {
    let key = LabelKey(result)
    guard let row = rows[key] else {
      rows[key] = labels.count
      labels.append(result)
      groupOfRow.append(group)
      cells += column
      return
    }
    for step in 0..<stepCount where !column[step].isAbsent {
      let cell = row * stepCount + step
      if !cells[cell].isAbsent {
        if groupOfRow[row] != group { throw .sameLabels }
        throw QuestionError(
          .execution, "multiple matches for labels: grouping labels must ensure unique matches")
      }
      cells[cell] = column[step]
    }
  }
}
