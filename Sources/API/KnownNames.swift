import Access
import HTTPTypes
import Lagoon
import Registry

/// Names in a question that nothing knows are refused and named: an empty answer would say that there is nothing of them.
extension APICall {
  /// The devices that the parameters choose.
  ///
  /// - Throws: `APIProblem` of an area, class, domain or agency that nothing knows. A device is only looked for where the
  ///   answer holds nothing of it: `requireDevice`.
  func filter() throws(APIProblem) -> DeviceFilter {
    let filter = parameters.filter()
    try require(filter)
    return filter
  }

  func require(_ filter: DeviceFilter) throws(APIProblem) {
    let names = directory.names(within: grant.scope)
    if let area = filter.area, !names.areas.contains(area), !directory.registry.areas.knows(area) {
      throw .unknownName("area", area, "no area and no device of the registry has that code")
    }
    if let name = filter.deviceClass, !Device.classes.contains(name), !names.classes.contains(name) {
      throw .badParameter(
        "class", value: name, cause: "it must be one of \(Device.classes.sorted().joined(separator: ", "))")
    }
    if let name = filter.domain, !names.domains.contains(name) {
      throw .unknownName("domain", name, "no device of the registry is or was of it")
    }
    if let name = filter.agency, !names.agencies.contains(name) {
      throw .unknownName("agency", name, "no device of the registry is or was of it")
    }
  }

  /// - Throws: `APIProblem` if neither the registry nor anything that was stored knows a device.
  func requireDevice(_ id: String?) throws {
    guard let id, !directory.names(within: grant.scope).devices.contains(id) else { return }
    // Of what the registry does not know nobody can say whose it is.
    if grant.scope.isEverything, try asked({ try storedNames.hasDevice(id, in: view()) }) { return }
    throw APIProblem.unknownName("device", id, "the registry does not know it, and no row of it was seen")
  }

  /// The severities that events are asked for by; empty for all.
  func severities() throws(APIProblem) -> [String] {
    guard let text = parameters.text("severity") else { return [] }
    var found: Set<String> = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard EventNames.severities.contains(name) else {
        throw .badParameter(
          "severity", value: text,
          cause: "each must be one of \(EventNames.severities.dropLast().joined(separator: ", "))")
      }
      found.insert(name)
    }
    return found.sorted()
  }

  /// - Throws: `APIProblem` if there are no events of a kind and nothing tells any.
  func requireKind(_ kind: String?) throws {
    guard let kind else { return }
    if EventNames.kinds.contains(where: { EventsQuery.takes($0, asked: kind) }) { return }
    if EventNames.families.contains(kind) { return }
    if model.eventKinds.contains(where: { EventsQuery.takes($0, asked: kind) }) { return }
    if try isStored(kind: kind) { return }
    throw APIProblem.unknownName(
      "kind", kind, "no event of it is known or stored (a prefix ends with a point: alert.)")
  }

  private func isStored(kind: String) throws -> Bool {
    let view = view(of: [.events])
    if grant.scope.isEverything { return try asked { try storedNames.hasKind(kind, in: view) } }
    return try asked { try EventsQuery(kind: kind, limit: 1).run(on: view, directory: directory).count > 0 }
  }

  /// - Throws: `APIProblem` of a measurement, or a field of it, that nothing was stored under.
  func require(measurement: String?, field: String?) throws {
    if measurement == nil && field == nil { return }
    let view = view()
    let named = view.measurements.filter { measurement == nil || $0.name == measurement }
    if !grant.scope.isEverything { return try requireInScope(measurement, field, view, named.map(\.table)) }
    let tables = named
    if let measurement, tables.isEmpty, view.unreadable[.readings(measurement)] == nil {
      throw APIProblem.unknownMeasurement(measurement)
    }
    if let field, !tables.isEmpty || measurement == nil,
      !tables.contains(where: { $0.table.fields.contains { $0.name == field } })
    {
      throw APIProblem.unknownField(field)
    }
  }

  /// The same for somebody to whom some devices alone exist.
  private func requireInScope(
    _ measurement: String?, _ field: String?, _ view: LagoonView, _ tables: [TableView]
  ) throws {
    let search = ScopedSearch(view, directory: directory)
    if let measurement, try !asked({ try search.has(.readings(measurement)) }) {
      throw APIProblem.unknownMeasurement(measurement)
    }
    if let field, try !asked({ try tables.contains { try search.has($0.name, field: field) } }) {
      throw APIProblem.unknownField(field)
    }
  }
}

/// What events are called.
enum EventNames {
  /// Those of RFC 5424, the gravest first; and how the seventh was written once.
  static let severities = [
    "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug", "info",
  ]
  /// Kinds that the node itself tells, besides those of rules and of protocols.
  static let kinds: Set<String> = [
    "snmp.refused", "device.silent", "device.back", "device.out_of_range",
    "device.in_range", "device.doubled", "device.not_doubled",
  ]
  /// Beginnings of kinds that need not be told by anything yet.
  static let families: Set<String> = ["alert."]
}

extension APIProblem {
  fileprivate static func unknownMeasurement(_ name: String) -> APIProblem {
    unknownName("measurement", name, "no row of it was ever stored")
  }

  fileprivate static func unknownField(_ name: String) -> APIProblem {
    unknownName("field", name, "no row ever had it")
  }

  /// A name in a parameter that is known nowhere.
  static func unknownName(_ parameter: String, _ value: String, _ cause: String) -> APIProblem {
    APIProblem(
      .notFound, kind: "unknown-name", title: "A name is not known",
      detail: "cannot find \(parameter) \(value): \(cause)", parameter: parameter)
  }
}
