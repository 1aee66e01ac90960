import Primitives

/// A mail server, and to whom it carries alerts.
public struct MailSettings: ReceiverSettings {
  static let kind = "mail"

  public var name: String
  public var host: String
  public var port: Int
  public var security: Security
  /// A file of certificates to trust; nil for the system's.
  public var authorities: String?
  public var from: MailAddress
  public var to: [MailAddress]
  public var user: String?
  var password: [UInt8] = []
  public var choice = ReceiverChoice()
  var subject: NoticeTemplate?
  var body: NoticeTemplate?
  /// Where this node's interface is reached by people; nil if nothing points there.
  var link: String?

  /// How what is sent is kept from others.
  public enum Security: String, CaseIterable, Sendable {
    case none
    /// It begins in the clear and must become secure before anything is said.
    case startTLS = "starttls"
    /// From the first octet on.
    case tls

    var usualPort: Int {
      switch self {
      case .none: 25
      case .startTLS: 587
      case .tls: 465
      }
    }
  }

  package init(
    name: String, host: String, port: Int, security: Security, from: MailAddress, to: [MailAddress]
  ) {
    self.name = name
    self.host = host
    self.port = port
    self.security = security
    self.from = from
    self.to = to
  }
}
