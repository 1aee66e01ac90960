import Testing

@testable import PromQL

@Suite struct ColumnTests {
  @Test func stepsOfSubqueriesAreMultiples() {
    let steps = StepRange(startMillis: 1_003, stepMillis: 500, count: 3)
    #expect(steps.endMillis == 2_003 && steps.first.count == 1)
    let inner = steps.inner(rangeMillis: 1_000, offsetMillis: 0, stepMillis: 100)
    #expect(inner == StepRange(startMillis: 100, stepMillis: 100, count: 20))
    #expect(steps.inner(rangeMillis: 1, offsetMillis: 0, stepMillis: 1_000_000).count == 0)
    let early = StepRange(startMillis: -50, stepMillis: 10, count: 1)
    #expect(early.inner(rangeMillis: 40, offsetMillis: 0, stepMillis: 30).startMillis == -90)
    #expect(steps.offset(5, at: 1_000) == 8)
  }

  @Test func rowsOfTheSameLabelsAreJoined() throws {
    var table = SeriesTable(stepCount: 2)
    let labels = Labels([Label("a", "1")])
    table.append(labels, [1, .absent])
    table.append(labels, [.absent, 2])
    table.append(Labels(), [.absent, .absent])
    #expect(table.rowCount == 2 && Value.table(table).cellCount == 4)
    #expect(try table.merged().cells == [1, 2])
    #expect(throws: QuestionError.self) { try table.requireApart() }
    table.append(labels, [3, 3])
    #expect(throws: QuestionError.sameLabels) { _ = try table.merged() }
  }

  @Test func windowsSlideAndAreClosed() throws {
    let series = RangeSeries(
      SampleSeries(labels: Labels(), timesMillis: [0, 10, 20, 30, 40], values: [1, 2, SampleSeries.staleMarker, 4, 5]))
    let steps = StepRange(startMillis: 10, stepMillis: 10, count: 6)
    var seen: [[Double]] = []
    try series.forEachWindow(WindowRange(steps: steps, rangeMillis: 10, offsetMillis: 0)) { window in
      seen.append(Array(window.values))
    }
    #expect(seen == [[1, 2], [2], [4], [4, 5], [5]])
    #expect(series.within(10...30).values == [2, 4])
  }

  @Test func budgetsEnd() throws {
    var budget = Budget(limit: 10)
    try budget.take(10)
    #expect(throws: QuestionError.tooManySamples) { try budget.take(1) }
    budget.release(4)
    try budget.take(rows: 2, steps: StepRange(startMillis: 0, stepMillis: 1, count: 2))
    #expect(throws: QuestionError.tooManySamples) {
      try budget.take(rows: .max, steps: StepRange(startMillis: 0, stepMillis: 1, count: .max))
    }
  }

  @Test func groupsAreAddedUp() {
    var columns = GroupColumns(.avg, count: 2)
    columns.add([1, .absent][...], at: 0)
    columns.add([3, 5][...], at: 0)
    #expect(columns.finished == [2, 5])
  }

  @Test func selectionsThatOverlapAreOne() throws {
    let expression = try ExpressionParser.expression("x + x offset 1m + rate(x[10m]) + x offset 1w + y")
    let steps = StepRange(startMillis: 1_000_000_000, stepMillis: 1000, count: 5)
    let clock = QuestionClock(startMillis: 1_000_000_000, endMillis: 1_000_004_000, subqueryStepMillis: 60_000)
    let plan = SelectionPlan(expression, steps, clock: clock, limit: 100)
    #expect(plan.selections.count == 3)
    let first = try #require(expression.selectors.first)
    #expect(plan.place(of: first.matchers, SelectionPlan.span(steps, offsetMillis: 0)) != nil)
    #expect(plan.place(of: first.matchers, 0...1) == nil)
  }
}
