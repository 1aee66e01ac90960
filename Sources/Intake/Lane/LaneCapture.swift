import Capture
import Primitives
import Protocols

/// A network interface that a lane listens to beside its sockets. A class only because an array cannot hold what may not
/// be copied; it is the lane's alone, which is what makes it sendable.
final class LaneCapture: @unchecked Sendable {
  var live: LiveCapture
  let listener: Int
  private var drops = DropsSince()

  init(_ source: CaptureSource, listener: Int) throws(CaptureError) {
    live = try LiveCapture.open(
      LiveCapture.Settings(
        interface: source.interface, filter: source.filter, isPromiscuous: source.isPromiscuous,
        bufferBytes: source.bufferBytes))
    self.listener = listener
  }

  /// Packets that were dropped since this was asked last.
  func newDrops() -> UInt64 { drops.take(live.dropCount) }
}

/// Tells of a count that only grows by how much it did.
struct DropsSince {
  private var seen: UInt64 = 0

  /// What is new of it. Of one that began anew nothing is, until it is beyond what it was.
  mutating func take(_ count: UInt64) -> UInt64 {
    defer { seen = max(seen, count) }
    return count > seen ? count - seen : 0
  }
}
