import Capture
import Primitives
import Protocols

/// A network interface that a lane listens to beside its sockets. A class only because an array cannot hold what may not
/// be copied; it is the lane's alone, which is what makes it sendable.
final class LaneCapture: @unchecked Sendable {
  var live: LiveCapture
  let listener: Int
  private var dropsSeen: UInt64 = 0

  init(_ source: CaptureSource, listener: Int) throws(CaptureError) {
    live = try LiveCapture.open(
      LiveCapture.Settings(
        interface: source.interface, filter: source.filter, isPromiscuous: source.isPromiscuous,
        bufferBytes: source.bufferBytes))
    self.listener = listener
  }

  /// Packets that were dropped since this was asked last.
  func newDrops() -> UInt64 {
    let count = live.dropCount
    defer { dropsSeen = max(dropsSeen, count) }
    return count > dropsSeen ? count - dropsSeen : 0
  }
}
