public import Primitives

/// What an `AvailabilityQuery` finds.
public struct AvailabilityAnswer: Sendable {
  /// A time in which a device was not live though it should have been, as far as it lies in the time asked for.
  public struct Outage: Hashable, Sendable {
    public var device: String
    public var from: UnixNanos
    /// nil for one that lasts.
    public var to: UnixNanos?
    /// How much of it has been.
    public var nanos: Int64
    /// nil if nobody knows.
    public var cause: String?
  }

  /// Nanoseconds of many devices together.
  public struct Times: Hashable, Sendable {
    public internal(set) var live: Int128 = 0
    public internal(set) var outage: Int128 = 0
    /// Of planned work, whatever the devices did meanwhile.
    public internal(set) var planned: Int128 = 0
    /// Of which nobody can know: before the node listened, and where rows have expired or cannot be read.
    public internal(set) var unknown: Int128 = 0

    /// The share of time that was live, of that of which anything is known; nil where nothing is.
    public var share: Double? {
      let counted = live + outage
      return counted > 0 ? Double(live) / Double(counted) : nil
    }
  }

  public struct Group: Sendable {
    public var name: String
    /// How many devices were expected to be live in it, at some time.
    public var devices = 0
    public var times = Times()
    /// By where they begin, and by device.
    public var outages: [Outage] = []
  }

  /// Half-open; `to` is cut to now.
  public var from: UnixNanos
  public var to: UnixNanos
  /// By name.
  public var groups: [Group] = []
  /// What could not be read of what they are made of.
  public var missing: [MissingTable] = []
}
