import Alerts
import Foundation
import Primitives
import Sys
import Yams

/// Who is told: the `webhooks`, `alertmanager` and `mail` of a configuration.
extension ConfigurationReader {
  static func readReceivers(_ top: inout ConfigurationSection, _ configuration: inout Configuration) throws {
    let rules = configuration.alerts.rules
    for section in try top.sections("webhooks") ?? [] {
      configuration.alerts.webhooks.append(try webhook(section, rules: rules))
    }
    for section in try each(top.node("alertmanager"), "alertmanager", top) {
      configuration.alerts.alertmanagers.append(try alertmanager(section, rules: rules))
    }
    for section in try each(top.node("mail"), "mail", top) {
      configuration.alerts.mails.append(try mail(section, rules: rules))
    }
    let all = configuration.alerts.receivers
    for (place, receiver) in all.enumerated() where all[..<place].contains(where: { $0.name == receiver.name }) {
      let key = receiver is WebhookSettings ? "webhooks" : receiver is MailSettings ? "mail" : "alertmanager"
      throw top.failure(key, "two are named \(receiver.name)")
    }
    if all.count > Limits.receivers {
      throw top.failure("webhooks", "there may be \(Limits.receivers), with alertmanager and mail")
    }
  }

  /// One mapping, or a list of them.
  private static func each(
    _ node: Node?, _ name: String, _ top: ConfigurationSection
  ) throws -> [ConfigurationSection] {
    switch node {
    case nil: []
    case .sequence(let sequence):
      try sequence.enumerated().map { index, node in
        try ConfigurationSection(node, file: top.file, name: "\(name)[\(index)]", faults: top.faults)
      }
    case .some(let node): [try ConfigurationSection(node, file: top.file, name: name, faults: top.faults)]
    }
  }

  /// Its name; that of its kind where it has none.
  static func receiverName(_ section: inout ConfigurationSection, orElse kind: String) throws -> String {
    let name = try section.text("name") ?? kind
    guard AlertRuleFiles.isName(name) else {
      throw section.failure("name", "must be 1 to 63 letters, digits, - or _")
    }
    return name
  }

  /// What every receiver may say.
  static func choice(
    _ section: inout ConfigurationSection, rules: [AlertRule], takesGroup: Bool = true
  ) throws -> ReceiverChoice {
    var choice = ReceiverChoice()
    if let names = try section.texts("rules") {
      if let unknown = names.first(where: { name in !rules.contains { $0.name == name } }) {
        throw section.failure("rules", "there is no rule \(unknown)")
      }
      choice.rules = Set(names)
    }
    if let text = try section.text("severity") {
      choice.severity = try AlertRuleFiles.severity(text, "severity", section)
    }
    if takesGroup { choice.groupNanos = try section.duration("group", in: Nanos.perSecond...Limits.longestGroupNanos) }
    return choice
  }

  /// From a file, or from the environment: what stands in the configuration itself is read by too many.
  static func secret(
    _ section: inout ConfigurationSection, file: String, text: String, isNeeded: Bool
  ) throws -> [UInt8]? {
    let path = try section.place(file)
    let reference = try section.text(text)
    if path == nil && reference == nil && !isNeeded { return nil }
    guard (path == nil) != (reference == nil) else {
      throw section.failure(file, "either \(file) or \(text) must be there")
    }
    if let path { return try secret(of: path, file, section) }
    let name = reference ?? ""
    guard name.hasPrefix("${"), name.hasSuffix("}") else {
      throw section.failure(text, "must name a variable of the environment, as ${IOC_SECRET}")
    }
    let variable = String(name.dropFirst(2).dropLast())
    guard let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty else {
      throw section.failure(text, "the environment has no variable \(variable)")
    }
    return Array(value.utf8)
  }

  private static func secret(of path: String, _ key: String, _ section: ConfigurationSection) throws -> [UInt8] {
    var secret: [UInt8]
    do throws(SystemError) {
      secret = try File.readWhole(path)
    } catch {
      throw section.failure(key, "cannot read \(path): \(error)")
    }
    while let last = secret.last, last == 0x0A || last == 0x0D { secret.removeLast() }
    if secret.isEmpty { throw section.failure(key, "\(path) is empty") }
    return secret
  }
}
