import Lagoon
import Primitives
import Rollups

/// Values of whole hours, by device, area or class, as stored buckets have them: read by the day and kept while a trial or
/// a look needs them.
struct UsualHours {
  private let bound: UsualBound
  private let filter: DeviceFilter
  private let scope: AlertScope
  private let zone: TimeZoneRules
  /// By the beginning of a stretch.
  private var known: [UnixNanos: [UnixNanos: [String: Double]]] = [:]
  private let stretchNanos: Int64

  /// About how much memory that takes.
  var heldBytes: Int {
    known.values.reduce(0) { sum, hours in sum + hours.values.reduce(0) { $0 + $1.count * Self.bytesAValue } }
  }
  private static let bytesAValue = 64

  /// - Parameter stretchNanos: how much is read at once, in whole hours.
  init(_ bound: UsualBound, of rule: AlertRule, zone: TimeZoneRules, stretchNanos: Int64) {
    self.bound = bound
    filter = rule.filter
    scope = rule.scope
    self.zone = zone
    self.stretchNanos = stretchNanos
  }

  /// What is usual in the hour that begins then, by subject.
  mutating func usual(
    at hour: UnixNanos, on view: LagoonView, _ directory: any DeviceDirectory
  ) throws -> [String: UsualValue] {
    var values: [String: [Double]] = [:]
    for week in 1...Int64(bound.weeks) {
      for (subject, value) in try self.values(at: hour - week * 7 * Nanos.perDay, on: view, directory) {
        values[subject, default: []].append(value)
      }
    }
    return values.compactMapValues { UsualValue($0, least: bound.leastWeeks) }
  }

  /// Of the hour that begins then, by subject.
  mutating func values(
    at hour: UnixNanos, on view: LagoonView, _ directory: any DeviceDirectory
  ) throws -> [String: Double] {
    let stretch = flooredDivision(hour, by: stretchNanos) * stretchNanos
    if let read = known[stretch] { return read[hour] ?? [:] }
    let read = try read(from: stretch, on: view, directory)
    known[stretch] = read
    return read[hour] ?? [:]
  }

  /// Lets go of what begins before it.
  mutating func forget(before time: UnixNanos) { known = known.filter { $0.key + stretchNanos > time } }

  private func read(
    from: UnixNanos, on view: LagoonView, _ directory: any DeviceDirectory
  ) throws -> [UnixNanos: [String: Double]] {
    let query = RollupQuery(
      measurement: bound.measurement, field: bound.field, step: UsualHours.hour, from: from, to: from + stretchNanos,
      aggregates: [bound.aggregate], filter: filter, groupBy: scope.groupBy)
    let answer: RollupAnswer
    do {
      answer = try query.run(on: view, directory: directory, zone: zone)
    } catch QueryError.unknownMeasurement, QueryError.unknownField {
      return [:]
    }
    let threshold = AlertThreshold(
      measurement: bound.measurement, field: bound.field, aggregate: bound.aggregate, over: UsualHours.hour,
      isAbove: bound.isAbove, bound: 0)
    var found: [UnixNanos: [String: Double]] = [:]
    for group in answer.groups where !group.name.isEmpty || scope == .all {
      for cell in group.cells {
        guard let value = threshold.value(of: [cell]) else { continue }
        found[cell.time, default: [:]][group.name] = value * bound.windowShare
      }
    }
    return found
  }

  static let hour: Step = {
    guard let hour = Step("1h") else { fatalError("BUG: an hour is no step") }
    return hour
  }()
}
