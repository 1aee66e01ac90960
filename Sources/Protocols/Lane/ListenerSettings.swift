import Primitives
public import Sys

/// One listener as the lanes need it.
public struct ListenerSettings: Sendable {
  public var name: String
  public var telemetryProtocol: TelemetryProtocol
  public var address: SocketAddress
  /// All the ports that are bound; the address's own if nil.
  public var ports: ClosedRange<UInt16>?
  /// Sources that may send; empty for all.
  public var allow: [AddressBlock] = []
  public var receiveBufferBytes = 16 << 20
  /// What the kernel dropped before its sockets.
  public let dropTally = DropTally()

  // By protocol; a listener to an interface has all of them.
  public var line = LineSettings()
  public var coap = CoAPSettings()
  public var syslog = SyslogSettings()
  public var snmp = SNMPSettings()
  public var rtp = RTPSettings()
  public var ntp = NTPSettings()
  public var capture = CaptureSettings()

  /// The addresses to bind, one a port.
  public var addresses: [SocketAddress] {
    guard let ports else { return [address] }
    return ports.map { port in
      var own = address
      own.port = port
      return own
    }
  }

  /// Where it listens, for people: `[::]:20000-20999`, `eth1`.
  public var place: String {
    if let source = capture.source { return source.interface }
    guard let ports else { return address.description }
    return "\(address)-\(ports.upperBound)"
  }

  /// A listener at its protocol's own port, on every address; nothing is bound to an interface.
  public init(name: String? = nil, _ kind: TelemetryProtocol) {
    self.init(
      name: name ?? kind.name, telemetryProtocol: kind,
      address: SocketAddress(
        SourceAddress(high: 0, low: 0, port: kind.traits.defaultPort ?? 0), isIPv6: true))
  }

  public init(name: String, telemetryProtocol: TelemetryProtocol, address: SocketAddress) {
    self.name = name
    self.telemetryProtocol = telemetryProtocol
    self.address = address
  }
}
