import Telemetry

/// Clients that ask for the time, by NTP and SNTP (RFC 5905, RFC 4330). The time is told to nobody who was not named, so
/// a node listens only where it is told to.
public enum NTPRoom: ProtocolRoom {
  public static let traits: ProtocolTraits = {
    var traits = ProtocolTraits(page: "docs/protocols/ntp.md")
    traits.answersSenders = true
    traits.timesArrivals = true
    traits.needsAllowed = true
    traits.reasons = reasons
    traits.sharedReasons = [.clockNotSynchronised]
    return traits
  }()

  public static func read(
    _ section: inout some SettingsSection, into settings: inout ListenerSettings, defaults: SettingsDefaults
  ) throws {
    if let text = try section.text("stratum") {
      guard let stratum = UInt8(text), (2...15).contains(stratum) else {
        throw section.failure("stratum", "\(text) is no number from 2 to 15")
      }
      settings.ntp.stratum = stratum
    }
    switch try section.text("trust_clock") ?? "false" {
    case "true", "yes": settings.ntp.trustsClock = true
    case "false", "no": settings.ntp.trustsClock = false
    case let other: throw section.failure("trust_clock", "\(other) is neither true nor false")
    }
  }

  public static func figures(of listeners: [ListenerSettings]) -> [ProtocolFigure] {
    let own = listeners.filter { $0.telemetryProtocol == .ntp }
    return [
      ProtocolFigure(
        "ntp_answers", help: "Requests for the time that were answered.",
        samples: own.map { .init($0.ntp.tally.answers, [("listener", $0.name)]) })
    ]
  }
}
