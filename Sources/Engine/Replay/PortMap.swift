public import Telemetry

/// Which protocol a captured datagram speaks, by its ports.
public struct PortMap: Sendable {
  private var protocols: [UInt16: TelemetryProtocol] = [:]

  /// The default ports of the listeners and the well-known ones.
  public init() {
    for kind in TelemetryProtocol.allCases {
      for port in kind.knownPorts { protocols[port] = kind }
    }
  }

  /// Maps one more port, or maps it anew: `1514=syslog`. Throws if the text is no such pair.
  public mutating func add(_ text: String) throws {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[0]), port > 0 else {
      throw EngineError("cannot map port \(text): it must read PORT=PROTOCOL, such as 1514=syslog")
    }
    guard let kind = TelemetryProtocol(rawValue: String(parts[1])) else {
      let known = TelemetryProtocol.allCases.map(\.rawValue).joined(separator: ", ")
      throw EngineError("cannot map port \(text): \(parts[1]) is none of \(known)")
    }
    protocols[port] = kind
  }

  /// By the destination, else by the source: an answer comes from the port that was asked.
  public func protocolOf(destination: UInt16, source: UInt16) -> TelemetryProtocol? {
    protocols[destination] ?? protocols[source]
  }
}
