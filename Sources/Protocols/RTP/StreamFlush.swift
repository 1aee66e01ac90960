import Primitives

/// How far the rows of a second are written.
struct StreamFlush {
  /// The second whose rows are next; `.min` before the first packet.
  var second = Int64.min
  /// The stream whose row is next.
  var slot = 0
  /// The rows of the second are written, and its devices are judged.
  var isJudging = false

  /// Packets of two ways may come in each other's seconds by so much.
  static let disorderNanos = 3 * Nanos.perSecond
}
