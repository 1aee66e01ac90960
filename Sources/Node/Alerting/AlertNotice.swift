import Alerts
import Cryptography
import Lagoon
import Pipeline
import Primitives
import Registry
import Rollups
import Text

/// What an alert's event says beside its text.
struct AlertAttributes: Hashable, Sendable {
  var rule: String
  /// `firing` or `resolved`.
  var state: String
  var since: String
  var value: Double?
  var threshold: Double?
  var measurement: String?
  var field: String?
  var aggregate: String?
  var over: String?
  /// What is told of, where it is no device.
  var area: String?
  var deviceClass: String?
  /// Why it is resolved, where not by its value.
  var cause: String?
}

/// One thing to be told, as an event and to the receivers. It is the same however often it is told.
struct AlertNotice: Hashable, Sendable {
  /// The same over every attempt to deliver it.
  var id: String
  var time: UnixNanos
  var node: String
  var device: String
  var severity: String
  var message: String
  var attributes: AlertAttributes
  /// What follows on each other: the rule and what it tells of.
  var order: String

  var kind: String { "alert.\(attributes.rule)" }

  /// As an event of the tables.
  var event: InternalEvent {
    InternalEvent(
      time: time, device: device, severity: severity, kind: kind, message: message,
      attributes: attributes.json.serialized)
  }
}

/// Puts what a rule found into words.
struct AlertWording {
  let node: String
  let directory: RegistryDirectory
  let now: UnixNanos

  func notice(_ turn: AlertBook.Turn, of rule: AlertRule) -> AlertNotice {
    let isFiring: Bool
    let since: UnixNanos
    var cause: String?
    switch turn.change {
    case .fired(let time): (isFiring, since) = (true, time)
    case .resolved(let time): (isFiring, since) = (false, time)
    case .lost(let time):
      (isFiring, since) = (false, time)
      cause = "no value for a day"
    }
    var attributes = AlertAttributes(
      rule: rule.name, state: isFiring ? "firing" : "resolved", since: RFC3339.text(since, .milliseconds),
      value: turn.value)
    attributes.cause = cause
    if case .threshold(let threshold) = rule.kind {
      attributes.threshold = threshold.bound
      attributes.measurement = threshold.measurement
      attributes.field = threshold.field
      attributes.aggregate = threshold.aggregate.name
      attributes.over = threshold.over.name
    }
    if case .silence(let silence) = rule.kind, let device = directory.device(turn.subject) {
      attributes.threshold = Double(silence.allowedNanos(device) / Nanos.perSecond)
    }
    let words = (isFiring ? rule.message : rule.resolvedMessage).text(places(turn, rule, attributes.threshold))
    return notice(
      subject: turn.subject, scope: rule.scope.rawValue, severity: rule.severity.name, words, attributes)
  }

  /// The end of something whose rule is no longer there to say it.
  func notice(ofOrphan firing: FiringAlert) -> AlertNotice {
    var attributes = AlertAttributes(
      rule: firing.rule, state: "resolved", since: RFC3339.text(firing.since, .milliseconds))
    attributes.cause = "the rule is gone"
    return notice(
      subject: firing.subject, scope: firing.scope, severity: firing.severity,
      "resolved: the rule \(firing.rule) is gone", attributes)
  }

  private func notice(
    subject: String, scope: String, severity: String, _ message: String, _ given: AlertAttributes
  ) -> AlertNotice {
    var attributes = given
    // What concerns no single device is told by the node.
    var device = node
    switch AlertScope(rawValue: scope) {
    case .device: device = subject
    case .area: attributes.area = subject
    case .deviceClass: attributes.deviceClass = subject
    case .all, nil: break
    }
    let time = now - now % Nanos.perMillisecond
    let order = "\(attributes.rule)/\(scope)/\(subject)"
    let identity = "\(node)\n\(order)\n\(attributes.state)\n\(attributes.since)\n\(time)"
    let digest = DigestAlgorithm.sha256.digest(Array(identity.utf8)) ?? randomBytes(32)
    return AlertNotice(
      id: Hexadecimal.text(digest.prefix(16)), time: time, node: node, device: device, severity: severity,
      message: message, attributes: attributes, order: order)
  }

  private func places(
    _ turn: AlertBook.Turn, _ rule: AlertRule, _ threshold: Double?
  ) -> [AlertMessage.Placeholder: String] {
    var places: [AlertMessage.Placeholder: String] = [.rule: rule.name]
    places[.value] = turn.value.map(AlertMessage.text(of:)) ?? ""
    places[.threshold] = threshold.map(AlertMessage.text(of:)) ?? ""
    switch rule.scope {
    case .device:
      let facts = directory.device(turn.subject)
      places[.device] = turn.subject
      places[.name] = facts.flatMap { $0.name.isEmpty ? nil : $0.name } ?? turn.subject
      places[.area] = facts.map { areaName($0.area) } ?? ""
    case .area:
      places[.area] = areaName(turn.subject)
      places[.name] = places[.area]
    case .deviceClass: places[.name] = turn.subject
    case .all: places[.name] = rule.name
    }
    return places
  }

  /// An area's name as it stands now; its code where the registry has none.
  private func areaName(_ code: String) -> String {
    let area = directory.registry.areas.area(code: code, on: directory.day(of: now))
    return area.flatMap { $0.name.isEmpty ? nil : $0.name } ?? code
  }
}
