/// Which protocol a captured datagram speaks, by its ports.
public struct PortMap: Sendable {
  private var protocols: [UInt16: TelemetryProtocol] = [:]

  /// The default ports of the listeners and the well-known ones.
  public init() {
    for kind in TelemetryProtocol.allCases {
      for port in kind.traits.knownPorts { protocols[port] = kind }
    }
  }

  /// Maps one more port, or maps it anew.
  public mutating func set(_ port: UInt16, _ kind: TelemetryProtocol) {
    protocols[port] = kind
  }

  /// By the destination, else by the source: an answer comes from the port that was asked.
  public func protocolOf(destination: UInt16, source: UInt16) -> TelemetryProtocol? {
    protocols[destination] ?? protocols[source]
  }
}
