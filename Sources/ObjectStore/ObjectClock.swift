public import Primitives
import Sys

/// What the client takes for the time. Tests hand in one that jumps.
public protocol ObjectClock: Sendable {
  /// The time of day: what requests are signed with.
  func realtimeNanos() -> UnixNanos
  /// For lengths of time.
  func monotonicNanos() -> Int64
  /// Lets the calling thread wait.
  func sleep(nanos: Int64)
}

/// The machine's clock.
public struct MachineClock: ObjectClock {
  public init() {}

  public func realtimeNanos() -> UnixNanos { Clock.realtimeNanos() }
  public func monotonicNanos() -> Int64 { Clock.monotonicNanos() }
  public func sleep(nanos: Int64) { Clock.sleep(nanos: nanos) }
}
