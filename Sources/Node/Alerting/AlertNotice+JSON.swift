import Primitives
import Text

extension AlertAttributes {
  /// Its members by name; those that do not hold are left out.
  var json: JSONValue {
    let members: [(String, JSONValue?)] = [
      ("aggregate", aggregate.map(JSONValue.string)), ("alarm", alarm.map(JSONValue.string)),
      ("area", area.map(JSONValue.string)),
      ("cause", cause.map(JSONValue.string)),
      ("children", children.isEmpty ? nil : .array(children.map { .string($0) })),
      ("class", deviceClass.map(JSONValue.string)),
      ("field", field.map(JSONValue.string)), ("measurement", measurement.map(JSONValue.string)),
      ("over", over.map(JSONValue.string)), ("rule", .string(rule)), ("since", .string(since)),
      ("state", .string(state)), ("threshold", threshold.map(JSONValue.number)), ("value", value.map(JSONValue.number)),
    ]
    return .members(members.compactMap { name, value in value.map { (name, $0) } })
  }

  /// nil if something of it is missing.
  init?(json: JSONValue) {
    guard let rule = json["rule"]?.text, let state = json["state"]?.text, let since = json["since"]?.text else {
      return nil
    }
    self.init(
      rule: rule, state: state, since: since, value: json["value"]?.double, threshold: json["threshold"]?.double,
      measurement: json["measurement"]?.text, field: json["field"]?.text, aggregate: json["aggregate"]?.text,
      over: json["over"]?.text, area: json["area"]?.text, deviceClass: json["class"]?.text, cause: json["cause"]?.text,
      alarm: json["alarm"]?.text, children: json["children"]?.elements.compactMap(\.text) ?? [])
  }
}

extension AlertNotice {
  /// As it is kept until it is told.
  var json: JSONValue {
    .members(
      [
        ("attributes", attributes.json), ("device", .string(device)), ("id", .string(id)),
        ("message", .string(message)), ("node", .string(node)), ("order", .string(order)),
        ("severity", .string(severity)), ("time", .integer(time)),
      ] + subject.members)
  }

  /// nil if something of it is missing.
  init?(json: JSONValue) {
    guard let attributes = json["attributes"].flatMap({ AlertAttributes(json: $0) }), let id = json["id"]?.text,
      let device = json["device"]?.text, let message = json["message"]?.text, let node = json["node"]?.text,
      let order = json["order"]?.text, let severity = json["severity"]?.text, let time = json["time"]?.integer
    else { return nil }
    self.init(
      id: id, time: time, node: node, device: device, severity: severity, message: message, attributes: attributes,
      order: order, subject: NoticeSubject(json: json))
  }

  /// The body that receivers get.
  var body: [UInt8] {
    JSONValue.members(
      [
        ("attributes", attributes.json), ("device", .string(device)), ("id", .string(id)), ("kind", .string(kind)),
        ("message", .string(message)), ("node", .string(node)), ("severity", .string(severity)),
        ("time", .string(RFC3339.text(time, .milliseconds))),
      ] + subject.members
    ).bytes
  }
}

extension NoticeSubject {
  /// What is known of it.
  var members: [(String, JSONValue)] {
    let texts = [("area_code", areaCode), ("area_name", areaName), ("class", deviceClass), ("name", name)]
    return texts.filter { !$0.1.isEmpty }.map { ($0.0, .string($0.1)) }
      + (key.isEmpty ? [] : [("key", .array(key.map { .string($0) }))])
  }

  init(json: JSONValue) {
    name = json["name"]?.text ?? ""
    areaCode = json["area_code"]?.text ?? ""
    areaName = json["area_name"]?.text ?? ""
    deviceClass = json["class"]?.text ?? ""
    key = json["key"]?.elements.compactMap(\.text) ?? []
  }
}
