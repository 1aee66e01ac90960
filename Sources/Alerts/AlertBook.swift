public import Primitives

/// One thing that fires, as it is kept over a restart.
public struct FiringAlert: Hashable, Sendable {
  public var rule: String
  /// By what the rule tells apart: another meaning of `subject` is another thing.
  public var scope: String
  public var severity: String
  public var subject: String
  public var since: UnixNanos

  public init(rule: String, scope: String, severity: String, subject: String, since: UnixNanos) {
    self.rule = rule
    self.scope = scope
    self.severity = severity
    self.subject = subject
    self.since = since
  }
}

/// Where every rule stands with every device, area or class; of most of them, which are well, nothing is kept.
public struct AlertBook: Sendable {
  /// Something to be told.
  public struct Turn: Hashable, Sendable {
    public var subject: String
    public var value: Double?
    public var change: AlertMachine.Change
    /// Beyond what it is told, where that is not the rule's own number.
    public var bound: Double?

    public init(subject: String, value: Double?, change: AlertMachine.Change, bound: Double? = nil) {
      self.bound = bound
      self.subject = subject
      self.value = value
      self.change = change
    }
  }

  private var machines: [String: [String: AlertMachine]] = [:]

  public init() {}

  /// Goes on with what fired before a restart. Counted as heard now: nobody listened meanwhile.
  public mutating func restore(_ firing: FiringAlert, rule: AlertRule, at now: UnixNanos) {
    machines[rule.name, default: [:]][firing.subject] = AlertMachine(
      holdNanos: rule.holdNanos, phase: .firing(since: firing.since, heard: now))
  }

  /// Lets go of rules that are no more.
  public mutating func retain(_ rules: [AlertRule]) {
    let names = Set(rules.map(\.name))
    machines = machines.filter { names.contains($0.key) }
  }

  /// Takes what a rule sees at `now`.
  ///
  /// - Returns: what is to be told, by subject, and how many could not be followed because there were too many.
  public mutating func take(
    _ observations: [AlertObservation], of rule: AlertRule, at now: UnixNanos
  ) -> (turns: [Turn], overflow: Int) {
    var known = machines[rule.name] ?? [:]
    var turns: [Turn] = []
    var overflow = 0
    var seen: Set<String> = []
    func step(_ subject: String, _ value: Double?, _ sign: AlertSign, _ bound: Double? = nil) {
      var machine = known[subject] ?? rule.machine
      let change = machine.observe(sign, at: now)
      known[subject] = machine.phase == .ok ? nil : machine
      if let change { turns.append(Turn(subject: subject, value: value, change: change, bound: bound)) }
    }
    for observation in observations {
      if known[observation.subject] == nil {
        guard observation.sign == .raised else { continue }
        guard known.count < Limits.alertSubjects else {
          overflow += 1
          continue
        }
      }
      seen.insert(observation.subject)
      step(observation.subject, observation.value, observation.sign, observation.bound)
    }
    for subject in known.keys where !seen.contains(subject) { step(subject, nil, .absent) }
    machines[rule.name] = known
    return (turns.sorted { $0.subject < $1.subject }, overflow)
  }

  /// What of a rule anything is kept of: of all else, what is well needs no telling.
  public func followed(of rule: String) -> Set<String> { Set((machines[rule] ?? [:]).keys) }

  /// How many fire, by rule.
  public func firingCount(of rule: String) -> Int {
    machines[rule]?.values.count { $0.isFiring } ?? 0
  }

  /// Everything that fires under those rules, sorted.
  public func firing(of rules: [AlertRule]) -> [FiringAlert] {
    rules.flatMap { rule in
      (machines[rule.name] ?? [:]).compactMap { subject, machine -> FiringAlert? in
        guard case .firing(let since, _) = machine.phase else { return nil }
        return FiringAlert(
          rule: rule.name, scope: rule.scope.rawValue, severity: rule.severity.name, subject: subject, since: since)
      }.sorted { $0.subject < $1.subject }
    }
  }
}
