public import Capture
public import Telemetry

/// What a capture held, and what became of it.
public struct ReplayReport: Sendable {
  public var capture: CaptureCounts
  /// One listener a protocol.
  public var ledger: LedgerSnapshot
  /// Datagrams of ports that no protocol is mapped to.
  public var unmapped: UInt64
  public var measurements: [String: UInt64] = [:]
}
