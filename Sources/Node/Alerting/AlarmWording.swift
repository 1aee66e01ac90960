import Alerts
import Cryptography
import Lagoon
import Primitives
import Registry
import Rollups
import Text

/// Puts what a rule found, and what becomes of alarms, into words.
struct AlarmWording {
  let node: String
  let directory: RegistryDirectory
  let now: UnixNanos
  /// By name.
  let rules: [String: AlertRule]
  let stormMessage: AlertMessage?

  /// An alarm's id: the same wherever it is made.
  static func id(_ node: String, _ key: AlarmKey, _ time: UnixNanos) -> String {
    digest("\(node)\n\(key.text)\n\(time)", octets: 10)
  }

  /// The id of the notice that tells of an alarm's begin or end.
  static func noticeID(_ node: String, alarm: String, state: String) -> String {
    digest("\(node)\n\(alarm)\n\(state)", octets: 16)
  }

  private static func digest(_ text: String, octets: Int) -> String {
    Hexadecimal.text((DigestAlgorithm.sha256.digest(Array(text.utf8)) ?? randomBytes(32)).prefix(octets))
  }

  // MARK: conditions

  /// What a rule found.
  func condition(_ turn: AlertBook.Turn, since: UnixNanos, of rule: AlertRule) -> AlarmCondition {
    var kind = AlarmKind.bound
    if case .silence = rule.kind { kind = .silence }
    return AlarmCondition(
      key: AlarmKey(rule: rule.name, scope: rule.scope, subject: turn.subject), kind: kind, severity: rule.severity,
      since: since, fired: now, message: rule.message.text(places(turn, rule)), value: turn.value)
  }

  /// What is said when it is over.
  func ending(_ turn: AlertBook.Turn, of rule: AlertRule) -> String {
    rule.resolvedMessage.text(places(turn, rule))
  }

  /// What an event opens.
  func condition(_ event: SeenEvent, _ pattern: EventPattern, of rule: AlertRule) -> AlarmCondition {
    let message = rule.message.text(places(event.device, nil, rule, isOfDevice: true)) { event.value(of: $0) }
    var condition = AlarmCondition(
      key: key(event, pattern, of: rule), kind: .event, severity: rule.severity, since: event.time, fired: now,
      message: message)
    condition.touched = now
    condition.clearAfterNanos = pattern.clearAfterNanos
    condition.explainsSilence = pattern.explainsSilence
    if pattern.holdNanos > 0 { condition.heldUntil = now + pattern.holdNanos }
    return condition
  }

  func ending(_ event: SeenEvent, of rule: AlertRule) -> String {
    rule.resolvedMessage.text(places(event.device, nil, rule, isOfDevice: true)) { event.value(of: $0) }
  }

  func key(_ event: SeenEvent, _ pattern: EventPattern, of rule: AlertRule) -> AlarmKey {
    AlarmKey(
      rule: rule.name, scope: rule.scope, subject: rule.scope == .device ? event.device : "",
      values: pattern.keys.map { String(event.value(of: $0).prefix(Limits.nameBytes)) })
  }

  /// What many devices of an area that fell silent together are told as.
  func storm(_ area: String, _ count: Int) -> String {
    let name = area.isEmpty ? node : areaName(area)
    guard let stormMessage else { return "\(name): \(count) thiết bị im lặng cùng lúc" }
    return stormMessage.text([.name: name, .area: name, .value: "\(count)", .device: "", .rule: "", .threshold: ""])
  }

  // MARK: notices

  /// What receivers are told of a change; nil for nothing.
  func notice(_ change: AlarmChange) -> AlertNotice? {
    let alarm = change.alarm
    let isFiring: Bool
    switch change.what {
    case .opened: isFiring = true
    case .closed where alarm.isTold: isFiring = false
    case .closed, .taken, .changed: return nil
    }
    var attributes = AlertAttributes(
      rule: alarm.key.rule, state: isFiring ? "firing" : "resolved", since: RFC3339.text(alarm.opened, .milliseconds),
      value: alarm.value)
    (attributes.alarm, attributes.children) = (alarm.id, alarm.children)
    if !isFiring { attributes.cause = alarm.cause }
    add(rules[alarm.key.rule], alarm.key, to: &attributes)
    return notice(
      alarm, isFiring ? alarm.message : alarm.ending ?? ending(alarm), attributes, isFiring: isFiring)
  }

  private func ending(_ alarm: Alarm) -> String {
    alarm.cause == nil ? "resolved: \(alarm.message)" : "resolved: \(alarm.cause ?? ""): \(alarm.message)"
  }

  private func add(_ rule: AlertRule?, _ key: AlarmKey, to attributes: inout AlertAttributes) {
    if case .threshold(let threshold)? = rule?.kind {
      attributes.threshold = threshold.bound
      attributes.measurement = threshold.measurement
      attributes.field = threshold.field
      attributes.aggregate = threshold.aggregate.name
      attributes.over = threshold.over.name
    }
    if case .usual(let usual)? = rule?.kind {
      attributes.measurement = usual.measurement
      attributes.field = usual.field
      attributes.aggregate = usual.aggregate.name
      attributes.over = usual.over.name
    }
    if case .silence(let silence)? = rule?.kind, let device = key.device.flatMap({ directory.device($0) }) {
      attributes.threshold = Double(silence.allowedNanos(device) / Nanos.perSecond)
    }
  }

  private func notice(
    _ alarm: Alarm, _ message: String, _ given: AlertAttributes, isFiring: Bool
  ) -> AlertNotice {
    var attributes = given
    // What concerns no single device is told by the node.
    var device = node
    switch alarm.key.scope {
    case .device: device = alarm.key.subject
    case .area: attributes.area = alarm.key.subject
    case .deviceClass: attributes.deviceClass = alarm.key.subject
    case .all: break
    }
    let time = now - now % Nanos.perMillisecond
    return AlertNotice(
      id: Self.noticeID(node, alarm: alarm.id, state: attributes.state), time: time, node: node, device: device,
      severity: alarm.severity.name,
      message: message, attributes: attributes, order: alarm.key.text, subject: subject(of: alarm))
  }

  private func subject(of alarm: Alarm) -> NoticeSubject {
    let area = alarm.area.isEmpty ? "" : areaName(alarm.area)
    let name = alarm.key.scope == .area ? area : alarm.key.device.flatMap { directory.device($0)?.name } ?? ""
    return NoticeSubject(
      name: name, areaCode: alarm.area, areaName: area, deviceClass: alarm.deviceClass, key: alarm.key.values)
  }

  private func places(_ turn: AlertBook.Turn, _ rule: AlertRule) -> [AlertMessage.Placeholder: String] {
    var places = places(turn.subject, turn.value, rule)
    if let bound = turn.bound { places[.threshold] = AlertMessage.text(of: bound) }
    return places
  }

  private func places(
    _ subject: String, _ value: Double?, _ rule: AlertRule, isOfDevice: Bool = false
  ) -> [AlertMessage.Placeholder: String] {
    var places: [AlertMessage.Placeholder: String] = [.rule: rule.name]
    places[.value] = value.map(AlertMessage.text(of:)) ?? ""
    var attributes = AlertAttributes(rule: "", state: "", since: "")
    add(rule, AlarmKey(rule: rule.name, scope: rule.scope, subject: subject), to: &attributes)
    places[.threshold] = attributes.threshold.map(AlertMessage.text(of:)) ?? ""
    switch isOfDevice ? .device : rule.scope {
    case .device:
      let facts = directory.device(subject)
      places[.device] = subject
      places[.name] = facts.flatMap { $0.name.isEmpty ? nil : $0.name } ?? subject
      places[.area] = facts.map { areaName($0.area) } ?? ""
    case .area:
      places[.area] = areaName(subject)
      places[.name] = places[.area]
    case .deviceClass: places[.name] = subject
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
