import Primitives

extension SeriesKey {
  /// The tag of rows that a node told itself, such as its alerts; its value is the node's name. Such a row is no word of
  /// the device that it speaks of.
  public static let toldTag = "told_by"
}

extension SeriesList {
  /// Whether the rows of a series are what a node told itself.
  public func isTold(_ number: UInt32) -> Bool {
    let key = CanonicalKey(canonicalKey(number))
    if key.tagsOffset == key.bytes.byteCount { return false }
    return key.value(ofTag: SeriesKey.toldTag.utf8Span.span.bytes) != nil
  }
}
