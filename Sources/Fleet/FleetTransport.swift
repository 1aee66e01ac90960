/// The protocols that the simulated fleet speaks.
public enum FleetTransport: String, CaseIterable, Hashable, Sendable {
  /// InfluxDB line protocol.
  case line
  /// SenML-CBOR packs over CoAP.
  case coap
  /// Syslog RFC 5424 and RFC 3164.
  case syslog

  /// The port that the receiver listens to unless configured otherwise.
  public var defaultPort: UInt16 {
    switch self {
    case .line: 8089
    case .coap: 5683
    case .syslog: 5514
    }
  }
}
