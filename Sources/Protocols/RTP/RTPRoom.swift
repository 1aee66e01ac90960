import Primitives
import Telemetry

/// RTP (RFC 3550), judged by the stream; its listeners take RTCP too.
public enum RTPRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/rtp.md")
    traits.takesPortRange = true
    traits.eventKinds = [
      "camera.silent", "camera.active", "camera.frozen", "camera.moving", "camera.degraded", "camera.clear",
      "camera.bye",
    ]
    traits.reasons = reasons
    traits.sharedReasons = [.tooManyRows]
    return traits
  }()

  /// RTP has little to be known by, so `telling` says no more than that it may be: one packet more of the same stream has
  /// to confirm it.
  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    if datagram.octet(0) >> 6 != 2 { return .none }
    if isBACnet(datagram) || RTPPacket.isControl(datagram) { return .possible }
    var packet = RTPPacket()
    return packet.read(datagram) == nil ? .telling : .possible
  }

  /// BACnet/IP begins with 81, a function, and the datagram's own length (ASHRAE 135 annex J).
  static func isBACnet(_ datagram: RawSpan) -> Bool {
    let length = Int(datagram.octet(2)) << 8 | Int(datagram.octet(3))
    return datagram.octet(0) == 0x81 && datagram.octet(1) <= 0x0C && length == datagram.byteCount
  }

  /// Whether it is a packet whose head is there, which is all that is looked at.
  static func isHeadEnough(_ datagram: RawSpan) -> Bool {
    datagram.byteCount >= 12 && !RTPPacket.isControl(datagram)
  }

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    if var formats = try section.section("rtpmap") {
      for key in formats.keys {
        guard let type = UInt8(key), type < 128 else { throw formats.failure(key, "is no payload type from 0 to 127") }
        let text = try formats.text(key) ?? ""
        guard let format = RTPSettings.Format(text) else {
          throw formats.failure(key, "\(text) is no encoding and clock rate, such as H264/90000")
        }
        settings.rtp.formats[type] = format
      }
    }
    settings.rtp.silentNanos =
      try section.duration("silent", in: Nanos.perSecond...Nanos.perDay) ?? settings.rtp.silentNanos
    settings.rtp.frozenNanos =
      try section.duration("frozen", in: 2 * Nanos.perSecond...Nanos.perDay) ?? settings.rtp.frozenNanos
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    let own = listeners.filter { $0.telemetryProtocol == .rtp || $0.telemetryProtocol.traits.overhearsOthers }
    return [
      ProtocolFigure(
        "rtp_streams_evicted", help: "RTP streams that left because there were too many.",
        samples: own.map { .init($0.rtp.tally.evicted, [("listener", $0.name)]) })
    ]
  }
}

/// RTCP on a port of its own, as captures have it.
public enum RTCPRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/rtp.md")
    traits.takesPortRange = true
    traits.reasons = RTPRoom.controlReasons
    traits.sharedReasons = [.tooManyRows]
    return traits
  }()

  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness {
    if datagram.octet(0) >> 6 != 2 { return .none }
    if RTPRoom.isBACnet(datagram) || !RTPPacket.isControl(datagram) { return .possible }
    return RTCPReader.looksLikeControl(datagram) ? .telling : .possible
  }
}
