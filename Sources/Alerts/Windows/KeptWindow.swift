import Lagoon
import Primitives
import Rollups

/// One window with what was found of it in this look.
struct KeptWindow {
  private(set) var window: DeviceWindow
  let aggregates: Set<Aggregate>
  /// Why it could not go on.
  private(set) var fault: (any Error)?
  /// What it adds up to, once it is asked for in a look; nil inside while it does not know all of it.
  private var sums: WindowSums??
  private var values: [Aggregate: ContiguousArray<Double>] = [:]
  private var choices: [SlotChoice.Key: SlotChoice] = [:]

  init(window: DeviceWindow, aggregates: Set<Aggregate>) {
    self.window = window
    self.aggregates = aggregates
  }

  mutating func advance(on view: LagoonView, to now: UnixNanos, forgetting: Bool) {
    (sums, values) = (nil, [:])
    if forgetting { choices = [:] }
    let beginnings = window.beginnings
    do {
      try window.advance(on: view, to: now)
      fault = nil
    } catch {
      fault = error
    }
    // Its devices have other numbers.
    if beginnings != window.beginnings { choices = [:] }
  }

  /// Gives its memory back.
  mutating func letGo() {
    (sums, values, choices) = (nil, [:], [:])
    window.forget()
  }

  mutating func observations(
    _ threshold: AlertThreshold, of rule: AlertRule, directory: any DeviceDirectory, at now: UnixNanos,
    followed: some Collection<String>
  ) throws -> [AlertObservation]? {
    if let fault { throw fault }
    if sums == nil { sums = .some(window.sums()) }
    guard case .some(.some(let sums)) = sums else { return nil }
    let key = SlotChoice.Key(filter: rule.filter, scope: rule.scope)
    var choice = choices[key] ?? SlotChoice(key)
    choice.extend(to: window.devices, directory: directory, at: now)
    choices[key] = choice
    if rule.scope == .device { return devices(threshold, sums, choice, followed) }
    return choice.groups(of: sums).compactMap { name, group in
      guard let value = group.value(threshold.aggregate) else { return nil }
      let sign = threshold.sign(of: value)
      guard sign == .raised || followed.contains(name) else { return nil }
      return AlertObservation(subject: name, value: value, sign: sign)
    }
  }

  /// What of single devices is raised, and where those stand that are followed.
  private mutating func devices(
    _ threshold: AlertThreshold, _ sums: WindowSums, _ choice: SlotChoice, _ followed: some Collection<String>
  ) -> [AlertObservation] {
    let values = values[threshold.aggregate] ?? sums.values(threshold.aggregate)
    self.values[threshold.aggregate] = values
    var found: [AlertObservation] = []
    for slot in values.indices where choice.takes(slot) {
      let value = values[slot]
      // No value is neither.
      guard threshold.isAbove ? value > threshold.bound : value < threshold.bound else { continue }
      found.append(AlertObservation(subject: window.devices[slot], value: value, sign: .raised))
    }
    for device in followed {
      guard let slot = window.number(of: device), choice.takes(slot), !values[slot].isNaN else { continue }
      let sign = threshold.sign(of: values[slot])
      if sign != .raised { found.append(AlertObservation(subject: device, value: values[slot], sign: sign)) }
    }
    return found
  }
}
