/// What becomes of the alert rules when a file of them is replaced, and what they would have told lately.
public struct RuleReport: Sendable {
  /// What becomes of a rule. Raw values are the interface's.
  public enum Change: String, Sendable {
    case added, changed, same
  }

  public struct Entry: Sendable {
    public var rule: AlertRule
    public var change: Change
    /// nil of a rule that was not tried.
    public var outcome: TrialOutcome?
    /// Why it could not be tried.
    public var fault: String?
    /// Names in it that are nobody's.
    public var warnings: [String]

    public init(
      _ rule: AlertRule, _ change: Change, outcome: TrialOutcome? = nil, fault: String? = nil, warnings: [String] = []
    ) {
      self.rule = rule
      self.change = change
      self.outcome = outcome
      self.fault = fault
      self.warnings = warnings
    }
  }

  /// All rules that are in force afterwards.
  public var entries: [Entry]
  /// Names of those that are not any more: their alarms close.
  public var removed: [String]

  public init(from old: [AlertRule], to new: [AlertRule]) {
    let known = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    let names = Set(new.map(\.name))
    entries = new.map { rule in
      Entry(rule, known[rule.name].map { $0 == rule ? .same : .changed } ?? .added)
    }
    removed = old.map(\.name).filter { !names.contains($0) }
  }
}

/// Why alert rules cannot be changed.
public enum RuleRefusal: Error, Hashable, Sendable {
  /// The configuration names no file of rules.
  case notConfigured
  /// The file that is meant cannot be told, or is none of rules.
  case badFile(String)
  /// What makes no rules, or leaves somebody without theirs.
  case unusable(String)
  /// Another change is under way.
  case busy
  /// The file cannot be written.
  case failed(String)
}
