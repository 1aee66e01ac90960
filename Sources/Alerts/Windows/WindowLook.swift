public import Lagoon
public import Primitives
import Rollups

/// One look at the bounds of many rules. Rules over the same window of the same field share one pass over its rows: what a
/// look costs grows with the windows, not with the rules.
///
/// A rule of single devices takes what it is about out of a pass over all devices, by what the registry says now. Other
/// rules share a pass where they filter alike, since an area's or a class's value is made of the chosen devices alone.
public struct WindowLook {
  private struct Key: Hashable {
    var measurement: String
    var field: String
    var over: Step
    var scope: AlertScope
    /// nil where each rule picks its devices out of all.
    var filter: DeviceFilter?
  }

  private struct Pass {
    var aggregates: [Aggregate] = []
    var filter: DeviceFilter?
    var isMixed = false
    var isRun = false
    /// nil if nothing is stored under that name.
    var answer: RollupAnswer?
  }

  private var passes: [Key: Pass] = [:]

  /// - Parameter rules: those that are looked at; who is asked of no bound costs nothing.
  public init(_ rules: [AlertRule]) {
    for rule in rules {
      guard case .threshold(let threshold) = rule.kind else { continue }
      var pass = passes[Self.key(rule, threshold)] ?? Pass(filter: rule.filter)
      if !pass.aggregates.contains(threshold.aggregate) { pass.aggregates.append(threshold.aggregate) }
      // A pass of the chosen ones is cheaper where all choose alike.
      if pass.filter != rule.filter { pass.isMixed = true }
      passes[Self.key(rule, threshold)] = pass
    }
  }

  private static func key(_ rule: AlertRule, _ threshold: AlertThreshold) -> Key {
    Key(
      measurement: threshold.measurement, field: threshold.field, over: threshold.over, scope: rule.scope,
      filter: rule.scope == .device && rule.filter.tags.isEmpty ? nil : rule.filter)
  }

  /// What a rule sees at `now`, as `AlertRule.observations` does. Of those that are well only the ones are told that
  /// `isKnown` says it has to know of.
  ///
  /// - Throws: `QueryError`, or what the reader throws. Nothing stored under that name is no error: nothing is seen.
  public mutating func observations(
    _ threshold: AlertThreshold, of rule: AlertRule, on view: LagoonView, directory: any DeviceDirectory,
    zone: TimeZoneRules, now: UnixNanos, isKnown: (String) -> Bool
  ) throws -> [AlertObservation] {
    let key = Self.key(rule, threshold)
    var pass = passes[key] ?? Pass(aggregates: [threshold.aggregate], filter: rule.filter)
    if !pass.isRun {
      let filter = pass.isMixed ? key.filter ?? DeviceFilter() : rule.filter
      pass.answer = try Self.ask(threshold, pass.aggregates, filter, rule.scope, view, directory, zone, now)
      pass.isRun = true
      passes[key] = pass
    }
    guard let answer = pass.answer else { return [] }
    let quantile = pass.aggregates.prefix { $0 != threshold.aggregate }.count { $0.isQuantile }
    let choice = pass.isMixed ? SubjectChoice(filter: rule.filter, scope: rule.scope, directory: directory) : nil
    return answer.groups.compactMap { group in
      // Devices that the registry says nothing of are in no area and no class.
      if group.name.isEmpty && rule.scope != .all { return nil }
      guard let value = threshold.value(of: group.cells, quantile: quantile) else { return nil }
      let sign = threshold.sign(of: value)
      guard sign == .raised || isKnown(group.name) else { return nil }
      if let choice, choice.subject(ofDevice: group.name, at: now) == nil { return nil }
      return AlertObservation(subject: group.name, value: value, sign: sign)
    }
  }

  private static func ask(
    _ threshold: AlertThreshold, _ aggregates: [Aggregate], _ filter: DeviceFilter, _ scope: AlertScope,
    _ view: LagoonView, _ directory: any DeviceDirectory, _ zone: TimeZoneRules, _ now: UnixNanos
  ) throws -> RollupAnswer? {
    let from = now - threshold.windowNanos
    let query = RollupQuery(
      measurement: threshold.measurement, field: threshold.field,
      step: WindowStep.covering(from, now, zone: zone), from: from, to: now, aggregates: aggregates, filter: filter,
      groupBy: scope.groupBy)
    do {
      return try query.run(on: view, directory: directory, zone: zone)
    } catch QueryError.unknownMeasurement, QueryError.unknownField {
      return nil
    }
  }
}
