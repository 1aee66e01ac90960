import Node
import Primitives
import Secure

/// Connections to mail servers, over TLS or TCP.
struct MailConnections: MailTransport {
  /// What is wrong with the files that the settings name; empty if nothing is.
  static func faults(of settings: [MailSettings]) -> [String] {
    settings.compactMap { mail in
      guard let authorities = mail.authorities else { return nil }
      do {
        _ = try TLSTrust(authorities: authorities)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }

  func open(_ settings: MailSettings) throws -> any MailConnection {
    // Read anew each time: authorities are replaced as certificates are.
    let trust = settings.security == .none ? nil : try TLSTrust(authorities: settings.authorities)
    let connection = try LineConnection.open(
      host: settings.host, port: settings.port, trust: settings.security == .tls ? trust : nil,
      seconds: Limits.mailConnectSeconds, longestLineBytes: Limits.mailReplyLineBytes)
    return Opened(connection, trust)
  }

  private final class Opened: MailConnection {
    private let connection: LineConnection
    private let trust: TLSTrust?

    init(_ connection: LineConnection, _ trust: TLSTrust?) {
      self.connection = connection
      self.trust = trust
    }

    func send(_ bytes: [UInt8]) throws { try connection.send(bytes, seconds: Limits.mailConnectSeconds) }
    func line(waitNanos: Int64) throws -> [UInt8]? { try connection.line(waitNanos: waitNanos) }
    func close() { connection.close() }

    func secure() throws {
      guard let trust else { return }
      try connection.secure(trust, seconds: Limits.mailConnectSeconds)
    }
  }
}
