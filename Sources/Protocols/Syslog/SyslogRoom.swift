public import Primitives
import Telemetry

/// Syslog, RFC 5424 and RFC 3164 over UDP (RFC 5426).
public enum SyslogRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/syslog.md")
    traits.defaultPort = 5514
    traits.wellKnownPorts = [514]
    traits.listensByDefault = true
    traits.yieldsEvents = true
    traits.eventKinds = ["syslog"]
    traits.senders = .freely
    traits.sharedReasons = [.empty, .compressed]
    return traits
  }()

  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    if beginsWithPriority(datagram) { return .telling }
    return datagram.isBinary ? .none : .possible
  }

  /// `<n>` with a priority that there is.
  private static func beginsWithPriority(_ datagram: RawSpan) -> Bool {
    if datagram.octet(0) != UInt8(ascii: "<") { return false }
    var value = 0
    var at = 1
    while at < 4, datagram.octetOrZero(at) &- 48 <= 9 {
      value = value &* 10 &+ Int(datagram.octet(at) &- 48)
      at &+= 1
    }
    return at > 1 && value <= 191 && datagram.octetOrZero(at) == UInt8(ascii: ">")
  }

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    settings.syslog.zone = try section.timeZone("zone") ?? defaults.zone
    guard var zones = try section.section("zones") else { return }
    for key in zones.keys {
      guard let source = SourceAddress(addressText: key) else { throw zones.failure(key, "is no address") }
      settings.syslog.sourceZones[source] = try zones.timeZone(key)
    }
    try zones.rejectUnknownKeys()
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    let own = listeners.filter { $0.telemetryProtocol == .syslog || $0.telemetryProtocol.traits.overhearsOthers }
    return [
      ProtocolFigure(
        "syslog_clocks_left_out", help: "Times of syslog senders that say nothing of their clocks for lack of room.",
        samples: own.map { .init($0.syslog.clocks.leftOut, [("listener", $0.name)]) })
    ]
  }
}

/// What is known of syslog on a listener.
public struct SyslogSettings: Sendable {
  /// The zone of times that name none, and those of single sources.
  public var zone = TimeZoneRules.utc
  public var sourceZones: [SourceAddress: TimeZoneRules] = [:]
  /// How its senders' clocks are.
  let clocks = DeviceClocks()

  public init() {}
}
