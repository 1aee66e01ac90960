public import Primitives
public import Sys

/// One listener as the lanes need it.
public struct ListenerSettings: Sendable {
  public var name: String
  public var telemetryProtocol: TelemetryProtocol
  public var address: SocketAddress
  /// RTP: all the ports that are bound; the address's own if nil.
  public var ports: ClosedRange<UInt16>?
  /// Sources that may send; empty for all.
  public var allow: [AddressBlock] = []
  public var receiveBufferBytes = 16 << 20
  /// Line protocol: the unit of timestamps.
  public var precision = LinePrecision.nanoseconds
  /// Line protocol: the tag that names the device, before `device` and `host`.
  public var deviceTag: String?
  /// Syslog: the zone of times that name none, and those of single sources.
  public var zone = TimeZoneRules.utc
  public var sourceZones: [SourceAddress: TimeZoneRules] = [:]

  /// SNMP: who may send, and what identifiers are called.
  public var snmp = SNMPSettings()
  /// RTP: what payload types are, and when a stream is unwell.
  public var rtp = RTPSettings()
  /// WS-Discovery: joins the groups in which devices announce themselves.
  public var joinsDiscovery = false
  /// Captures: which port is whose, before content is looked at.
  public var portMap = PortMap()
  /// Captures: the interface, and what of it is taken.
  public var capture: CaptureSource?
  public let captureTally = CaptureTally()
  /// Any protocol with sockets: what the kernel dropped.
  public let dropTally = DropTally()
  /// CoAP: what had to be forgotten.
  public let coapTally = CoAPTally()

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
    if let capture { return capture.interface }
    guard let ports else { return address.description }
    return "\(address)-\(ports.upperBound)"
  }

  public init(name: String, telemetryProtocol: TelemetryProtocol, address: SocketAddress) {
    self.name = name
    self.telemetryProtocol = telemetryProtocol
    self.address = address
  }
}

/// A network interface to be listened to.
public struct CaptureSource: Sendable, Hashable {
  public var interface: String
  /// In the language of pcap-filter(7); empty for all UDP.
  public var filter = "udp"
  /// Takes what is not for this host too; a mirror port needs it.
  public var isPromiscuous = false
  /// The kernel's ring.
  public var bufferBytes = 16 << 20

  public init(interface: String) {
    self.interface = interface
  }
}

/// How far from its arrival a row's time may be.
public struct TimeBounds: Sendable {
  /// A device clock further ahead than this is not believed.
  public var futureNanos: Int64
  /// A device clock before this was never set. What is before it is kept at its arrival, not refused as too old.
  public var oldestNanos: UnixNanos
  /// The same for readings: earlier, where readings of such an age are kept.
  public var oldestReadingNanos: UnixNanos
  /// Rows older than this are refused, by kind; nil to take any.
  public var readingsAgeNanos: Int64?
  public var eventsAgeNanos: Int64?
  /// What time an age is counted from, given what the clock says: not later than that. nil to believe the clock.
  public var believed: (@Sendable (UnixNanos) -> UnixNanos)?

  public init(
    futureNanos: Int64, oldestNanos: UnixNanos = .min, oldestReadingNanos: UnixNanos? = nil,
    readingsAgeNanos: Int64?, eventsAgeNanos: Int64?,
    believed: (@Sendable (UnixNanos) -> UnixNanos)? = nil
  ) {
    self.futureNanos = futureNanos
    self.oldestNanos = oldestNanos
    self.oldestReadingNanos = oldestReadingNanos ?? oldestNanos
    self.readingsAgeNanos = readingsAgeNanos
    self.eventsAgeNanos = eventsAgeNanos
    self.believed = believed
  }
}
