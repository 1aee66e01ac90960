public import Primitives

/// What a listener believes of a device's clock.
public struct ClockBounds: Sendable, BitwiseCopyable {
  /// A time before it is of a clock that was never set.
  public var oldestNanos: UnixNanos
  /// A time after it is of a clock that is ahead.
  public var newestNanos: UnixNanos

  /// Every time is believed, unless told otherwise.
  public init(oldestNanos: UnixNanos = .min, newestNanos: UnixNanos = .max) {
    self.oldestNanos = oldestNanos
    self.newestNanos = newestNanos
  }
}
