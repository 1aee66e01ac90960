public import Lagoon
public import Primitives
import Rollups

/// What is seen of one device, area or class at one instant.
public struct AlertObservation: Hashable, Sendable {
  /// A device's id, an area's code, a class; empty for everything together.
  public var subject: String
  /// The aggregate, or the seconds of silence.
  public var value: Double?
  public var sign: AlertSign
  /// Beyond what it is told, where that is not the rule's own number.
  public var bound: Double?

  public init(subject: String, value: Double?, sign: AlertSign, bound: Double? = nil) {
    self.bound = bound
    self.subject = subject
    self.value = value
    self.sign = sign
  }
}

extension AlertRule {
  /// What the rule sees at `now`: one query, whatever the number of devices.
  ///
  /// - Parameters:
  ///   - watchedSince: silence counts from there at the earliest: what a node did not hear while it was down says nothing
  ///     of the device.
  ///   - heard: when each device was heard last; asked for only where silence is watched.
  /// - Throws: `QueryError`, or what the reader throws. Nothing stored under that name is no error: nothing is seen.
  public func observations(
    on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules, now: UnixNanos,
    watchedSince: UnixNanos, heard: () throws -> HeardTimes
  ) throws -> [AlertObservation] {
    switch kind {
    case .threshold(let threshold): try observations(threshold, view, directory, zone, now)
    // They are told of as they come.
    case .event: []
    // They need to know what is usual: `UsualBook`.
    case .usual: []
    case .silence(let silence): observations(silence, directory, now, watchedSince, try heard())
    }
  }

  private func observations(
    _ threshold: AlertThreshold, _ view: LagoonView, _ directory: any DeviceDirectory, _ zone: TimeZoneRules,
    _ now: UnixNanos
  ) throws -> [AlertObservation] {
    try values(threshold, view, directory, zone, now).map { subject, value in
      AlertObservation(subject: subject, value: value, sign: threshold.sign(of: value))
    }
  }

  /// The window's values, by device, area or class.
  func values(
    _ threshold: AlertThreshold, _ view: LagoonView, _ directory: any DeviceDirectory, _ zone: TimeZoneRules,
    _ now: UnixNanos
  ) throws -> [(subject: String, value: Double)] {
    let from = now - threshold.windowNanos
    let query = RollupQuery(
      measurement: threshold.measurement, field: threshold.field,
      step: WindowStep.covering(from, now, zone: zone), from: from, to: now, aggregates: [threshold.aggregate],
      filter: filter, groupBy: scope.groupBy)
    let answer: RollupAnswer
    do {
      answer = try query.run(on: view, directory: directory, zone: zone)
    } catch QueryError.unknownMeasurement, QueryError.unknownField {
      return []
    }
    return answer.groups.compactMap { group in
      // Devices that the registry says nothing of are in no area and no class.
      if group.name.isEmpty && scope != .all { return nil }
      return threshold.value(of: group.cells).map { (group.name, $0) }
    }
  }

  private func observations(
    _ silence: AlertSilence, _ directory: any DeviceDirectory, _ now: UnixNanos, _ watchedSince: UnixNanos,
    _ heard: HeardTimes
  ) -> [AlertObservation] {
    let chosen = SubjectChoice(filter: filter, scope: .device, directory: directory)
    return directory.devices.compactMap { device in
      guard chosen.isWanted(device, at: now) else { return nil }
      let allowed = silence.allowedNanos(device)
      let last = heard[device.id]
      let watchedNanos = max(0, now - max(last ?? .min, watchedSince))
      let silentNanos = last.map { max(0, now - $0) }
      // Unheard, but not watched for long enough yet: what fired before a restart goes on.
      let isOpen = silentNanos.map { $0 > allowed } ?? true
      return AlertObservation(
        subject: device.id, value: Double((silentNanos ?? watchedNanos) / Nanos.perSecond),
        sign: watchedNanos > allowed ? .raised : (isOpen ? .between : .cleared))
    }
  }
}

extension AlertThreshold {
  /// The aggregate of a window's cells, which are one unless the window reaches over ten years' turn.
  ///
  /// - Parameter quantile: how many of the question's quantiles stand before this one.
  func value(of cells: [RollupAnswer.Cell], quantile: Int = 0) -> Double? {
    guard let first = cells.first else { return nil }
    var bucket = first.bucket
    for cell in cells.dropFirst() { bucket.merge(cell.bucket) }
    let increase = cells.reduce(0) { $0 + $1.increase }
    let value: Double?
    switch aggregate {
    case .count: value = Double(bucket.count)
    case .quantile: value = quantile < first.quantiles.count ? first.quantiles[quantile] : nil
    case .distinct: value = Double(first.distinct)
    case .increase: value = increase
    case .rate: value = rate(ofIncrease: increase)
    case .standardDeviation: value = deviation(of: cells)
    default: value = aggregate.value(of: bucket)
    }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}

extension AlertThreshold {
  private func deviation(of cells: [RollupAnswer.Cell]) -> Double {
    var (spread, count) = (Spread(), Int64(0))
    for cell in cells {
      spread.merge(cell.spread, own: count, others: cell.bucket.count)
      count += cell.bucket.count
    }
    return spread.deviation(count: count)
  }

  /// By the window's length, whatever the bucket's.
  func rate(ofIncrease increase: Double) -> Double {
    increase * Double(Nanos.perSecond) / Double(windowNanos)
  }
}

/// A step of which one bucket covers a whole window, so that a rollup sums the window up as it lies: the shortest, since
/// counters are followed from a step before, and quantiles of steps below an hour are exact.
enum WindowStep {
  private static let steps = [
    "59m", "53m", "47m", "43m", "41m", "5h", "7h", "11h", "13h", "23h", "11d", "13d", "17d", "19d", "40d", "2100d",
    "3000d", "3650d",
  ].compactMap { Step($0) }

  static func covering(_ from: UnixNanos, _ to: UnixNanos, zone: TimeZoneRules) -> Step {
    guard let step = steps.first(where: { $0.bucket(of: from, zone: zone).end >= to }) ?? steps.last else {
      fatalError("BUG: no step is long enough")
    }
    return step
  }
}
