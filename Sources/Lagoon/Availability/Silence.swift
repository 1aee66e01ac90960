import Primitives

/// A time in which nothing came of a device, longer than its least limit.
struct Silence: BitwiseCopyable {
  var device: Int32
  /// The row before; the beginning of time if there is none.
  var after: UnixNanos
  /// The row behind, or the end of the time that is asked for.
  var until: UnixNanos
  /// Whether a row stands behind, maybe after the time that is asked for.
  var isEnded: Bool
}

/// What a scan found of the rows of many devices.
struct Silences {
  /// By device and time.
  var all: [Silence] = []
  /// By device: whether any of its rows are readings.
  var hasReadings: [Bool] = []
  /// Times of parts that could not be read: nobody knows who was silent then.
  var blind: [Range<UnixNanos>] = []
}
