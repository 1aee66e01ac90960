import Alerts
import Text

extension JSONWriter {
  /// The members of an alarm.
  mutating func alarm(_ alarm: Alarm) {
    name("id")
    string(alarm.id)
    name("rule")
    string(alarm.key.rule)
    name("severity")
    string(alarm.severity.name)
    name("kind")
    string(alarm.kind.rawValue)
    name("subject")
    object { json in
      switch alarm.key.scope {
      case .device: json.member("device", alarm.key.subject)
      case .area: json.member("area", alarm.key.subject)
      case .deviceClass: json.member("class", alarm.key.subject)
      case .all: break
      }
    }
    name("area")
    stringOrNull(alarm.area.isEmpty ? nil : alarm.area)
    name("opened")
    time(alarm.opened)
    name("changed")
    time(alarm.changed)
    name("closed")
    time(alarm.closed)
    name("state")
    string(alarm.state.rawValue)
    name("message")
    string(alarm.message)
    name("cause")
    stringOrNull(alarm.cause)
    name("count")
    integer(alarm.count)
    name("children")
    array { json in for child in alarm.children { json.string(child) } }
    hands(alarm)
  }

  private mutating func hands(_ alarm: Alarm) {
    name("acknowledged")
    if let done = alarm.acknowledgement {
      object { json in
        json.member("by", done.by)
        json.name("at")
        json.time(done.at)
        json.member("note", done.note)
      }
    } else {
      null()
    }
    name("shelved")
    if let shelf = alarm.shelf {
      object { json in
        json.name("until")
        json.time(shelf.until)
        json.member("by", shelf.by)
        json.name("at")
        json.time(shelf.at)
        json.member("note", shelf.note)
      }
    } else {
      null()
    }
  }

  /// The member `history`.
  mutating func history(_ alarm: Alarm) {
    name("history")
    array { json in
      for entry in alarm.history {
        json.object { json in
          json.name("at")
          json.time(entry.at)
          json.member("what", entry.what.rawValue)
          json.name("by")
          json.stringOrNull(entry.by)
          json.name("note")
          json.stringOrNull(entry.note)
          if let until = entry.until {
            json.name("until")
            json.time(until)
          }
        }
      }
    }
  }

  mutating func window(_ window: MaintenanceWindow) {
    member("id", window.id)
    let (title, value) = window.subject.named
    member(title, value)
    name("from")
    time(window.from)
    name("to")
    time(window.to)
    member("note", window.note)
    member("by", window.by)
  }

  mutating func member(_ title: String, _ value: String) {
    name(title)
    string(value)
  }
}
