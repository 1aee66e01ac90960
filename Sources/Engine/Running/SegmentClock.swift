import Intake
import Synchronization
import Sys

/// Which journal segment is written to. All lanes write to segments of one number, so one number is what a seal takes.
final class SegmentClock: Sendable {
  private let current: Atomic<UInt64>
  private let lanes = Mutex<[(control: LaneControl, exchange: BatchExchange)]>([])

  init(first: UInt64) {
    current = Atomic(first)
  }

  var segment: UInt64 { current.load(ordering: .acquiring) }

  func register(_ control: LaneControl, _ exchange: BatchExchange) {
    lanes.withLock { $0.append((control, exchange)) }
  }

  /// Turns every lane to a new segment, which is returned; each has moved when its committer has seen it.
  func advance() -> UInt64 {
    lanes.withLock { lanes in
      let next = current.load(ordering: .relaxed) + 1
      current.store(next, ordering: .releasing)
      for lane in lanes {
        lane.control.rotate(to: next)
        lane.exchange.laneWakeUp.signal()
      }
      return next
    }
  }
}
