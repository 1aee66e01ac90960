public import Protocols

/// What one lane is made of.
public struct LaneSettings: Sendable {
  public var number: Int
  /// How many lanes there are.
  public var laneCount: Int
  /// Shared by all lanes: the socket of each listener is bound once a lane.
  public var listeners: [ListenerSettings]
  public var bounds: TimeBounds
  public var commitIntervalNanos: Int64
  /// Seeds the hashes of keys.
  public var seed: UInt64

  public init(
    number: Int, laneCount: Int, listeners: [ListenerSettings], bounds: TimeBounds, commitIntervalNanos: Int64,
    seed: UInt64
  ) {
    self.number = number
    self.laneCount = laneCount
    self.listeners = listeners
    self.bounds = bounds
    self.commitIntervalNanos = commitIntervalNanos
    self.seed = seed
  }
}
