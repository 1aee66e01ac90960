public import Alerts
import Primitives

/// What every receiver has, whatever kind it is.
protocol ReceiverSettings: Hashable, Sendable {
  /// Its name in metrics and on disk.
  var name: String { get }
  /// What it is called: `webhook`, `alertmanager`, `mail`.
  static var kind: String { get }
  /// What it is told of.
  var choice: ReceiverChoice { get }
}

/// What a receiver is told of.
public struct ReceiverChoice: Hashable, Sendable {
  /// The rules; nil for all.
  public var rules: Set<String>?
  /// What is less grave is not told.
  public var severity = AlertSeverity.debug
  /// So long the first of many waits for others, to be told as one; nil if each is told by itself.
  public var groupNanos: Int64?

  public init() {}

  func takes(rule: String, severity: AlertSeverity?) -> Bool {
    guard rules?.contains(rule) ?? true else { return false }
    return severity?.isAtLeast(self.severity) ?? true
  }

  /// Whether a notice is for it.
  func takes(_ notice: AlertNotice) -> Bool {
    takes(rule: notice.attributes.rule, severity: AlertSeverity(name: notice.severity))
  }
}
