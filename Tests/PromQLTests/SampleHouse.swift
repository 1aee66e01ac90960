import PromQL

/// Series that tests ask. It remembers what it was asked.
final class SampleHouse: SampleSource {
  var series: [SampleSeries]
  /// What `answer` says; nil where it says nothing.
  var known: [WindowSeries]?
  private(set) var selections: [Selection] = []
  private(set) var windows: [WindowSelection] = []

  init(_ series: [SampleSeries] = []) {
    self.series = series
  }

  /// A series with a sample every ten seconds from the time 0 on.
  static func series(_ labels: [String: String], _ values: [Double], stepMillis: Int64 = 10_000) -> SampleSeries {
    SampleSeries(
      labels: Labels(labels.map { Label($0.key, $0.value) }),
      timesMillis: values.indices.map { Int64($0) * stepMillis }, values: values)
  }

  func select(_ selection: Selection) throws(QuestionError) -> [SampleSeries] {
    selections.append(selection)
    return series.filter { one in selection.matchers.allSatisfy { $0.matches(one.labels[$0.name]) } }
  }

  func answer(_ asked: WindowSelection) throws(QuestionError) -> [WindowSeries]? {
    windows.append(asked)
    return known
  }

  // MARK: Asking

  func instant(
    _ text: String, at millis: Int64 = 60_000, limits: QuestionLimits = QuestionLimits()
  ) throws -> QueryResult {
    let expression = try ExpressionParser.expression(text)
    return try PromQLEngine(limits: limits).instant(expression, atMillis: millis, source: self)
  }

  /// Values by labels: `{a="b"}: 5`.
  func vector(_ text: String, at millis: Int64 = 60_000) throws -> [String] {
    switch try instant(text, at: millis) {
    case .vector(_, let samples): samples.map { "\($0.labels): \(SampleText.plain($0.value))" }
    case .scalar(_, let value): [SampleText.plain(value)]
    case .string(_, let text): [text]
    case .matrix(let series):
      series.map { one in
        "\(one.labels): "
          + zip(one.timesMillis, one.values).map { "\($0)=\(SampleText.plain($1))" }
          .joined(separator: " ")
      }
    }
  }

  func range(
    _ text: String, from start: Int64, to end: Int64, step: Int64, limits: QuestionLimits = QuestionLimits()
  ) throws -> [MatrixSeries] {
    let expression = try ExpressionParser.expression(text)
    let answer = try PromQLEngine(limits: limits).range(
      expression, fromMillis: start, toMillis: end, stepMillis: step, source: self)
    if case .matrix(let series) = answer { return series }
    return []
  }

  /// The message of what is refused; "" if it is not.
  func refusal(_ text: String) -> String {
    do {
      _ = try instant(text)
      return ""
    } catch {
      return "\(error)"
    }
  }
}
