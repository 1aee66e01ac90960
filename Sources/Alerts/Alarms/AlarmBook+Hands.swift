public import Primitives

/// What people do to alarms.
extension AlarmBook {
  /// What is done.
  public enum Deed: Hashable, Sendable {
    case acknowledge(note: String)
    case shelve(until: UnixNanos, note: String)
    case unshelve(note: String)
    case note(String)
  }

  /// Does it.
  ///
  /// - Returns: the alarm as it is then.
  public mutating func act(
    _ deed: Deed, on id: String, by name: String, at now: UnixNanos
  ) throws(AlarmFault) -> Alarm {
    guard let alarm = alarms[id] else { throw .unknown }
    switch deed {
    case .acknowledge(let note):
      change(id) { alarm in
        alarm.acknowledgement = Alarm.Acknowledgement(by: name, at: now, note: note)
        alarm.note(Alarm.Entry(at: now, what: .acknowledged, by: name, note: Self.text(note)))
      }
    case .shelve(let until, let note):
      if until <= now { throw .senseless("until lies in the past") }
      if until - now > Limits.longestShelfNanos { throw .senseless("until is more than 90 days away") }
      change(id) { alarm in
        alarm.shelf = Alarm.Shelf(by: name, at: now, until: until, note: note)
        alarm.note(Alarm.Entry(at: now, what: .shelved, by: name, note: Self.text(note), until: until))
      }
    case .unshelve(let note):
      if alarm.shelf == nil { throw .senseless("it is not shelved") }
      change(id) { alarm in
        alarm.shelf = nil
        alarm.note(Alarm.Entry(at: now, what: .unshelved, by: name, note: Self.text(note)))
      }
    case .note(let note):
      if note.isEmpty { throw .senseless("note is empty") }
      change(id) { $0.note(Alarm.Entry(at: now, what: .noted, by: name, note: note)) }
    }
    return alarms[id] ?? alarm
  }

  private static func text(_ note: String) -> String? { note.isEmpty ? nil : note }

  // MARK: planned work

  /// Takes planned work.
  public mutating func plan(_ window: MaintenanceWindow) throws(AlarmFault) {
    if windows.count >= Limits.maintenanceWindows {
      throw .tooMany("there are \(windows.count) maintenance windows, the most")
    }
    windows.append(window)
  }

  /// Takes planned work back. What has begun ends now and is kept, since it explains what was silent; what has not begun
  /// is gone.
  public mutating func cancel(_ id: String, at now: UnixNanos) throws(AlarmFault) {
    guard let place = windows.firstIndex(where: { $0.id == id && $0.to > now }) else { throw .unknown }
    if windows[place].from >= now { windows.remove(at: place) } else { windows[place].to = now }
  }

  /// Lets go of planned work that ended before then.
  public mutating func forgetWindows(before time: UnixNanos) { windows.removeAll { $0.to < time } }
}
