public import Primitives
import Registry

/// Asks for the share of time in which devices were live, and for their outages, by group: a group pools the time of its
/// devices.
///
/// - A device is live as long as its newest row, or event, is no older than three intervals. An outage begins three
///   intervals after a row and ends with the next one. What the node told itself is no row of the device.
/// - A device counts while the registry has it with an interval; one of which it says none sends every minute. One that
///   sends only when there is something to tell does not count.
/// - Planned work counts neither as live nor as an outage.
/// - Of the time before the node listened, or before a device was put into the registry, only that counts which lies
///   between two rows of that time: who kept its rows and sent them later tells of it.
/// - Where rows have expired, or cannot be read, nothing is said.
public struct AvailabilityQuery: Sendable {
  public var from: UnixNanos
  public var to: UnixNanos
  public var filter: DeviceFilter
  public var groupBy: GroupBy
  public var level: Int?
  public var now: UnixNanos
  /// When the node began to listen; nil for always.
  public var listeningSince: UnixNanos?
  /// From when on readings and events are kept.
  public var readingsSince: UnixNanos = .min
  public var eventsSince: UnixNanos = .min
  public var planned: [PlannedWork] = []

  public init(
    from: UnixNanos, to: UnixNanos, filter: DeviceFilter = DeviceFilter(), groupBy: GroupBy = .none,
    level: Int? = nil, now: UnixNanos, listeningSince: UnixNanos? = nil
  ) {
    self.from = from
    self.to = to
    self.filter = filter
    self.groupBy = groupBy
    self.level = level
    self.now = now
    self.listeningSince = listeningSince
  }

  /// - Parameter cause: what is known of why a device was out from a time to another, which is nil if it still is.
  /// - Throws: `QueryError`, or what the reader throws.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory,
    cause: (_ device: String, _ from: UnixNanos, _ to: UnixNanos?) -> String? = { _, _, _ in nil }
  ) throws -> AvailabilityAnswer {
    let end = min(to, now)
    var answer = AvailabilityAnswer(from: from, to: max(from, end))
    if from >= end { return answer }
    let asked = from..<end
    var grouping = DeviceGrouping(
      filter: filter, within: view.scope, groupBy: groupBy, level: level, directory: directory, from: from, to: end,
      asksRegistry: true)
    let wanted = grouping.scanDevices()
    var works = PlannedTimes(planned, directory: directory)
    var ids: [String] = []
    var expected: [ExpectedTimes] = []
    for (number, id) in (wanted.map { Array($0) } ?? directory.knownDevices).sorted().enumerated() {
      if number % 1_024 == 0 { try view.probe.check() }
      let times = ExpectedTimes(
        of: id, within: asked, directory: directory, grouping: &grouping, planned: &works)
      if times.stretches.isEmpty { continue }
      ids.append(id)
      expected.append(times)
    }
    let listening = ids.map { max(listeningSince ?? .min, directory.addedAt($0) ?? .min) }
    var missing = MissingTables(view)
    var scan = SilenceScan(
      view, of: AskedDevices(ids), limits: expected.map(\.leastLimitNanos), isOfSome: wanted != nil, within: asked)
    let silences = try scan.run(listening: listening, missing: &missing)
    var tally = AvailabilityTally(within: asked, isScoped: !view.scope.isEverything, lastsUntil: now)
    tally.blind = silences.blind
    var place = silences.all.startIndex
    for number in ids.indices {
      if number % 1_024 == 0 { try view.probe.check(holding: tally.byteCount) }
      let next = silences.all[place...].firstIndex { Int($0.device) > number } ?? silences.all.endIndex
      let kept = silences.hasReadings[number] ? readingsSince : max(readingsSince, eventsSince)
      try tally.add(
        ids[number], expected[number], silences.all[place..<next], listening: listening[number], keptSince: kept)
      place = next
    }
    answer.groups = tally.groups(named: grouping.names, cause: cause)
    answer.missing = missing.all
    return answer
  }
}
