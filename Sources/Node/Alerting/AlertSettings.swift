public import Alerts
import Primitives

/// What a node watches, and whom it tells.
public struct AlertSettings: Sendable {
  /// The file or folder that the rules came from; nil if there are none.
  public var path: String?
  public var rules: [AlertRule] = []
  /// How often they are looked at.
  public var intervalNanos = 10 * Nanos.perSecond
  public var webhooks: [WebhookSettings] = []
  public var storm = StormSettings()
  /// What a storm says.
  var stormMessage: AlertMessage?
}

/// A receiver of alerts over HTTP.
public struct WebhookSettings: Sendable {
  /// Its name in metrics and on disk.
  public var name: String
  public var url: String
  /// What requests are signed with.
  var secret: [UInt8]
  /// The rules that it is told of; nil for all.
  public var rules: Set<String>?
  /// What is less grave is not told.
  public var severity = AlertSeverity.debug

  package init(name: String, url: String, secret: [UInt8]) {
    self.name = name
    self.url = url
    self.secret = secret
  }

  /// Whether a notice is for it.
  func wants(_ notice: AlertNotice) -> Bool {
    guard rules?.contains(notice.attributes.rule) ?? true else { return false }
    return AlertSeverity(name: notice.severity)?.isAtLeast(severity) ?? true
  }
}
