public import Capture
public import Protocols
public import Telemetry

/// What a capture held, and what became of it.
public struct ReplayReport: Sendable {
  public var capture: CaptureCounts
  /// One listener a protocol.
  public var ledger: LedgerSnapshot
  /// Datagrams of ports that no protocol is mapped to.
  public var unmapped: UInt64
  public var snmp: SNMPTally.Counts?
  public var streams: [RTPStreamTotals] = []
  /// RTCP packets by type, WS-Discovery messages by action.
  public var controlTypes: [UInt8: UInt64] = [:]
  public var discoveryActions: [WSDiscoveryMessage.Action: UInt64] = [:]
}
