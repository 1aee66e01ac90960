/// The `soc` of a configuration.
extension ConfigurationReader {
  static func readSOC(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    guard var section = try top.section("soc") else { return }
    guard let address = try section.text("address"), let place = place(address) else {
      throw section.failure("address", "must be a host and a port such as soc.example.vn:6514")
    }
    var settings = SOCSettings(host: place.host, port: place.port)
    switch try section.text("tls") ?? "true" {
    case "true", "yes": settings.isSecured = true
    case "false", "no": settings.isSecured = false
    case let other: try section.note("tls", "\(other) is neither true nor false")
    }
    settings.authorities = try section.place("ca")
    if settings.authorities != nil && !settings.isSecured {
      try section.note("ca", "goes with tls: true")
    }
    try section.rejectUnknownKeys()
    configuration.soc = settings
  }

  private static func place(_ address: String) -> (host: String, port: Int)? {
    guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]), port > 0
    else { return nil }
    var host = address[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    return host.isEmpty || host.contains(" ") ? nil : (String(host), Int(port))
  }
}
