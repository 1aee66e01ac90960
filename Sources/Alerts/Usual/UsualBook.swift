public import Lagoon
public import Primitives
import Rollups

/// What is usual in the present hour, by rule: looked up once an hour, not with every look.
public struct UsualBook: Sendable {
  private struct Page {
    var rule: AlertRule
    var hour: UnixNanos
    var values: [String: UsualValue]
  }

  private var pages: [String: Page] = [:]

  public init() {}

  /// Lets go of rules that are no more.
  public mutating func retain(_ rules: [AlertRule]) {
    let names = Set(rules.map(\.name))
    pages = pages.filter { names.contains($0.key) }
  }

  /// What the rule sees at `now`: one question, and once an hour one a week that it looks back.
  ///
  /// - Throws: `QueryError`, or what the reader throws.
  public mutating func observations(
    _ bound: UsualBound, of rule: AlertRule, on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules,
    now: UnixNanos
  ) throws -> [AlertObservation] {
    let usual = try usual(bound, of: rule, on: view, directory: directory, zone: zone, now: now)
    if usual.isEmpty { return [] }
    let window = AlertThreshold(
      measurement: bound.measurement, field: bound.field, aggregate: bound.aggregate, over: bound.over,
      isAbove: bound.isAbove, bound: 0)
    return try rule.values(window, view, directory, zone, now).map { subject, value in
      let known = usual[subject]
      return AlertObservation(
        subject: subject, value: value, sign: bound.sign(of: value, known), bound: known.flatMap { bound.bound($0) })
    }
  }

  /// The hour is that of the window's middle.
  private mutating func usual(
    _ bound: UsualBound, of rule: AlertRule, on view: LagoonView, directory: any DeviceDirectory, zone: TimeZoneRules,
    now: UnixNanos
  ) throws -> [String: UsualValue] {
    let hour = UsualHours.hour.bucket(of: now - bound.windowNanos / 2, zone: zone).start
    if let page = pages[rule.name], page.rule == rule, page.hour == hour { return page.values }
    var hours = UsualHours(bound, of: rule, zone: zone, stretchNanos: Nanos.perHour)
    let values = try hours.usual(at: hour, on: view, directory)
    pages[rule.name] = Page(rule: rule, hour: hour, values: values)
    return values
  }
}
