/// A protocol that a listener speaks. The raw value is its name in configuration, ledger and metrics.
public enum TelemetryProtocol: String, CaseIterable, Sendable {
  /// InfluxDB line protocol.
  case line
  /// CoAP (RFC 7252) with SenML (RFC 8428).
  case coap
  /// Syslog, RFC 5424 and RFC 3164 over UDP (RFC 5426).
  case syslog
  /// SNMP traps and informs, v1, v2c and v3.
  case snmp
  /// RTP (RFC 3550), judged by the stream; its listeners take RTCP too.
  case rtp
  /// RTCP on a port of its own, as captures have it.
  case rtcp
  /// WS-Discovery, as ONVIF cameras announce themselves.
  case wsd
  /// A network interface, where any of the others may come by.
  case capture

  /// Where it listens unless told otherwise; nil where no port is its own.
  public var defaultPort: UInt16? {
    switch self {
    case .line: 8089
    case .coap: 5683
    case .syslog: 5514
    case .snmp: 5162
    case .wsd: 3702
    case .rtp, .rtcp, .capture: nil
    }
  }

  /// Whether a node that was told of no listeners has one. WS-Discovery is not among them, since it joins groups on the
  /// network that it stands in.
  public var listensByDefault: Bool {
    switch self {
    case .line, .coap, .syslog, .snmp: true
    case .rtp, .rtcp, .wsd, .capture: false
    }
  }

  /// Ports by which `replay` knows it: ours and the well-known ones.
  public var knownPorts: [UInt16] {
    switch self {
    case .line: [8089]
    case .coap: [5683]
    case .syslog: [5514, 514]
    case .snmp: [5162, 162, 161]
    case .wsd: [3702]
    case .rtp, .rtcp, .capture: []
    }
  }

  /// Whether its datagrams become events, and rows only beside them.
  @inlinable public var yieldsEvents: Bool { self == .syslog || self == .snmp || self == .wsd }
}
