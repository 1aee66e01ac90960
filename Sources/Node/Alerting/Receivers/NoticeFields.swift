import Alerts
import Text

/// What a template may say of notices: one, or many that are told as one.
struct NoticeFields {
  /// What may stand in a template's braces.
  enum Name: String, CaseIterable, Sendable {
    case message, severity, rule, state, device, name, area, value, threshold, time, since, id, alarm, node, kind, cause
    case children, measurement, field, aggregate, over, key, count, alerts
    case areaName = "area_name"
    case areaCode = "area_code"
    case deviceClass = "class"
  }

  /// The same over every attempt.
  let id: String
  let notices: [JSONValue]

  private static let listedAtMost = 20

  func value(_ name: Name) -> JSONValue {
    switch name {
    case .id: return .string(id)
    case .count: return .count(notices.count)
    case .alerts: return .array(notices)
    case .message: return .string(notices.map { Self.text(Self.value(.message, of: $0)) }.joined(separator: "\n"))
    case .severity: return gravest.map { .string($0.name) } ?? .null
    case .state: return .string(isFiring ? "firing" : "resolved")
    case .time: return extreme(.time) { $0 < $1 }
    case .since: return extreme(.since) { $0 > $1 }
    case .children:
      var seen: Set<JSONValue> = []
      return .array(notices.flatMap { Self.value(.children, of: $0).elements }.filter { seen.insert($0).inserted })
    default: return common(name)
    }
  }

  /// Of all that are told, what is worst.
  var gravest: AlertSeverity? {
    notices.compactMap { $0["severity"]?.text.flatMap { AlertSeverity(name: $0) } }.min { $0.rawValue < $1.rawValue }
  }

  /// Whether anything of it lasts.
  var isFiring: Bool { notices.contains { $0["attributes"]?["state"]?.text != "resolved" } }

  /// The text that is first or last of all.
  private func extreme(_ name: Name, _ isLess: (String, String) -> Bool) -> JSONValue {
    notices.compactMap { Self.value(name, of: $0).text }.max(by: isLess).map { .string($0) } ?? .null
  }

  /// What all say; where they differ, all that is said.
  private func common(_ name: Name) -> JSONValue {
    var seen: Set<JSONValue> = []
    let values = notices.map { Self.value(name, of: $0) }.filter { $0 != .null && seen.insert($0).inserted }
    if values.count < 2 { return values.first ?? .null }
    let listed = values.prefix(Self.listedAtMost).map { Self.text($0) }.joined(separator: ", ")
    return .string(values.count > Self.listedAtMost ? listed + ", …" : listed)
  }

  private static func value(_ name: Name, of notice: JSONValue) -> JSONValue {
    let value: JSONValue?
    switch name {
    case .message, .severity, .device, .time, .node, .kind, .areaName, .areaCode, .deviceClass, .key:
      value = notice[name.rawValue]
    // Without a name it is known by its id, as in the messages of rules.
    case .name: value = notice["name"] ?? notice["device"]
    case .area: value = notice["area_name"] ?? notice["area_code"]
    default: value = notice["attributes"]?[name.rawValue]
    }
    return value ?? .null
  }

  /// A value for people.
  static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .number(let number): AlertMessage.text(of: number)
    case .boolean(let value): "\(value)"
    case .array(let elements): elements.map { text($0) }.joined(separator: ", ")
    case .object: value["message"].map { text($0) } ?? value.serialized
    }
  }
}
