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
  public var alertmanagers: [AlertmanagerSettings] = []
  public var mails: [MailSettings] = []
  public var storm = StormSettings()
  /// What a storm says.
  var stormMessage: AlertMessage?

  /// Everybody who is told, in order.
  var receivers: [any ReceiverSettings] {
    (webhooks as [any ReceiverSettings]) + alertmanagers + mails
  }
}
