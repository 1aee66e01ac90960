import Primitives
import Registry

/// When a device is expected to be live, as the registry says it: when it is in it, has an interval, and is asked for.
struct ExpectedTimes {
  /// A stretch in which the registry says the same.
  struct Stretch: BitwiseCopyable {
    var from: UnixNanos
    var to: UnixNanos
    /// How old the newest row of a live device is at the most: three intervals.
    var limitNanos: Int64
    /// Its group's number.
    var group: Int32
    /// Since when the device has been expected and visible without a break, if that began within the time asked for:
    /// what was before says nothing. The beginning of time otherwise.
    var since: UnixNanos
  }

  /// By time.
  private(set) var stretches: [Stretch] = []
  /// What of that is planned work's.
  private(set) var planned = TimeRanges()

  /// Rows that are no further apart than this never leave an outage between them.
  var leastLimitNanos: Int64 { stretches.map(\.limitNanos).min() ?? .max }

  init(
    of id: String, within asked: Range<UnixNanos>, directory: any DeviceDirectory, grouping: inout DeviceGrouping,
    planned works: inout PlannedTimes
  ) {
    let changes = directory.changes(of: id, from: asked.lowerBound, to: asked.upperBound)
    let begins = [asked.lowerBound] + changes.filter { $0 > asked.lowerBound }
    var since = UnixNanos.min
    var wasExpected = true
    var ranges: [Range<UnixNanos>] = []
    for (place, begin) in begins.enumerated() {
      let end = place + 1 < begins.count ? begins[place + 1] : asked.upperBound
      let facts = directory.device(id, at: begin)
      let limit = facts.flatMap(Self.limitNanos)
      let isExpected = limit != nil && (facts.map { isVisible($0, at: begin, grouping) } ?? false)
      if isExpected && !wasExpected { since = begin }
      wasExpected = isExpected
      guard let facts, let limit, isExpected else { continue }
      let group = grouping.group(of: id, epoch: grouping.epoch(of: begin))
      if group == DeviceGrouping.excluded { continue }
      works.add(for: facts, within: begin..<end, to: &ranges)
      append(Stretch(from: begin, to: end, limitNanos: limit, group: group, since: since))
    }
    planned = TimeRanges(ranges)
  }

  private mutating func append(_ stretch: Stretch) {
    if let last = stretches.last, last.to == stretch.from, last.group == stretch.group,
      last.limitNanos == stretch.limitNanos
    {
      stretches[stretches.count - 1].to = stretch.to
    } else {
      stretches.append(stretch)
    }
  }

  private func isVisible(_ facts: DeviceFacts, at time: UnixNanos, _ grouping: DeviceGrouping) -> Bool {
    grouping.scope.isEverything || grouping.scope.takes(facts, at: time)
  }

  /// Three intervals of a device; nil for one that sends only when there is something to tell.
  private static func limitNanos(_ facts: DeviceFacts) -> Int64? {
    let seconds = facts.intervalSeconds ?? QualityQuery.usualIntervalSeconds
    return seconds == .infinity ? nil : Int64(min(3 * max(seconds, 0.001), 1e9) * Double(Nanos.perSecond))
  }
}
