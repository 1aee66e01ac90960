import Intake
import Journal
import Protocols
import Synchronization
import Sys

/// Which journal segment is written to. All lanes write to segments of one number, so one number is what a seal takes.
final class SegmentClock: Sendable {
  private let current: Atomic<UInt64>
  private let state: Mutex<State>

  private struct State {
    var lanes: [(control: LaneControl, exchange: BatchExchange)] = []
    var reservation: SegmentReservation
    var failure: String?
  }

  /// - Parameters:
  ///   - newestKnown: the newest number that any segment or table has.
  ///   - journalDirectory: where is kept which numbers may have been used.
  init(after newestKnown: UInt64, journalDirectory: String) {
    var reservation = SegmentReservation(directory: journalDirectory)
    var failure: String?
    var first = newestKnown + 1
    do throws(SystemError) {
      if let previous = try reservation.previous() {
        first = max(first, previous + 1)
      } else {
        failure = "it holds no number"
      }
      try reservation.reserve(first)
    } catch {
      failure = "\(error)"
    }
    current = Atomic(first)
    state = Mutex(State(reservation: reservation, failure: failure))
  }

  var segment: UInt64 { current.load(ordering: .acquiring) }

  /// What is wrong with the file that tells which numbers were used; nil if nothing is.
  var failure: String? {
    state.withLock { state in
      state.failure.map { "cannot keep the numbers of journal segments in \(JournalNames.reservationFile): \($0)" }
    }
  }

  func register(_ control: LaneControl, _ exchange: BatchExchange) {
    state.withLock { $0.lanes.append((control, exchange)) }
  }

  /// Turns every lane to a new segment, which is returned; each has moved when its committer has seen it.
  func advance() -> UInt64 {
    state.withLock { state in
      let next = current.load(ordering: .relaxed) + 1
      do throws(SystemError) {
        try state.reservation.reserve(next)
        state.failure = nil
      } catch {
        // Segments and tables tell the number too; only if all of them were lost at once this would be missed.
        state.failure = "\(error)"
      }
      current.store(next, ordering: .releasing)
      for lane in state.lanes {
        lane.control.rotate(to: next)
        lane.exchange.laneWakeUp.signal()
      }
      return next
    }
  }
}
