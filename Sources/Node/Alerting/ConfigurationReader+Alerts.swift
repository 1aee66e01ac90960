import Alerts
import Foundation
import Primitives
import Sys
import Yams

/// The `alerts` and `webhooks` of a configuration.
extension ConfigurationReader {
  static func readAlerts(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    switch top.node("alerts") {
    case nil: break
    case .scalar(let scalar): configuration.alerts.path = ConfigurationSection.place(scalar.string, besides: top.file)
    case .some(let node):
      var section = try ConfigurationSection(node, file: top.file, name: "alerts", faults: top.faults)
      configuration.alerts.path = try section.place("rules")
      configuration.alerts.intervalNanos =
        try section.duration("every", in: 100 * Nanos.perMillisecond...Nanos.perHour)
        ?? configuration.alerts.intervalNanos
      try section.rejectUnknownKeys()
    }
    if let alarms = try top.section("alarms") {
      var section = alarms
      if let storm = try section.section("storm") { try readStorm(storm, &configuration.alerts) }
      try section.rejectUnknownKeys()
    }
    if let path = configuration.alerts.path { configuration.alerts.rules = try AlertRuleFiles.rules(path) }
    for section in try top.sections("webhooks") ?? [] {
      let webhook = try webhook(section, rules: configuration.alerts.rules)
      if configuration.alerts.webhooks.contains(where: { $0.name == webhook.name }) {
        throw top.failure("webhooks", "two are named \(webhook.name)")
      }
      configuration.alerts.webhooks.append(webhook)
    }
    if configuration.alerts.webhooks.count > Limits.webhooks {
      throw top.failure("webhooks", "there may be \(Limits.webhooks)")
    }
  }

  private static func readStorm(_ given: ConfigurationSection, _ settings: inout AlertSettings) throws {
    var section = given
    if let text = try section.text("share") {
      guard let share = Double(text), share > 0, share <= 1 else {
        throw section.failure("share", "\(text) is no share of devices, such as 0.3")
      }
      settings.storm.share = share
    }
    settings.storm.least = try section.integer("least", in: 2...1_000_000) ?? settings.storm.least
    settings.storm.withinNanos =
      try section.duration("within", in: Nanos.perSecond...Nanos.perHour) ?? settings.storm.withinNanos
    if let text = try section.text("message") {
      do throws(AlertMessage.Flaw) {
        settings.stormMessage = try AlertMessage(text)
      } catch {
        throw section.failure("message", "\(error)")
      }
    }
    try section.rejectUnknownKeys()
  }

  private static func webhook(_ section: ConfigurationSection, rules: [AlertRule]) throws -> WebhookSettings {
    var section = section
    guard let name = try section.text("name"), AlertRuleFiles.isName(name) else {
      throw section.failure("name", "must be 1 to 63 letters, digits, - or _")
    }
    guard let url = try section.text("url"), let parsed = URL(string: url), let host = parsed.host, !host.isEmpty,
      parsed.scheme == "https" || parsed.scheme == "http"
    else { throw section.failure("url", "must be an address such as https://ioc.example.vn/alerts") }
    var settings = WebhookSettings(name: name, url: url, secret: try secret(&section))
    if let names = try section.texts("rules") {
      if let unknown = names.first(where: { name in !rules.contains { $0.name == name } }) {
        throw section.failure("rules", "there is no rule \(unknown)")
      }
      settings.rules = Set(names)
    }
    if let text = try section.text("severity") {
      settings.severity = try AlertRuleFiles.severity(text, "severity", section)
    }
    try section.rejectUnknownKeys()
    return settings
  }

  /// From a file, or from the environment: what stands in the configuration itself is read by too many.
  private static func secret(_ section: inout ConfigurationSection) throws -> [UInt8] {
    let path = try section.place("secret_file")
    let reference = try section.text("secret")
    guard (path == nil) != (reference == nil) else {
      throw section.failure("secret_file", "either secret_file or secret must be there")
    }
    var secret: [UInt8]
    if let path {
      do throws(SystemError) {
        secret = try File.readWhole(path)
      } catch {
        throw section.failure("secret_file", "cannot read \(path): \(error)")
      }
      while let last = secret.last, last == 0x0A || last == 0x0D { secret.removeLast() }
      if secret.isEmpty { throw section.failure("secret_file", "\(path) is empty") }
    } else {
      let text = reference ?? ""
      guard text.hasPrefix("${"), text.hasSuffix("}") else {
        throw section.failure("secret", "must name a variable of the environment, as ${IOC_SECRET}")
      }
      let variable = String(text.dropFirst(2).dropLast())
      guard let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty else {
        throw section.failure("secret", "the environment has no variable \(variable)")
      }
      secret = Array(value.utf8)
    }
    return secret
  }
}
