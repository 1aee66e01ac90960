/// Chooses series by their labels.
public struct VectorSelector: Sendable {
  /// The metric's name before the braces; "" if there is none.
  public var name: String
  /// The name is the last of them, if it stands before the braces.
  public var matchers: [LabelMatcher]
  /// How much earlier the data are.
  public var offsetMillis: Int64 = 0
  public var reference: TimeReference?
  public var range: Range<Int>

  init(name: String, matchers: [LabelMatcher], range: Range<Int>) {
    self.name = name
    self.matchers = matchers
    self.range = range
    if !name.isEmpty { self.matchers.append(LabelMatcher(Label.nameOfMetrics, equals: name)) }
  }
}

/// The samples of a span of time before each step.
public struct RangeSelector: Sendable {
  public var selector: VectorSelector
  public var rangeMillis: Int64
  public var range: Range<Int>
}

/// An instant expression that is evaluated over a span of time before each step.
public struct Subquery: Sendable {
  public let inner: PromQLExpression
  public var rangeMillis: Int64
  /// Zero for the usual one.
  public var stepMillis: Int64
  public var offsetMillis: Int64 = 0
  public var reference: TimeReference?
  public var range: Range<Int>
  let depth: Int

  init(_ inner: PromQLExpression, rangeMillis: Int64, stepMillis: Int64, range: Range<Int>) {
    self.inner = inner
    self.rangeMillis = rangeMillis
    self.stepMillis = stepMillis
    self.range = range
    depth = inner.depth + 1
  }
}
