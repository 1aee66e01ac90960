/// An instant of a series with three rows or more, in the order in which they came.
final class ContestedInstant {
  /// What a row takes here beside its chunk, about.
  static let rowBytes = 256

  var rows = InstantRows()
  /// The generations that the rows came with.
  var generations: Set<UInt64> = []
  /// Whether the rows that stand in the parts are among them.
  var holdsStored = false
}
