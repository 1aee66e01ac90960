public import Primitives

/// When many silent devices of one area are one alarm (`alarms.storm`).
public struct StormSettings: Hashable, Sendable {
  /// The share of an area's devices that is a storm, and the least number of them.
  public var share: Double
  public var least: Int
  /// Within which time they fall silent.
  public var withinNanos: Int64

  public init(share: Double = 0.3, least: Int = 20, withinNanos: Int64 = 2 * Nanos.perMinute) {
    self.share = share
    self.least = least
    self.withinNanos = withinNanos
  }
}
