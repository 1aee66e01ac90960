/// Answers questions. Everything that it needs of the world comes from a source.
///
///     let expression = try ExpressionParser.expression("sum by (area) (rate(x[5m]))")
///     let answer = try PromQLEngine().range(expression, fromMillis: …, toMillis: …, stepMillis: 60_000, source: source)
public struct PromQLEngine: Sendable {
  public var limits: QuestionLimits
  /// Times and steps beyond this are refused, so that no sum of times overflows.
  private static let farthestMillis: Int64 = 1 << 61

  public init(limits: QuestionLimits = QuestionLimits()) {
    self.limits = limits
  }

  /// What an expression says at one time.
  public func instant(
    _ expression: PromQLExpression, atMillis time: Int64, source: any SampleSource
  ) throws(QuestionError) -> QueryResult {
    let steps = StepRange(startMillis: clamped(time), stepMillis: 1, count: 1)
    let evaluator = Evaluator(expression, steps, endMillis: steps.endMillis, source: source, limits: limits)
    if expression.type == .matrix { return .matrix(try evaluator.matrix(expression.bare, steps)) }
    switch try evaluator.evaluate(expression, steps) {
    case .text(let text): return .string(timeMillis: time, text)
    case .scalar(let column): return .scalar(timeMillis: time, column[0])
    case .table(let table):
      var samples: [VectorSample] = []
      samples.reserveCapacity(table.rowCount)
      for row in 0..<table.rowCount {
        samples.append(VectorSample(labels: table.labels[row], value: table.cells[row]))
      }
      return .vector(timeMillis: time, samples)
    }
  }

  /// What an expression says at every step from a time to another one, both included. The series of the answer are in
  /// the order of their labels.
  public func range(
    _ expression: PromQLExpression, fromMillis start: Int64, toMillis end: Int64, stepMillis step: Int64,
    source: any SampleSource
  ) throws(QuestionError) -> QueryResult {
    let (start, end) = (clamped(start), clamped(end))
    if expression.type != .scalar, expression.type != .vector {
      throw QuestionError(
        .badData,
        "invalid expression type \(expression.type.documented.quoted) for range query, "
          + "must be Scalar or instant Vector")
    }
    if step <= 0 || step > Self.farthestMillis {
      throw QuestionError(
        .badData, "zero or negative query resolution step widths are not accepted. Try a positive integer")
    }
    if end < start { throw QuestionError(.badData, "end timestamp must not be before start time") }
    if (end - start) / step > Int64(limits.points) {
      throw QuestionError(
        .badData,
        "exceeded maximum resolution of \(Self.grouped(limits.points)) points per timeseries. "
          + "Try decreasing the query resolution (?step=XX)")
    }
    let steps = StepRange(startMillis: start, stepMillis: step, count: Int((end - start) / step) + 1)
    let evaluator = Evaluator(expression, steps, endMillis: end, source: source, limits: limits)
    switch try evaluator.evaluate(expression, steps) {
    case .text: return .matrix([])
    case .scalar(let column):
      let times = (0..<steps.count).map { steps[$0] }
      return .matrix([MatrixSeries(labels: Labels(), timesMillis: times, values: column)])
    case .table(let table):
      return .matrix(Self.series(table, steps).sorted { $0.labels < $1.labels })
    }
  }

  private func clamped(_ millis: Int64) -> Int64 { min(max(millis, -Self.farthestMillis), Self.farthestMillis) }

  static func series(_ table: SeriesTable, _ steps: StepRange) -> [MatrixSeries] {
    var out: [MatrixSeries] = []
    out.reserveCapacity(table.rowCount)
    for row in 0..<table.rowCount {
      let found = RangeSeries(table, row: row, steps: steps)
      out.append(MatrixSeries(labels: found.labels, timesMillis: found.timesMillis, values: found.values))
    }
    return out
  }

  /// `11,000`
  private static func grouped(_ number: Int) -> String {
    let digits = String(number)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { out += "," }
      out.append(digit)
    }
    return out
  }
}
