import Alerts
import ArgumentParser
import Node
import Lagoon
import Primitives
import Protocols
import Registry
import Secure
import Sys
import Telemetry
import Text

struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Reads a configuration and its registry, and says what is wrong with it.",
    discussion: """
      With --since, each alert rule is also run over what the data directory holds, to see what it would have told: how
      often, of how many devices, when, and between which values. Nothing is changed, and a server may work there
      meanwhile; rows that are not sealed yet are left out.
      """)

  @Argument(help: "The configuration file.") var file: String?
  @Option(help: "The configuration file, as serve has it.") var config: String?
  @Option(help: "The data directory, instead of the configuration's.") var data: String?
  @Option(help: "Tries the alert rules over so long a time, such as 7d.") var since: String?

  func validate() throws {
    if file != nil && config != nil { throw ValidationError("cannot read two configurations: name one") }
    if let since, (Quantity.durationNanos(since) ?? 0) <= 0 {
      throw ValidationError("cannot use --since \(since): it must be a length of time, such as 36h or 7d")
    }
  }

  func run() throws {
    let path = file ?? config
    var (configuration, faults) = try ConfigurationLoading.examine(path)
    if let data { configuration.data = data }
    var registry = DeviceRegistry.empty
    do {
      registry = try RegistryLoader.load(configuration.registry)
    } catch {
      faults.append("\(error)")
    }
    if let path = configuration.tokensFile {
      do { _ = try TokenFiles.read(path, zone: configuration.zone) } catch { faults.append("\(error)") }
    }
    if let files = configuration.tlsFiles { faults += ServerTLS.faults(of: files) }
    if let path = configuration.identity?.authorities {
      do { _ = try TLSTrust(authorities: path) } catch { faults.append("\(error)") }
    }
    faults += MailConnections.faults(of: configuration.alerts.mails)
    // All at once: who mends one fault after the other loses a day.
    if !faults.isEmpty { throw CommandFailure.misuse(faults.joined(separator: "\n")) }
    let rules = configuration.alerts.rules
    Self.say(path, configuration, registry)
    if let tls = try configuration.tlsFiles.map({ try ServerTLS($0) }) {
      print("\(configuration.httpFiles?.certificate ?? ""): \(tls.end)")
      if tls.isOver { Self.warn(["the certificate has ended: clients will refuse it"]) }
    }
    guard let since = since.flatMap({ Quantity.durationNanos($0) }) else {
      for rule in rules { Self.warn(AlertRuleNames(rule, registry: registry).warnings) }
      return
    }
    try Self.tryRules(configuration, registry, since: since)
  }

  private static func say(_ path: String?, _ configuration: Configuration, _ registry: DeviceRegistry) {
    var facts = configuration.listeners.map { "\($0.telemetryProtocol.name) on \($0.place)" }.joined(
      separator: ", ")
    facts += "; \(registry.devices.count) devices"
    if !configuration.alerts.rules.isEmpty { facts += ", \(configuration.alerts.rules.count) alert rules" }
    let alerts = configuration.alerts
    if !alerts.webhooks.isEmpty { facts += ", \(alerts.webhooks.count) webhooks" }
    if !alerts.alertmanagers.isEmpty { facts += ", \(alerts.alertmanagers.count) alertmanagers" }
    if !alerts.mails.isEmpty { facts += ", mail to \(alerts.mails.reduce(0) { $0 + $1.to.count })" }
    print("\(path ?? "the default configuration"): good; \(facts)")
    for columns in registry.columns where !columns.read.isEmpty {
      print("\(columns.file): \(count(columns, registry)); columns read: \(columns.read.joined(separator: ", "))")
      for name in columns.passedOver {
        warn(["\(columns.file): a column is ignored: \(name.isEmpty ? "without a name" : name)"])
      }
    }
  }

  private static func count(_ columns: RegistryColumns, _ registry: DeviceRegistry) -> String {
    if columns.read.contains("code") { return "\(registry.areas.areas.count) areas" }
    let addresses = registry.devices.reduce(0) { $0 + $1.addresses.count }
    let names = registry.devices.reduce(0) { $0 + $1.aliases.count }
    let mute = registry.devices.filter { $0.intervalSeconds == .infinity }.count
    return "\(registry.devices.count) devices (\(mute) that send events alone), \(addresses) addresses,"
      + " \(names) other names"
  }

  private static func warn(_ warnings: [String]) {
    for warning in warnings { print("warning: \(warning)") }
  }

  private static func tryRules(_ configuration: Configuration, _ registry: DeviceRegistry, since: Int64) throws {
    let trial: AlertTrial
    do {
      trial = try AlertTrial(configuration, registry: registry, since: since, now: Clock.realtimeNanos())
    } catch {
      throw CommandFailure.failed("\(error)")
    }
    warn(trial.unreadable)
    if configuration.alerts.rules.isEmpty { warn(["there are no alert rules to try"]) }
    let from = RFC3339.text(trial.from, .milliseconds)
    print("tried over \(configuration.data) from \(from) to \(RFC3339.text(trial.to, .milliseconds))")
    if trial.unsealedSegments > 0 {
      print("\(trial.unsealedSegments) journal segments hold rows that are not sealed yet; they are left out")
    }
    var faults = 0
    for rule in configuration.alerts.rules {
      let answer = trial.run(rule)
      if let outcome = answer.outcome { print(line(rule, outcome)) }
      if let fault = answer.fault {
        Terminal.say(fault)
        faults += 1
      }
      warn(trial.warnings(rule))
    }
    if faults > 0 { throw CommandFailure.failed("\(faults) alert rules could not be tried") }
  }

  /// `heavy-rain: 3 times on 2 devices, first …, last …; values 0 to 61.2 (above 50), 48 devices seen`
  private static func line(_ rule: AlertRule, _ outcome: TrialOutcome) -> String {
    let unit =
      switch rule.scope {
      case .device: "devices"
      case .area: "areas"
      case .deviceClass: "classes"
      case .all: "group of all"
      }
    var text = "\(rule.name): \(outcome.firings) times on \(outcome.subjects) \(unit)"
    if let first = outcome.first, let last = outcome.last {
      text += ", first \(RFC3339.text(first, .milliseconds)), last \(RFC3339.text(last, .milliseconds))"
    }
    if let lowest = outcome.lowest, let highest = outcome.highest {
      text += "; values \(AlertMessage.text(of: lowest)) to \(AlertMessage.text(of: highest))"
    }
    switch rule.kind {
    case .threshold(let threshold):
      text += " (\(threshold.isAbove ? "above" : "below") \(AlertMessage.text(of: threshold.bound)))"
    case .event: break
    case .usual(let usual):
      text += " (\(usual.isAbove ? "above" : "below") \(AlertMessage.text(of: usual.factor)) of the usual, by the hour)"
    case .silence: text += " (seconds of silence)"
    }
    return text + ", \(outcome.seen) \(unit) seen"
  }
}
