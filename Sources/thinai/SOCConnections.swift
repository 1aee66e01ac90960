import Node
import Primitives
import Secure

/// Connections to the security operations centre, over TLS or TCP.
struct SOCConnections: SOCTransport {
  private let settings: SOCSettings
  private let trust: TLSTrust?

  /// - Throws: a `TLSFault` if the certificates to trust cannot be read.
  init(_ settings: SOCSettings) throws {
    self.settings = settings
    trust = settings.isSecured ? try TLSTrust(authorities: settings.authorities) : nil
  }

  func open() throws -> any SOCConnection {
    Opened(
      connection: try TLSConnection.open(
        host: settings.host, port: settings.port, trust: trust, seconds: Limits.socSeconds))
  }

  private struct Opened: SOCConnection {
    let connection: TLSConnection

    var failure: String? { connection.fault.map { "\($0)" } }
    func send(_ bytes: [UInt8]) throws { try connection.send(bytes, seconds: Limits.socSeconds) }
    var isAcknowledged: Bool { connection.isAcknowledged(seconds: Limits.socSeconds) }
    func close() { connection.close() }
  }
}
