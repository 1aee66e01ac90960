import Alerts
import Pipeline
import Primitives
import Protocols
import Text

/// A change of an alarm as the table `alarms` keeps it, for analysts.
///
/// | column | |
/// |---|---|
/// | `device`, `time` | the device that it is of, else the node; when it changed |
/// | `alarm`, `rule`, `severity`, `kind`, `area` | which alarm it is |
/// | `state`, `change` | where it stands then, and what became of it: `opened`, `closed`, `taken` or what somebody did |
/// | `message`, `cause`, `by`, `note` | texts; left out where there are none |
/// | `count`, `children`, `value` | how often it was seen, how many devices belong to it, the value that opened it |
struct AlarmRow: Hashable, Sendable {
  static let measurement = "alarms"

  var device: String
  var time: UnixNanos
  var texts: [String: String]
  var numbers: [String: Double]

  /// - Parameter node: in whose name it is told that is of no device.
  init(_ change: AlarmChange, node: String) {
    let alarm = change.alarm
    device = alarm.key.device ?? node
    time = alarm.changed
    let entry = alarm.history.last
    let what =
      switch change.what {
      case .opened: "opened"
      case .closed: "closed"
      case .taken: "taken"
      case .changed: entry?.at == alarm.changed ? entry?.what.rawValue ?? "changed" : "changed"
      }
    texts = [
      "alarm": alarm.id, "rule": alarm.key.rule, "severity": alarm.severity.name, "kind": alarm.kind.rawValue,
      "area": alarm.area, "state": alarm.state.rawValue, "change": what, "message": alarm.message,
      "cause": alarm.cause ?? "", "by": entry?.by ?? "", "note": entry?.note ?? "",
    ].filter { !$0.value.isEmpty }
    numbers = ["count": Double(alarm.count), "children": Double(alarm.children.count)]
    if let value = alarm.value, value.isFinite { numbers["value"] = value }
  }

  var json: JSONValue {
    .members(
      ("device", .string(device)), ("time", .integer(time)), ("texts", .texts(texts)),
      ("numbers", .members(numbers.mapValues { .number($0) })))
  }

  init?(json: JSONValue) {
    guard let device = json["device"]?.text, let time = json["time"]?.integer else { return nil }
    (self.device, self.time) = (device, time)
    texts = json["texts"]?.texts ?? [:]
    numbers = [:]
    for member in json["numbers"]?.members ?? [] { numbers[member.name] = member.value.double }
  }

  var reading: InternalReading {
    let fields =
      texts.sorted { $0.key < $1.key }.map { InternalRow.Field($0.key, .text($0.value)) }
      + numbers.sorted { $0.key < $1.key }.map { InternalRow.Field($0.key, .number($0.value)) }
    return InternalReading(measurement: Self.measurement, device: device, time: time, fields: fields)
  }
}
