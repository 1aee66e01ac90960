import Access
import Alerts
import Lagoon
import Primitives
import Text

extension APIRoute {
  static let why = APIRoute("/v1/devices/{id}/why", access: .permitted(.read)) { call in
    let why = try WhyQuestion(call)
    return APIAnswer { $0.why(why) }
  }
}

extension JSONWriter {
  fileprivate mutating func why(_ why: WhyQuestion) {
    name("device")
    string(why.device.facts.id)
    name("status")
    string(why.device.status.rawValue)
    name("last_seen")
    time(why.device.lastSeen)
    name("interval")
    double(why.device.facts.intervalSeconds ?? .nan)
    name("causes")
    array { json in for cause in why.causes { json.object { json in json.cause(cause) } } }
    sender(why.sender)
    refusal(why.refusal)
    name("event")
    if let event = why.event { object { json in json.briefly(event) } } else { null() }
    name("parents")
    array { json in
      for parent in why.parents {
        json.object { json in
          json.briefly(parent)
          json.name("alarms")
          json.array { json in
            for alarm in why.alarms where alarm.key.device == parent.facts.id { json.string(alarm.id) }
          }
        }
      }
    }
    name("alarms")
    array { json in for alarm in why.alarms { json.object { json in json.briefly(alarm) } } }
    name("maintenance")
    array { json in for window in why.windows { json.object { json in json.window(window) } } }
    name("neighbours")
    object { json in
      json.name("area")
      json.stringOrNull(why.device.facts.area.isEmpty ? nil : why.device.facts.area)
      json.name("silent")
      json.array { json in for device in why.neighbours { json.string(device.facts.id) } }
      json.name("more")
      json.boolean(why.hasMoreNeighbours)
    }
  }

  private mutating func cause(_ cause: WhyQuestion.Cause) {
    name("kind")
    string(cause.kind.rawValue)
    name("device")
    stringOrNull(cause.device)
    name("alarm")
    stringOrNull(cause.alarm)
    name("text")
    string(cause.text)
  }

  private mutating func sender(_ sender: DeviceSender?) {
    name("listener")
    stringOrNull(sender?.listener)
    name("address")
    stringOrNull(sender?.source)
  }

  private mutating func refusal(_ refusal: Refusal?) {
    name("refusal")
    guard let refusal else { return null() }
    object { json in
      json.name("reason")
      json.string(refusal.reason)
      json.name("listener")
      json.string(refusal.listener)
      json.name("address")
      json.stringOrNull(refusal.address)
      json.name("count")
      json.integer(refusal.count)
      json.name("last")
      json.time(refusal.last)
      json.name("sample")
      json.string(refusal.sample)
    }
  }

  private mutating func briefly(_ event: ResultRow) {
    name("time")
    time(event.time)
    name("kind")
    stringOrNull(event.text("kind"))
    name("severity")
    stringOrNull(event.text("severity"))
    name("message")
    stringOrNull(event.text("message"))
  }

  private mutating func briefly(_ device: DeviceSummary) {
    name("device")
    string(device.facts.id)
    name("name")
    stringOrNull(device.facts.name)
    name("status")
    string(device.status.rawValue)
    name("last_seen")
    time(device.lastSeen)
  }

  private mutating func briefly(_ alarm: Alarm) {
    name("id")
    string(alarm.id)
    name("rule")
    string(alarm.key.rule)
    name("kind")
    string(alarm.kind.rawValue)
    name("device")
    stringOrNull(alarm.key.device)
    name("opened")
    time(alarm.opened)
    name("state")
    string(alarm.state.rawValue)
    name("message")
    string(alarm.message)
  }
}
