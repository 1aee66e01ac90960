/// Which samples an expression needs.
public struct Selection: Sendable {
  /// Five minutes.
  public static let usualLookbackMillis: Int64 = 300_000

  /// All of them must be fulfilled.
  public var matchers: [LabelMatcher]
  /// Both ends are in it. For an instant selection it reaches back the usual look-back already: series with a longer
  /// one need what is as much earlier.
  public var spanMillis: ClosedRange<Int64>
  /// How long the ranges are that are asked; nil if only the newest sample before each step counts.
  public var rangeMillis: Int64?
  /// The distance of the steps.
  public var stepMillis: Int64
  /// The function or aggregation directly around the selector; "" if there is none, or several uses differ.
  public var function = ""
  /// Labels of the aggregation directly around the selector.
  public var groupedBy: [String] = []
  /// Whether those labels are dropped instead.
  public var isWithout = false
  /// More samples than this are of no use: the question is refused then.
  public var sampleLimit: Int
}
