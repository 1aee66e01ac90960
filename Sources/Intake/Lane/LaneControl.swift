public import Protocols
import Synchronization

/// What other threads tell a lane: the segment to write to, the registry to ask, and when to stop; and what it tells them.
public final class LaneControl: Sendable {
  private let wantedSegment: Atomic<UInt64>
  private let stopping = Atomic<Bool>(false)
  private let admissionVersion = Atomic<Int>(0)
  private let admission: Mutex<Admission>
  public let figures = LaneFigures()

  public init(segment: UInt64, admission: Admission) {
    wantedSegment = Atomic(segment)
    self.admission = Mutex(admission)
  }

  /// The segment that new batches are for.
  public var segment: UInt64 { wantedSegment.load(ordering: .acquiring) }

  public func rotate(to segment: UInt64) {
    wantedSegment.store(segment, ordering: .releasing)
  }

  public var isStopping: Bool { stopping.load(ordering: .acquiring) }

  public func stop() {
    stopping.store(true, ordering: .releasing)
  }

  /// Rises with each reload of the registry.
  var version: Int { admissionVersion.load(ordering: .acquiring) }

  var currentAdmission: Admission { admission.withLock { $0 } }

  public func reload(_ admission: Admission) {
    self.admission.withLock { $0 = admission }
    admissionVersion.wrappingAdd(1, ordering: .acquiringAndReleasing)
  }
}
