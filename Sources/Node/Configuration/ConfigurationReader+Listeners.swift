import Capture
import Primitives
import Protocols
import Sys
import Telemetry

/// The `listeners` of a configuration.
extension ConfigurationReader {
  /// Protocols of the design whose listeners this version does not have.
  private static let laterProtocols: Set<String> = ["statsd", "semtech"]
  /// Where mappings of SNMP identifiers are looked for if no place is named.
  private static let usualMappings = "configs/snmp"

  static func listener(
    _ section: ConfigurationSection, _ configuration: Configuration
  ) throws -> ListenerSettings {
    var section = section
    guard let kindName = try section.text("protocol") else { throw section.failure("protocol", "is missing") }
    guard let kind = TelemetryProtocol(rawValue: kindName) else {
      let known = TelemetryProtocol.allCases.map(\.rawValue)
      let why =
        laterProtocols.contains(kindName)
        ? "is not in this version"
        : "is no protocol that is known\(NearestWord.question(kindName, among: known))"
      throw section.failure("protocol", "\(kindName) \(why)")
    }
    let name = try section.text("name") ?? kindName
    var settings = ListenerSettings(
      name: name, telemetryProtocol: kind, address: anyAddress(port: kind.defaultPort ?? 0))
    if let listen = try section.text("listen") {
      if let range = SocketAddressRange(listen) {
        if range.ports.count > 1 && kind != .rtp && kind != .rtcp {
          try section.note("listen", "\(listen) is a range of ports, which only RTP has")
        }
        if range.ports.count > Limits.rtpPorts {
          try section.note("listen", "\(listen) has more than \(Limits.rtpPorts) ports")
        }
        settings.address = range.first
        if range.ports.count > 1 { settings.ports = range.ports }
      } else {
        try section.note("listen", "\(listen) is no address and port, such as [::]:8089")
      }
    } else if kind.defaultPort == nil && kind != .capture {
      try section.note("listen", "is missing: \(kindName) has no port of its own, such as [::]:20000-20999")
    }
    settings.allow = try (try section.texts("allow") ?? []).compactMap { text in
      if let block = AddressBlock(text) { return block }
      try section.note("allow", "\(text) is no address block, such as 10.0.0.0/8")
      return nil
    }
    settings.receiveBufferBytes =
      try section.size("receive_buffer", in: 4_096...1 << 30) ?? settings.receiveBufferBytes
    settings.deviceTag = try section.text("device_tag")
    if let precision = try section.text("precision") {
      if let unit = LinePrecision(rawValue: precision) {
        settings.precision = unit
      } else {
        try section.note("precision", "\(precision) is none of ns, us, ms, s, m, h")
      }
    }
    settings.zone = try zone("zone", &section) ?? configuration.zone
    if var zones = try section.section("zones") {
      for key in zones.keys {
        guard let source = SourceAddress(addressText: key) else { throw zones.failure(key, "is no address") }
        settings.sourceZones[source] = try zone(key, &zones)
      }
      try zones.rejectUnknownKeys()
    }
    try readProtocol(kind, &section, &settings)
    try section.rejectUnknownKeys()
    return settings
  }

  /// The keys that one protocol has for itself.
  private static func readProtocol(
    _ kind: TelemetryProtocol, _ section: inout ConfigurationSection, _ settings: inout ListenerSettings
  ) throws {
    if kind == .snmp || kind == .capture { try readSNMP(&section, &settings) }
    if kind == .rtp || kind == .capture { try readRTP(&section, &settings) }
    if kind == .wsd { settings.joinsDiscovery = true }
    if kind == .capture { try readCapture(&section, &settings) }
  }

  private static func readSNMP(
    _ section: inout ConfigurationSection, _ settings: inout ListenerSettings
  ) throws {
    settings.snmp.communities = (try section.texts("communities") ?? []).map { Array($0.utf8) }
    if let path = try section.place("users") { settings.snmp.users = try SNMPFiles.users(path) }
    if let path = try section.place("mappings") {
      settings.snmp.dictionary = try SNMPFiles.dictionary(path)
    } else {
      settings.snmp.dictionary = try usualDictionary() ?? settings.snmp.dictionary
    }
  }

  /// What `configs/snmp` maps, where there is one.
  static func usualDictionary() throws -> SNMPDictionary? {
    FileSystem.exists(usualMappings) ? try SNMPFiles.dictionary(usualMappings) : nil
  }

  private static func readRTP(
    _ section: inout ConfigurationSection, _ settings: inout ListenerSettings
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

  private static func readCapture(
    _ section: inout ConfigurationSection, _ settings: inout ListenerSettings
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
    settings.capture = source
    if var ports = try section.section("ports") {
      for key in ports.keys {
        guard let port = UInt16(key), port > 0 else { throw ports.failure(key, "is no port") }
        let name = try ports.text(key) ?? ""
        guard let kind = TelemetryProtocol(rawValue: name), kind != .capture else {
          throw ports.failure(key, "\(name) is no protocol that is known")
        }
        settings.portMap.set(port, kind)
      }
    }
  }

  private static func zone(_ key: String, _ section: inout ConfigurationSection) throws -> TimeZoneRules? {
    guard let name = try section.text(key) else { return nil }
    if let zone = zone(named: name) { return zone }
    try section.note(key, "\(name) is no known time zone, such as Asia/Ho_Chi_Minh")
    return nil
  }
}
