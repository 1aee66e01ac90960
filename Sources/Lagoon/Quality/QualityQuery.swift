public import Primitives
public import Registry
public import Rollups
import Telemetry

/// Asks how good what came was (đúng, đủ, sạch, sống), by step and by group: the average of devices.
///
/// - correct: the share of readings within their range;
/// - complete: rows received of those expected by the interval, of the measurement that sends most;
/// - clean: the share of rows that were neither doubled nor malformed;
/// - live: the share of devices whose newest row was no older than three intervals when the bucket ended.
///
/// The bucket of now is judged by when rows came, whatever clock the device has; the ones before it by the rows' times.
///
/// Complete and live are left open where the node was not there yet, unless the device sent what it had kept.
public struct QualityQuery: Sendable {
  public var step: Step
  public var from: UnixNanos
  public var to: UnixNanos
  public var filter: DeviceFilter
  public var groupBy: GroupBy
  public var level: Int?
  public var now: UnixNanos
  public var ranges: [ValueRange]
  /// When the node began to listen: before it nothing is known but what came later. nil for always.
  public var listeningSince: UnixNanos?

  public init(
    step: Step, from: UnixNanos, to: UnixNanos, filter: DeviceFilter = DeviceFilter(), groupBy: GroupBy = .none,
    level: Int? = nil, now: UnixNanos, ranges: [ValueRange] = [], listeningSince: UnixNanos? = nil
  ) {
    self.step = step
    self.from = from
    self.to = to
    self.filter = filter
    self.groupBy = groupBy
    self.level = level
    self.now = now
    self.ranges = ranges
    self.listeningSince = listeningSince
  }

  /// The measurement in which a node keeps what of each device was refused: fields `duplicates` and `malformed`.
  public static let ledgerMeasurement = "device_ledger"
  /// Of a device of which the registry does not say how often it sends.
  static let usualIntervalSeconds = 60.0

  /// - Parameter heard: when devices were heard last, by which the bucket of now is judged.
  /// - Throws: `QueryError`, or what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules, heard: HeardCache? = nil
  ) throws -> QualityAnswer {
    guard let grid = BucketGrid(step: step, zone: zone, from: from, to: to, limit: Limits.bucketsPerGroup) else {
      throw QueryError.tooManyBuckets(limit: Limits.bucketsPerGroup)
    }
    var grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: groupBy, level: level, directory: directory, from: grid.start,
      to: to)
    var tally = QualityTally(grid: grid, now: now, listeningSince: listeningSince ?? .min)
    let devices = grouping.scanDevices()
    var missing = MissingTables(view)
    for id in devices ?? Set(directory.knownDevices) { try tally.addDevice(id) }
    let scan = QualityScan(view: view, grid: grid, devices: devices)
    for (measurement, table) in view.measurements where measurement != Self.ledgerMeasurement {
      try scan.addRows(of: table, to: &tally, missing: &missing)
      for range in ranges where range.measurement == measurement {
        try scan.addReadings(of: table, in: range, directory: directory, to: &tally, missing: &missing)
      }
    }
    if let events = view.tables[.events] { try scan.addSigns(of: events, to: &tally, missing: &missing) }
    try scan.addLedger(to: &tally, missing: &missing)
    let lastHeard = try heard?.heard(on: view, missing: &missing)
    var answer = try tally.answer(
      grouping: &grouping, directory: directory, heard: lastHeard, probe: view.probe)
    answer.missing = missing.all
    return answer
  }
}

/// What a `QualityQuery` finds.
public struct QualityAnswer: Sendable {
  public struct Cell: Sendable {
    public var time: UnixNanos
    /// From 0 to 1; nil where nothing can be said.
    public var correct: Double?
    public var complete: Double?
    public var clean: Double?
    public var live: Double?
    /// Devices that it is the average of.
    public var devices = 0
    public var received: Int64 = 0
    public var expected: Int64 = 0
    public var duplicates: Int64 = 0
    public var malformed: Int64 = 0
  }

  public struct Group: Sendable {
    public var name: String
    /// By time.
    public var cells: [Cell]
  }

  /// By name.
  public var groups: [Group]
  /// What could not be read of what they are made of.
  public var missing: [MissingTable] = []
}
