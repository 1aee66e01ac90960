import Alerts
import Primitives
import Yams

/// The `mail` of a configuration.
extension ConfigurationReader {
  static func mail(_ section: ConfigurationSection, rules: [AlertRule]) throws -> MailSettings {
    var section = section
    let name = try receiverName(&section, orElse: MailSettings.kind)
    guard let text = try section.text("host"), let place = mailHost(text) else {
      throw section.failure("host", "must be a host such as mail.example.vn")
    }
    // What stays on this machine needs no lock; what leaves it does, unless somebody says otherwise.
    var security = isThisMachine(place.host) ? MailSettings.Security.none : .startTLS
    if let text = try section.text("tls") {
      guard let given = MailSettings.Security(rawValue: text) else {
        let known = MailSettings.Security.allCases.map(\.rawValue).joined(separator: ", ")
        throw section.failure("tls", "\(text) is none of \(known)")
      }
      security = given
    }
    let port = try section.integer("port", in: 1...65_535) ?? place.port ?? security.usualPort
    guard let from = try section.text("from") else { throw section.failure("from", "is missing") }
    let to = try recipients(&section)
    if to.isEmpty { throw section.failure("to", "is missing") }
    if to.count > Limits.mailRecipients { throw section.failure("to", "there may be \(Limits.mailRecipients)") }
    var settings = MailSettings(
      name: name, host: place.host, port: port, security: security, from: try address(from, "from", section),
      to: try to.map { try address($0, "to", section) })
    for (index, one) in settings.to.enumerated()
    where settings.to[..<index].contains(where: { $0.address == one.address }) {
      throw section.failure("to", "\(one.address) stands there twice")
    }
    settings.authorities = try section.place("ca")
    if settings.authorities != nil && security == .none { throw section.failure("ca", "goes with tls") }
    try readUser(&section, &settings)
    settings.choice = try choice(&section, rules: rules)
    settings.subject = try template(&section, "subject", section.text("subject"))
    settings.body = try template(&section, "body", section.text("body"))
    settings.link = try link(&section)
    try section.rejectUnknownKeys()
    return settings
  }

  /// One, or a list of them.
  private static func recipients(_ section: inout ConfigurationSection) throws -> [String] {
    if let text = section.node("to")?.string { return [text] }
    return try section.texts("to") ?? []
  }

  private static func address(_ text: String, _ key: String, _ section: ConfigurationSection) throws -> MailAddress {
    if let address = MailAddress(text) { return address }
    throw section.failure(key, "\(text) is no address such as truc@example.vn or Trực ban <truc@example.vn>")
  }

  private static func readUser(_ section: inout ConfigurationSection, _ settings: inout MailSettings) throws {
    settings.user = try section.text("user")
    let password = try secret(&section, file: "password_file", text: "password", isNeeded: settings.user != nil)
    if settings.user == nil {
      if password != nil { throw section.failure("user", "is missing: there is a password") }
      return
    }
    if settings.security == .none {
      throw section.failure("user", "a password is sent over TLS alone: tls: starttls or tls: tls")
    }
    settings.password = password ?? []
    if settings.user?.utf8.contains(0) ?? false || settings.password.contains(0) {
      throw section.failure("user", "neither it nor the password may hold a zero octet")
    }
  }

  private static func template(
    _ section: inout ConfigurationSection, _ key: String, _ text: String?
  ) throws -> NoticeTemplate? {
    guard let text else { return nil }
    do throws(NoticeTemplate.Flaw) {
      return try NoticeTemplate(text, form: .text)
    } catch {
      throw section.failure(key, "\(error)")
    }
  }

  /// `mail.example.vn`, `192.0.2.7`, `[2001:db8::7]`; with a port behind a colon if somebody likes.
  private static func mailHost(_ text: String) -> (host: String, port: Int?)? {
    var host = text[...]
    var port: Int?
    if let colon = text.lastIndex(of: ":"), text.hasPrefix("[") || text.firstIndex(of: ":") == colon {
      let number = text[text.index(after: colon)...]
      if !text.hasSuffix("]") {
        guard let value = UInt16(number), value > 0 else { return nil }
        port = Int(value)
        host = text[..<colon]
      }
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isPlain = host.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
        || [45, 46, 58, 95].contains(byte)
    }
    return host.isEmpty || !isPlain ? nil : (String(host), port)
  }

  private static func isThisMachine(_ host: String) -> Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "localhost" || host == "::1"
      || (numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil })
  }
}
