import Primitives

/// An Alertmanager of Prometheus, told by its API v2.
public struct AlertmanagerSettings: ReceiverSettings {
  static let kind = "alertmanager"

  public var name: String
  /// Without a slash at its end: `/api/v2/alerts` follows.
  public var url: String
  public var choice = ReceiverChoice()
  /// Labels of every alert.
  var labels: [String: String] = [:]
  var headers: [WebhookSettings.Header] = []
  /// Where this node's interface is reached by people; nil if nothing points there.
  var link: String?
  /// How often what lasts is told again.
  var resendNanos = Nanos.perMinute

  package init(name: String, url: String) {
    self.name = name
    self.url = url
  }
}
