import Alerts
import Primitives
import Text

/// What must not be forgotten over a restart.
struct AlarmContent: Hashable, Sendable {
  /// Alarms that last.
  var alarms: [Alarm] = []
  var conditions: [AlarmCondition] = []
  var windows: [MaintenanceWindow] = []
  /// Alarms that are over and not in their file yet.
  var unclosed: [Alarm] = []
  /// What was decided and not told yet.
  var untold: [AlertNotice] = []
  /// Changes of alarms that are not in their table yet.
  var unstored: [AlarmRow] = []
  /// Which events were looked at.
  var seen = SeenEvents()
  /// What fired as versions before alarms were kept it.
  var firing: [FiringAlert] = []
}

extension AlarmContent {
  var json: JSONValue {
    .members(
      ("alarms", .array(alarms.map(\.json))), ("conditions", .array(conditions.map(\.json))),
      ("windows", .array(windows.map(\.json))), ("unclosed", .array(unclosed.map(\.json))),
      ("untold", .array(untold.map(\.json))), ("unstored", .array(unstored.map(\.json))), ("seen", seen.json))
  }

  init(json: JSONValue) throws {
    func read<Element>(_ name: String, _ make: (JSONValue) -> Element?) throws -> [Element] {
      try (json[name]?.elements ?? []).map { entry in
        guard let element = make(entry) else { throw EngineError("something is missing of \(name)") }
        return element
      }
    }
    alarms = try read("alarms", Alarm.init(json:))
    conditions = try read("conditions", AlarmCondition.init(json:))
    windows = try read("windows", MaintenanceWindow.init(json:))
    unclosed = try read("unclosed", Alarm.init(json:))
    untold = try read("untold", AlertNotice.init(json:))
    unstored = try read("unstored", AlarmRow.init(json:))
    firing = try read("firing", FiringAlert.init(json:))
    if let seen = json["seen"] { self.seen = SeenEvents(json: seen) }
  }
}
