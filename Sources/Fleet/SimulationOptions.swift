public import Primitives

/// What `runSimulation` sends, where to and how fast.
public struct SimulationOptions: Sendable {
  /// At most one per protocol.
  public var targets: [SimulationTarget]
  /// The fleet; not used where a series is played.
  public var devices: [FleetDevice]
  /// What the fleet sends; `transports`, `start` and `intervalNanos` are set from what stands here.
  public var fleet = FleetSettings()
  /// A series from a file instead of a fleet; it goes to the target of line protocol.
  public var series: SeriesOptions?
  /// Datagrams a second. Nil: a fleet then sends in real time by its interval, a series 1,000 a second.
  public var rate: Int?
  /// No pacing at all.
  public var flood = false
  /// Ends the run after so long.
  public var durationNanos: Int64?
  /// Ends the run after so many datagrams.
  public var datagramLimit: Int?
  /// The device time of the first rows. Nil: now; with `flood`, where device time runs ahead of the clock, a day ago.
  public var start: UnixNanos?
  /// Device time between two rows of a device. Nil: with a rate, what keeps device time at the clock's pace; else 1 s.
  public var intervalNanos: Int64?
  /// What the tally keeps its buckets by.
  public var grouping = FleetTally.Grouping.device
  /// How long to wait at the end for CoAP acknowledgements that are still owed.
  public var acknowledgeNanos: Int64 = 10 * Nanos.perSecond
  /// Confirmable messages that may wait for their acknowledgement at once; more are held back.
  public var exchangesInFlight = 4_096

  /// A fleet in real time, without end.
  public init(targets: [SimulationTarget], devices: [FleetDevice]) {
    self.targets = targets
    self.devices = devices
  }
}

/// How far a running simulation is.
public struct SimulationProgress: Sendable {
  /// Since the start.
  public var elapsedNanos: Int64
  /// Over all protocols.
  public var sent: FleetTally.TransportCount
}
