/// What tells one alarm from another: a rule, what it is of, and the values that an event's rule tells apart.
public struct AlarmKey: Hashable, Sendable, Comparable {
  public var rule: String
  /// By what the rule tells apart: another meaning of `subject` is another thing.
  public var scope: AlertScope
  /// A device's id, an area's code, a class; empty for everything together.
  public var subject: String
  /// Values of the members of an event's attributes, in the order in which the rule names them.
  public var values: [String]

  public init(rule: String, scope: AlertScope, subject: String, values: [String] = []) {
    self.rule = rule
    self.scope = scope
    self.subject = subject
    self.values = values
  }

  /// The device that it is of; nil if it is of something else.
  public var device: String? { scope == .device ? subject : nil }

  /// One text for it: what follows on each other is told in order.
  public var text: String { ([rule, scope.rawValue, subject] + values).joined(separator: "/") }

  public static func < (left: AlarmKey, right: AlarmKey) -> Bool {
    if left.rule != right.rule { return left.rule < right.rule }
    if left.scope != right.scope { return left.scope.rawValue < right.scope.rawValue }
    if left.subject != right.subject { return left.subject < right.subject }
    return left.values.lexicographicallyPrecedes(right.values)
  }
}
