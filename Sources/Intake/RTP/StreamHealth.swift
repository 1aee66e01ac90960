import Primitives

/// Whether a stream is silent, frozen or degraded, with hysteresis: it takes seconds to get there, and longer to be
/// believed well again.
struct StreamHealth: BitwiseCopyable {
  /// What was found last.
  private(set) var isSilent = false
  private(set) var isFrozen = false
  private(set) var isDegraded = false
  /// The sender said goodbye: its silence is no fault.
  var hasLeft = false
  private var badSeconds: Int32 = 0
  private var goodSeconds: Int32 = 0
  private var movingSeconds: Int32 = 0

  /// Bounds of an operator; the defaults suit a camera of a few pictures a second.
  static let degradedShare = 0.05
  static let clearShare = 0.01
  static let degradedAfterSeconds: Int32 = 3
  static let clearAfterSeconds: Int32 = 10
  static let movingAfterSeconds: Int32 = 2

  /// Counts a second's loss.
  mutating func closeSecond(_ second: StreamSecond) {
    let expected = second.packets &- second.duplicates &+ max(0, second.lost)
    if expected <= 0 { return }
    let share = Double(max(0, second.lost)) / Double(expected)
    badSeconds = share >= Self.degradedShare ? badSeconds &+ 1 : 0
    goodSeconds = share < Self.clearShare ? goodSeconds &+ 1 : 0
  }

  /// The device was silent, and this is its next stream: to be told at the end of the second.
  mutating func comesBack() {
    isSilent = true
  }

  /// A change of state, to be told as an event.
  enum Change {
    case silent, active
    case frozen, moving
    case degraded, clear
  }

  /// Looks at the stream at the end of a second; what changed, one thing at a time.
  mutating func look(
    at now: UnixNanos, lastArrival: UnixNanos, frames: StreamFrames, isVideo: Bool,
    settings: borrowing RTPSettings
  ) -> Change? {
    let isQuiet = now &- lastArrival >= settings.silentNanos
    if isQuiet != isSilent && !(isQuiet && hasLeft) {
      isSilent = isQuiet
      if isQuiet { badSeconds = 0 }
      return isQuiet ? .silent : .active
    }
    if isQuiet { return nil }
    if isVideo {
      let stands =
        Int64(frames.steadySeconds) &* Nanos.perSecond >= settings.frozenNanos
        || now &- frames.lastFrameArrival >= settings.frozenNanos
      movingSeconds = stands || frames.steadySeconds > 0 ? 0 : movingSeconds &+ 1
      if stands && !isFrozen {
        isFrozen = true
        return .frozen
      }
      if isFrozen && movingSeconds >= Self.movingAfterSeconds {
        isFrozen = false
        return .moving
      }
    }
    if !isDegraded && badSeconds >= Self.degradedAfterSeconds {
      isDegraded = true
      return .degraded
    }
    if isDegraded && goodSeconds >= Self.clearAfterSeconds {
      isDegraded = false
      return .clear
    }
    return nil
  }
}
