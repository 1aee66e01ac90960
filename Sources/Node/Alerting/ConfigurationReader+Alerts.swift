import Alerts
import Primitives
import Yams

/// The `alerts` and `alarms` of a configuration.
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
    try readReceivers(&top, &configuration)
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
}
