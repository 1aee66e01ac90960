/// Where samples come from. One source serves one question: it knows what its asker may see.
public protocol SampleSource {
  /// The series that match, with their samples of the span. A series without any may be left out.
  func select(_ selection: Selection) throws(QuestionError) -> [SampleSeries]

  /// What a range function says at every step, where the source can tell that exactly without the samples, as from
  /// stored buckets; nil where it cannot, and `select` will be asked.
  func answer(_ windows: WindowSelection) throws(QuestionError) -> [WindowSeries]?
}

extension SampleSource {
  /// Nothing is known without the samples.
  public func answer(_ windows: WindowSelection) throws(QuestionError) -> [WindowSeries]? { nil }
}
