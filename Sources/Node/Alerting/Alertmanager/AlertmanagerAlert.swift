import Alerts
import Primitives
import Text

/// An alert as Alertmanager has it: known by its labels.
struct AlertmanagerAlert: Hashable, Sendable {
  var labels: [String: String] = [:]
  var annotations: [String: String] = [:]
  /// RFC 3339.
  var startsAt: String
  /// nil while it lasts: then Alertmanager's own `resolve_timeout` holds.
  var endsAt: String?
  /// Where more is said of it.
  var link: String?

  /// Labels that say what an alert is; no other may have their names.
  static let ownLabels: Set<String> = [
    "alertname", "severity", "device", "area", "class", "node", "key",
  ]

  /// Prometheus' names of labels.
  static func isLabel(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
    }
  }

  /// What was told of an alarm's begin or end; nil if it says too little.
  init?(notice: JSONValue, _ settings: AlertmanagerSettings) {
    let attributes = notice["attributes"] ?? .null
    guard let rule = attributes["rule"]?.text, let since = attributes["since"]?.text,
      let severity = notice["severity"]?.text, let node = notice["node"]?.text, let device = notice["device"]?.text
    else { return nil }
    let subject = NoticeSubject(json: notice)
    startsAt = since
    label(rule, severity, device: device, subject.areaCode, subject.deviceClass, subject.key, node, settings.labels)
    if attributes["state"]?.text == "resolved", let time = notice["time"]?.text {
      // An end before its begin is refused: a clock that was set back may have made one.
      endsAt = max(time, since)
    }
    let children = attributes["children"]?.elements.compactMap(\.text) ?? []
    annotate(notice["message"]?.text ?? "", alarm: attributes["alarm"]?.text, children, settings)
    annotations["name"] = notice["name"]?.text
    annotations["area_name"] = notice["area_name"]?.text
    annotations["cause"] = attributes["cause"]?.text
    for name in ["value", "threshold"] {
      annotations[name] = attributes[name].map { NoticeFields.text($0) }
    }
  }

  /// What an alarm is now.
  init(_ alarm: Alarm, node: String, _ settings: AlertmanagerSettings) {
    startsAt = RFC3339.text(alarm.opened, .milliseconds)
    label(
      alarm.key.rule, alarm.severity.name, device: alarm.key.device ?? node, alarm.area, alarm.deviceClass,
      alarm.key.values, node, settings.labels)
    annotate(alarm.message, alarm: alarm.id, alarm.children, settings)
    annotations["value"] = alarm.value.map { AlertMessage.text(of: $0) }
  }

  private mutating func label(
    _ rule: String, _ severity: String, device: String, _ area: String, _ deviceClass: String, _ key: [String],
    _ node: String, _ more: [String: String]
  ) {
    labels = more
    labels["alertname"] = rule
    labels["severity"] = severity
    // What is of no device is told in the node's name.
    labels["device"] = device == node ? nil : device
    labels["area"] = area
    labels["class"] = deviceClass
    labels["key"] = key.joined(separator: ",")
    labels["node"] = node
    labels = labels.filter { !$0.value.isEmpty }
  }

  private mutating func annotate(
    _ message: String, alarm: String?, _ children: [String], _ settings: AlertmanagerSettings
  ) {
    annotations["summary"] = message
    annotations["alarm"] = alarm
    if !children.isEmpty {
      let listed = children.prefix(Limits.alertmanagerChildren).joined(separator: ", ")
      annotations["devices"] = children.count > Limits.alertmanagerChildren ? listed + ", …" : listed
      annotations["devices_count"] = "\(children.count)"
    }
    if let base = settings.link, let alarm { link = "\(base)/v1/alarms/\(PercentCoding.encode(alarm))" }
  }

  /// Says who looks after it.
  mutating func acknowledge(_ acknowledgement: Alarm.Acknowledgement?) {
    annotations["acknowledged_by"] = acknowledgement?.by
    annotations["acknowledged_note"] = acknowledgement.flatMap { $0.note.isEmpty ? nil : $0.note }
  }

  var json: JSONValue {
    var members: [(String, JSONValue)] = [
      ("labels", .texts(labels)), ("annotations", .texts(annotations)), ("startsAt", .string(startsAt)),
    ]
    if let endsAt { members.append(("endsAt", .string(endsAt))) }
    if let link { members.append(("generatorURL", .string(link))) }
    return .members(members)
  }
}
