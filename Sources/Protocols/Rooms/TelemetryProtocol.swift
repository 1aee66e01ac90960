/// A protocol that a listener speaks: the one list of the rooms. The case's name is its name in configuration, ledger and
/// metrics.
///
/// Another protocol is a folder beside the others, a case here with its room, and a place in `ProtocolLanes`.
public enum TelemetryProtocol: UInt8, CaseIterable, Sendable {
  case line, coap, syslog, snmp, rtp, rtcp, wsd, ntp, capture

  /// What is known of it, for all that is not done with every datagram.
  public var room: any ProtocolRoom.Type {
    switch self {
    case .line: LineRoom.self
    case .coap: CoAPRoom.self
    case .syslog: SyslogRoom.self
    case .snmp: SNMPRoom.self
    case .rtp: RTPRoom.self
    case .rtcp: RTCPRoom.self
    case .wsd: WSDiscoveryRoom.self
    case .ntp: NTPRoom.self
    case .capture: CaptureRoom.self
    }
  }

  /// How much a captured datagram looks like it.
  func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    switch self {
    case .line: LineRoom.likeness(of: datagram)
    case .coap: CoAPRoom.likeness(of: datagram)
    case .syslog: SyslogRoom.likeness(of: datagram)
    case .snmp: SNMPRoom.likeness(of: datagram)
    case .rtp: RTPRoom.likeness(of: datagram)
    case .rtcp: RTCPRoom.likeness(of: datagram)
    case .wsd: WSDiscoveryRoom.likeness(of: datagram)
    case .ntp: NTPRoom.likeness(of: datagram)
    case .capture: .none
    }
  }
}
