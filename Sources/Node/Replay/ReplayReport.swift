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
  /// What there is to tell beside the account, by the protocol's name.
  public var details: [String: ProtocolDetail] = [:]
}
