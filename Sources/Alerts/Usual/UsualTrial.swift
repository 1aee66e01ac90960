import Lagoon
import Primitives
import Rollups

/// Runs a rule of what is usual over what is stored, hour by hour: a server looks more often, over windows of its own.
struct UsualTrial {
  let bound: UsualBound
  let rule: AlertRule
  let view: LagoonView
  let directory: any DeviceDirectory

  func run(from: UnixNanos, to: UnixNanos) throws -> TrialOutcome {
    var hours = UsualHours(
      bound, of: rule, zone: .fixed(offsetSeconds: 0), stretchNanos: Nanos.perDay)
    var machines: [String: AlertMachine] = [:]
    var outcomes: [String: TrialOutcome] = [:]
    var hour = flooredDivision(from, by: Nanos.perHour) * Nanos.perHour
    while hour + Nanos.perHour <= to {
      try view.probe.check(holding: machines.count * 256 + hours.heldBytes)
      let values = try hours.values(at: hour, on: view, directory)
      let usual = try hours.usual(at: hour, on: view, directory)
      for subject in Set(values.keys).union(machines.keys) {
        var machine = machines[subject] ?? rule.machine
        var outcome = outcomes[subject] ?? TrialOutcome()
        let value = values[subject]
        if let value { outcome.note(value: value) }
        if case .fired = machine.observe(bound.sign(of: value, usual[subject]), at: hour + Nanos.perHour) {
          outcome.note(firing: hour + Nanos.perHour)
        }
        machines[subject] = machine
        outcomes[subject] = outcome
      }
      hour += Nanos.perHour
      hours.forget(before: hour - Int64(bound.weeks) * 7 * Nanos.perDay)
    }
    var whole = TrialOutcome()
    for (_, outcome) in outcomes { whole.add(outcome) }
    return whole
  }
}
