/// A protocol that a listener speaks. The raw value is its name in configuration, ledger and metrics.
public enum TelemetryProtocol: String, CaseIterable, Sendable {
  /// InfluxDB line protocol.
  case line
  /// CoAP (RFC 7252) with SenML (RFC 8428).
  case coap
  /// Syslog, RFC 5424 and RFC 3164 over UDP (RFC 5426).
  case syslog

  /// Where it listens unless told otherwise.
  public var defaultPort: UInt16 {
    switch self {
    case .line: 8089
    case .coap: 5683
    case .syslog: 5514
    }
  }

  /// Ports by which `replay` knows it: ours and the well-known ones.
  public var knownPorts: [UInt16] {
    switch self {
    case .line: [8089]
    case .coap: [5683]
    case .syslog: [5514, 514]
    }
  }
}
