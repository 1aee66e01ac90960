import Alerts
import Primitives

/// A receiver of alerts over HTTP.
public struct WebhookSettings: ReceiverSettings {
  static let kind = "webhook"

  /// Its name in metrics and on disk.
  public var name: String
  public var url: String
  /// What requests are signed with; empty if they are not.
  var secret: [UInt8]
  public var choice = ReceiverChoice()
  /// What it gets instead of the event.
  var body: NoticeTemplate?
  /// The type of such a body.
  var contentType = WebhookSettings.json
  /// Headers beside ours.
  var headers: [Header] = []

  static let json = "application/json"

  struct Header: Hashable, Sendable {
    var name: String
    var value: String
  }

  package init(name: String, url: String, secret: [UInt8]) {
    self.name = name
    self.url = url
    self.secret = secret
  }
}
