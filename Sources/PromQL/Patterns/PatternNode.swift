/// A regular expression as it was read.
indirect enum PatternNode: Sendable {
  case empty
  case literal(Unicode.Scalar, foldsCase: Bool)
  case set(CharacterSet)
  case assertion(PatternAssertion)
  case group(PatternNode, capture: Int)
  case sequence([PatternNode])
  case choice([PatternNode])
  /// `most` is nil where there is no limit.
  case repeated(PatternNode, least: Int, most: Int?, isGreedy: Bool)
}

/// A place that is no character.
enum PatternAssertion: Sendable {
  case textBegin, textEnd, lineBegin, lineEnd, wordEdge, noWordEdge
}
