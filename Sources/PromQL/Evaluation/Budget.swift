/// How many samples and cells a question holds in memory, and how many it may.
struct Budget: Sendable {
  let limit: Int
  private(set) var used = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// An error if that many more are too many.
  mutating func take(_ count: Int) throws(QuestionError) {
    if count > limit - used { throw .tooManySamples }
    used += count
  }

  /// Takes a table's cells before there is room for them.
  mutating func take(rows: Int, steps: StepRange) throws(QuestionError) {
    let (cells, isTooLarge) = rows.multipliedReportingOverflow(by: steps.count)
    if isTooLarge { throw .tooManySamples }
    try take(cells)
  }

  mutating func release(_ count: Int) { used -= min(count, used) }
}
