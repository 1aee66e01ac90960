public import Alerts
import Journal
import Lagoon
import Pipeline
public import Primitives
public import Registry
import Sys

/// What a configuration's rules would have told over what a data directory holds, and which names in them are nobody's.
/// It only reads, so a server may work there meanwhile.
public struct AlertTrial {
  /// A rule and what it would have told, or why it cannot be tried.
  public struct Answer: Sendable {
    public var rule: AlertRule
    public var outcome: TrialOutcome?
    public var fault: String?
  }

  private let configuration: Configuration
  private let registry: DeviceRegistry
  private let view: LagoonView
  private let directory: RegistryDirectory
  public let from: UnixNanos
  /// The newest row that is stored: nobody knows what came after it.
  public let to: UnixNanos
  /// Journal segments whose rows are in no part yet, and so are not looked at.
  public let unsealedSegments: Int
  /// Tables that cannot be read, and why.
  public let unreadable: [String]

  /// - Throws: `LagoonError` if there is no such data.
  public init(_ configuration: Configuration, registry: DeviceRegistry, since: Int64, now: UnixNanos) throws {
    self.configuration = configuration
    self.registry = registry
    let data = configuration.data
    guard FileSystem.exists(LagoonNames.tables(in: data)) else {
      throw EngineError("cannot try the rules on \(data): there are no tables")
    }
    let catalogue = try Catalogue(data: data, node: configuration.node, isReadOnly: true)
    view = catalogue.storedView()
    unreadable = catalogue.failures.values.sorted()
    var history = DeviceHistory()
    for found in try DeviceLog.recorded(catalogue) { history.insert(found.version, of: found.id) }
    _ = history.take(registry, at: now)
    directory = RegistryDirectory(registry, history: history, zone: configuration.zone)
    unsealedSegments = ((try? JournalRecovery.segments(directory: DataDirectory(data).journal)) ?? []).count
    let newest = view.tables.values.compactMap { table -> UnixNanos? in
      switch table.name {
      case .readings, .events: table.parts.map(\.newest).max()
      case .rollups, .devices, .audit: nil
      }
    }.max()
    from = now - since
    to = max(from, min(now, (newest ?? from) + 1))
  }

  /// Tries a rule.
  public func run(_ rule: AlertRule) -> Answer {
    do {
      let trial = RuleTrial(rule, view: view, directory: directory, from: from, to: to)
      return Answer(rule: rule, outcome: try trial.run(), fault: nil)
    } catch {
      return Answer(rule: rule, outcome: nil, fault: "cannot try alert rule \(rule.name): \(error)")
    }
  }

  /// Names in a rule that are nobody's: it can never fire, or does not fire where it should.
  public func warnings(_ rule: AlertRule) -> [String] {
    AlertRuleNames(rule, registry: registry).warnings + Self.storedNames(rule, view)
  }

  static func storedNames(_ rule: AlertRule, _ view: LagoonView) -> [String] {
    guard let asked = rule.askedField else { return [] }
    guard let table = view.tables[.readings(asked.measurement)] else {
      return ["rule \(rule.name): no row of measurement \(asked.measurement) is stored"]
    }
    guard let field = table.fields.first(where: { $0.name == asked.field }) else {
      return ["rule \(rule.name): no row of measurement \(asked.measurement) has a field \(asked.field)"]
    }
    switch field.type {
    case .integer, .decimal, .double: return []
    case .boolean, .string:
      return ["rule \(rule.name): field \(asked.field) of \(asked.measurement) holds no numbers"]
    }
  }
}

/// Holds what a rule says of devices against the registry.
public struct AlertRuleNames {
  private let rule: AlertRule
  private let registry: DeviceRegistry

  public init(_ rule: AlertRule, registry: DeviceRegistry) {
    self.rule = rule
    self.registry = registry
  }

  /// A line for each name that the registry does not have.
  public var warnings: [String] {
    var found: [String] = []
    func check(_ what: String, _ name: String?, _ isKnown: (String) -> Bool) {
      if let name, !isKnown(name) { found.append("rule \(rule.name): the registry has no \(what) \(name)") }
    }
    let devices = registry.devices
    check("area", rule.filter.area) { code in registry.areas.knows(code) || devices.contains { $0.area == code } }
    check("device of class", rule.filter.deviceClass) { name in devices.contains { $0.deviceClass == name } }
    check("device of domain", rule.filter.domain) { name in devices.contains { $0.domain == name } }
    check("device of agency", rule.filter.agency) { name in devices.contains { $0.agency == name } }
    // A device may send without being in the registry; but silence is only missed of those that are.
    if case .silence = rule.kind { check("device", rule.filter.device) { registry.device(id: $0) != nil } }
    return found
  }
}
