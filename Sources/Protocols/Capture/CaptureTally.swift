public import Capture
import Synchronization

/// What came of the frames of an interface: told by its lane now and then, read by others.
public final class CaptureTally: Sendable {
  private let counts = Mutex<[UInt64]>([])

  public init() {}

  /// Frames that yielded no datagram, by reason.
  public var skipped: [(reason: CaptureSkip, count: UInt64)] {
    let counts = counts.withLock { $0 }
    return zip(CaptureSkip.allCases, counts).map { ($0, $1) }
  }

  public func tell(_ own: CaptureCounts) {
    let counts = CaptureSkip.allCases.map { UInt64(own[$0]) }
    self.counts.withLock { $0 = counts }
  }
}
