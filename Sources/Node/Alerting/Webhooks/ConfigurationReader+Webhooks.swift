import Alerts
import Foundation
import Primitives
import Yams

/// The `webhooks` of a configuration.
extension ConfigurationReader {
  static func webhook(_ section: ConfigurationSection, rules: [AlertRule]) throws -> WebhookSettings {
    var section = section
    guard let name = try section.text("name"), AlertRuleFiles.isName(name) else {
      throw section.failure("name", "must be 1 to 63 letters, digits, - or _")
    }
    guard let url = try section.text("url"), isAddress(url) else {
      throw section.failure("url", "must be an address such as https://ioc.example.vn/alerts")
    }
    var settings = WebhookSettings(name: name, url: url, secret: [])
    try readBody(&section, &settings)
    // Who gives a body of their own tells a program that knows nothing of our signature.
    let secret = try secret(&section, file: "secret_file", text: "secret", isNeeded: settings.body == nil)
    settings.secret = secret ?? []
    settings.choice = try choice(&section, rules: rules)
    settings.headers = try headers(&section)
    try section.rejectUnknownKeys()
    return settings
  }

  static func isAddress(_ url: String) -> Bool {
    guard let parsed = URL(string: url), let host = parsed.host, !host.isEmpty else { return false }
    return parsed.scheme == "https" || parsed.scheme == "http"
  }

  private static func readBody(_ section: inout ConfigurationSection, _ settings: inout WebhookSettings) throws {
    let contentType = try section.text("content_type")
    if let contentType, contentType.isEmpty || !contentType.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
      throw section.failure("content_type", "\(contentType) is no content type such as application/json")
    }
    guard let node = section.node("body") else {
      if contentType != nil { throw section.failure("content_type", "goes with a body") }
      return
    }
    let form = contentType.map { NoticeTemplate.Form(contentType: $0) }
    do throws(NoticeTemplate.Flaw) {
      // As YAML has objects, so may the body be written.
      if let text = node.string {
        settings.body = try NoticeTemplate(text, form: form)
      } else {
        settings.body = try NoticeTemplate(YAMLText.json(node), form: form ?? .json)
      }
    } catch {
      throw section.failure("body", "\(error)")
    }
    let isJSON = settings.body?.form == .json
    settings.contentType = contentType ?? (isJSON ? WebhookSettings.json : "text/plain; charset=utf-8")
  }

  /// Headers of ours, and those that HTTP needs, nobody else sets.
  private static let ownHeaders: Set<String> = [
    "content-type", "content-length", "transfer-encoding", "connection", "host", "expect", "upgrade", "te", "trailer",
  ]

  static func headers(_ section: inout ConfigurationSection) throws -> [WebhookSettings.Header] {
    guard var given = try section.section("headers") else { return [] }
    if given.keys.count > Limits.webhookHeaders {
      throw section.failure("headers", "there may be \(Limits.webhookHeaders)")
    }
    return try given.keys.map { name in
      let isToken = name.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "!#$%&'*+-.^_`|~".utf8.contains(byte)
      }
      let small = name.lowercased()
      guard isToken, !name.isEmpty, !ownHeaders.contains(small), !small.hasPrefix("x-thinai-") else {
        throw given.failure(name, "is no header that can be set here")
      }
      let value = try environment(try given.text(name) ?? "", name, given)
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw given.failure(name, "may hold no control characters")
      }
      return WebhookSettings.Header(name: name, value: value)
    }
  }

  /// The text with `${NAME}` filled from the environment.
  private static func environment(_ text: String, _ key: String, _ section: ConfigurationSection) throws -> String {
    var result = ""
    var rest = text[...]
    while let begin = rest.firstRange(of: "${") {
      guard let end = rest[begin.upperBound...].firstIndex(of: "}") else { break }
      let name = String(rest[begin.upperBound..<end])
      guard let value = ProcessInfo.processInfo.environment[name] else {
        throw section.failure(key, "the environment has no variable \(name)")
      }
      result += rest[..<begin.lowerBound] + value
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
