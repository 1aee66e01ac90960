/// An instant vector of all steps at once: a row a series, a column a step, in one flat array.
struct SeriesTable: Sendable {
  private(set) var labels: [Labels] = []
  let stepCount: Int
  /// Row by row. Absent where the series has no value.
  var cells: [Double] = []

  init(stepCount: Int) {
    self.stepCount = stepCount
  }

  var rowCount: Int { labels.count }

  func start(of row: Int) -> Int { row * stepCount }

  /// Adds a row, unless it has no value at all.
  mutating func append(_ labels: Labels, _ row: some RandomAccessCollection<Double>) {
    if row.allSatisfy(\.isAbsent) { return }
    self.labels.append(labels)
    cells.append(contentsOf: row)
  }

  func row(_ index: Int) -> ArraySlice<Double> { cells[index * stepCount..<(index + 1) * stepCount] }

  /// The values of one row of another table, computed.
  mutating func append(_ labels: Labels, mapping row: ArraySlice<Double>, _ compute: (Int, Double) -> Double) {
    let begin = cells.count
    var hasAny = false
    var index = 0
    for value in row {
      let computed = value.isAbsent ? value : compute(index, value)
      if !computed.isAbsent { hasAny = true }
      cells.append(computed)
      index += 1
    }
    if hasAny { self.labels.append(labels) } else { cells.removeSubrange(begin...) }
  }

  /// Only these rows, in that order.
  func ordered(_ rows: [Int]) -> SeriesTable {
    var out = SeriesTable(stepCount: stepCount)
    for row in rows { out.append(labels[row], self.row(row)) }
    return out
  }

  /// Of every row its one value at all steps.
  func broadcast(_ count: Int) -> SeriesTable {
    var out = SeriesTable(stepCount: count)
    for row in 0..<rowCount { out.append(labels[row], repeatElement(cells[row], count: count)) }
    return out
  }

  /// Joins rows of the same labels; an error if two of them have a value at the same step.
  func merged() throws(QuestionError) -> SeriesTable {
    var rows: [LabelKey: Int] = [:]
    rows.reserveCapacity(rowCount)
    var hasTwins = false
    for labels in labels where rows.updateValue(0, forKey: LabelKey(labels)) != nil { hasTwins = true }
    if !hasTwins { return self }
    rows.removeAll(keepingCapacity: true)
    var out = SeriesTable(stepCount: stepCount)
    for row in 0..<rowCount {
      let key = LabelKey(labels[row])
      guard let target = rows[key] else {
        rows[key] = out.rowCount
        out.append(labels[row], self.row(row))
        continue
      }
      for step in 0..<stepCount where !cells[start(of: row) + step].isAbsent {
        let cell = out.start(of: target) + step
        if !out.cells[cell].isAbsent { throw .sameLabels }
        out.cells[cell] = cells[start(of: row) + step]
      }
    }
    return out
  }

  /// An error if two rows have the same labels, whenever their values are.
  func requireApart() throws(QuestionError) {
    var seen: Set<LabelKey> = []
    seen.reserveCapacity(rowCount)
    for labels in labels where !seen.insert(LabelKey(labels)).inserted { throw .sameLabels }
  }
}
