import Capture
public import Telemetry

/// A network interface, where any of the protocols may come by.
public enum CaptureRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/capture.md")
    traits.overhearsOthers = true
    traits.reasons = [NamedReason(.unknownProtocol, "unknown_protocol")]
    return traits
  }()

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    guard let interface = try section.text("interface") else { throw section.failure("interface", "is missing") }
    var source = CaptureSource(interface: interface)
    source.filter = try section.text("filter") ?? source.filter
    if let fault = LiveCapture.fault(ofFilter: source.filter) { throw section.failure("filter", fault) }
    switch try section.text("promiscuous") ?? "false" {
    case "true", "yes": source.isPromiscuous = true
    case "false", "no": source.isPromiscuous = false
    case let other: throw section.failure("promiscuous", "\(other) is neither true nor false")
    }
    source.bufferBytes = settings.receiveBufferBytes
    settings.capture.source = source
    guard var ports = try section.section("ports") else { return }
    for key in ports.keys {
      guard let port = UInt16(key), port > 0 else { throw ports.failure(key, "is no port") }
      let name = try ports.text(key) ?? ""
      guard let kind = TelemetryProtocol(name: name), !kind.traits.overhearsOthers else {
        throw ports.failure(key, "\(name) is no protocol that is known")
      }
      settings.capture.portMap.set(port, kind)
    }
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    let own = listeners.filter { $0.capture.source != nil }
    return [
      ProtocolFigure(
        "capture_frames_skipped", help: "Frames of interfaces that yielded no datagram.",
        samples: own.flatMap { listener in
          listener.capture.tally.skipped.map {
            ProtocolFigure.Sample($0.count, [("listener", listener.name), ("reason", $0.reason.label)])
          }
        })
    ]
  }
}

// Codes 112 to 119.
extension RejectReason {
  /// A captured datagram that no protocol is known of, by port or by content.
  public static let unknownProtocol = RejectReason(rawValue: 112)
}

/// What an interface is listened to for.
public struct CaptureSettings: Sendable {
  /// The interface, and what of it is taken; nil for what listens to ports.
  public var source: CaptureSource?
  /// Which port is whose, before content is looked at.
  public var portMap = PortMap()
  public let tally = CaptureTally()

  public init() {}
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
