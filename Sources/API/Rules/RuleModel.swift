public import Alerts
public import Lagoon
public import Primitives

/// A node's alert rules, as the interface shows and changes them.
public protocol RuleModel: Sendable {
  /// Those in force.
  var rules: [AlertRule] { get }

  /// Replaces a file of rules, or reads all of them anew, and puts them in force. May block.
  ///
  /// - Parameters:
  ///   - bytes: the file's whole content; nil to take the files as they are.
  ///   - file: the file's name, where the rules are a folder of them.
  ///   - isTrial: tells what would change, and what each rule would have told, and changes nothing.
  ///   - span: over which the rules are tried.
  func change(
    _ bytes: [UInt8]?, file: String?, isTrial: Bool, on view: LagoonView, over span: Range<UnixNanos>
  ) throws(RuleRefusal) -> RuleReport
}
