import Primitives
import Synchronization
import Sys

/// The one clock of a data directory, for all who count the age of rows or say when a commit was made.
final class BelievedTime: Sendable {
  private let clock: Mutex<RetentionClock>

  /// - Parameter trustedNanos: the newest time that was believed before; nil if nobody knows.
  init(trustedNanos: UnixNanos?) {
    clock = Mutex(
      RetentionClock(
        trustedNanos: trustedNanos, nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos()))
  }

  /// Why retention waits; nil if it does not.
  var pause: String? { clock.withLock { $0.pause } }

  /// The time that a commit bears now.
  func stampMillis() -> Int64 {
    clock.withLock {
      $0.stamp(nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos()) / Nanos.perMillisecond
    }
  }

  /// Looks at the clock; what time it is believed to be, and whether it is believed.
  func look(nowNanos: UnixNanos, monotonicNanos: Int64) -> (nanos: UnixNanos, isPaused: Bool) {
    clock.withLock { clock in
      (clock.look(nowNanos: nowNanos, monotonicNanos: monotonicNanos), clock.pause != nil)
    }
  }

  /// The time that is believed, without a look that changes anything.
  func believed(nowNanos: UnixNanos, monotonicNanos: Int64) -> UnixNanos {
    clock.withLock { $0.believed(nowNanos: nowNanos, monotonicNanos: monotonicNanos) }
  }
}
