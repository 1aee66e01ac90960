import Telemetry

/// InfluxDB line protocol.
public enum LineRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/line.md")
    traits.defaultPort = 8089
    traits.listensByDefault = true
    traits.senders = .freely
    traits.reasons = reasons
    traits.sharedReasons = [
      .empty, .compressed, .tooManyRows, .tooManyFields, .tooManyTags, .integerOutOfRange, .notANumber,
    ]
    return traits
  }()

  /// Any text may be lines: only what holds octets that no text begins with is none.
  public static func likeness(of datagram: RawSpan) -> ProtocolLikeness { datagram.isBinary ? .none : .possible }

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    settings.line.deviceTag = try section.text("device_tag")
    guard let precision = try section.text("precision") else { return }
    if let unit = LinePrecision(rawValue: precision) {
      settings.line.precision = unit
    } else {
      try section.note("precision", "\(precision) is none of ns, us, ms, s, m, h")
    }
  }
}

/// What is known of lines on a listener.
public struct LineSettings: Sendable {
  /// The unit of timestamps.
  public var precision = LinePrecision.nanoseconds
  /// The tag that names the device, before `device` and `host`.
  public var deviceTag: String?

  public init() {}
}

/// Lines of one lane: nothing is remembered of them.
struct LineLane: ~Copyable, ProtocolLane {
  private let precisions: [LinePrecision]

  init(_ setup: LaneSetup) {
    precisions = setup.listeners.map(\.line.precision)
  }

  @inline(__always)
  mutating func receive(
    _ datagram: RawSpan, _ arrival: LanePipeline.Arrival, _ admission: borrowing Admission,
    into out: inout DecodedDatagram, _ replies: inout ReplyBuffer
  ) -> DatagramVerdict {
    LineProtocolDecoder.decode(datagram, precision: precisions[arrival.listener], into: &out)
  }
}
