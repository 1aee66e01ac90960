import Primitives
import Protocols
import Sys

/// The `listeners` of a configuration: what all have in common. The rest their rooms read.
extension ConfigurationReader {
  /// Protocols of the design whose listeners this version does not have.
  private static let laterProtocols: Set<String> = ["statsd", "semtech"]

  static func listener(
    _ section: ConfigurationSection, _ configuration: Configuration
  ) throws -> ListenerSettings {
    var section = section
    guard let kindName = try section.text("protocol") else { throw section.failure("protocol", "is missing") }
    guard let kind = TelemetryProtocol(name: kindName) else {
      let known = TelemetryProtocol.allCases.map(\.name)
      let why =
        laterProtocols.contains(kindName)
        ? "is not in this version"
        : "is no protocol that is known\(NearestWord.question(kindName, among: known))"
      throw section.failure("protocol", "\(kindName) \(why)")
    }
    var settings = ListenerSettings(name: try section.text("name"), kind)
    try readPlace(&section, &settings)
    settings.allow = try (try section.texts("allow") ?? []).compactMap { text in
      if let block = AddressBlock(text) { return block }
      try section.note("allow", "\(text) is no address block, such as 10.0.0.0/8")
      return nil
    }
    if kind.traits.needsAllowed && settings.allow.isEmpty {
      try section.note("allow", "is missing: \(kind.name) answers only addresses that are named, such as 10.0.0.0/8")
    }
    settings.receiveBufferBytes =
      try section.size("receive_buffer", in: 4_096...1 << 30) ?? settings.receiveBufferBytes
    try kind.read(&section, into: &settings, defaults: SettingsDefaults(zone: configuration.zone))
    try section.rejectUnknownKeys()
    return settings
  }

  private static func readPlace(
    _ section: inout ConfigurationSection, _ settings: inout ListenerSettings
  ) throws {
    let traits = settings.telemetryProtocol.traits
    if let listen = try section.text("listen") {
      guard let range = SocketAddressRange(listen) else {
        return try section.note("listen", "\(listen) is no address and port, such as [::]:8089")
      }
      if range.ports.count > 1 && !traits.takesPortRange {
        try section.note("listen", "\(listen) is a range of ports, which only RTP has")
      }
      if range.ports.count > Limits.rtpPorts {
        try section.note("listen", "\(listen) has more than \(Limits.rtpPorts) ports")
      }
      settings.address = range.first
      if range.ports.count > 1 { settings.ports = range.ports }
    } else if traits.defaultPort == nil && !traits.overhearsOthers {
      let name = settings.telemetryProtocol.name
      try section.note("listen", "is missing: \(name) has no port of its own, such as [::]:20000-20999")
    }
  }

  /// The listeners of a node that was told of none.
  static func defaultListeners(zone: TimeZoneRules) throws -> [ListenerSettings] {
    try TelemetryProtocol.allCases.filter(\.traits.listensByDefault).map { try defaultListener($0, zone: zone) }
  }

  /// A listener of which nothing is said.
  static func defaultListener(_ kind: TelemetryProtocol, zone: TimeZoneRules) throws -> ListenerSettings {
    var settings = ListenerSettings(kind)
    var nothing = ConfigurationSection.empty
    try kind.read(&nothing, into: &settings, defaults: SettingsDefaults(zone: zone))
    return settings
  }
}
