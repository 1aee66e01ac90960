import Lagoon
import Primitives

/// Where conditions belong.
extension AlarmBook {
  /// Looks at everything that holds: what may open an alarm does, what has a cause goes under it, what is over ends.
  public mutating func settle(in world: AlarmWorld) {
    let now = world.now
    for (id, alarm) in alarms {
      if let shelf = alarm.shelf, shelf.until <= now {
        change(id) { alarm in
          alarm.shelf = nil
          alarm.note(Alarm.Entry(at: now, what: .unshelved))
        }
      }
    }
    for condition in conditions.values {
      if let after = condition.clearAfterNanos, Self.isOver(condition.touched, after, now) {
        clear(condition.key, at: now)
      }
    }
    for condition in conditions.values.filter({ $0.kind != .silence && $0.place == .none }).sorted(by: Self.isBefore) {
      if let held = condition.heldUntil, now < held { continue }
      // An event is a fact: planned work keeps none back.
      if condition.kind == .bound && isPlanned(condition.key, in: world) { continue }
      open(condition.key, in: world)
    }
    settleSilence(in: world)
    gatherChildren()
  }

  private static func isOver(_ since: UnixNanos, _ length: Int64, _ now: UnixNanos) -> Bool {
    let (end, overflow) = since.addingReportingOverflow(length)
    return !overflow && end <= now
  }

  static func isBefore(_ left: AlarmCondition, _ right: AlarmCondition) -> Bool { left.key < right.key }

  /// Whether planned work is done now at what it would be of.
  func isPlanned(_ key: AlarmKey, in world: AlarmWorld) -> Bool {
    windows.contains { $0.covers(key, at: world.now, in: world.directory) }
  }

  // MARK: silence

  private mutating func settleSilence(in world: AlarmWorld) {
    var silences = Silences(self, world)
    settleStorms(&silences, in: world)
    if silences.isEmpty { return }
    let waiting = waitingForStorm(silences, in: world)
    let devices = silences.devices.filter { silences.storm(of: $0) == nil }
    // Causes first: what depends on them finds their alarms.
    for device in devices where silences.root(of: device) == device {
      if silences.isPlanned(device) { continue }
      let keys = silences.keys(of: device)
      if let cause = cause(of: device, root: device) {
        for key in keys { move(key, under: cause, at: world.now) }
      } else {
        for key in keys { settleOwn(key, silences, waiting, in: world) }
      }
    }
    for device in devices {
      let root = silences.root(of: device)
      // Whose cause is worked at is worked at itself. A cause that is known and has no alarm yet is waited for.
      if root == device || silences.isPlanned(device) || silences.isPlanned(root) { continue }
      guard let cause = silences.storm(of: root) ?? cause(of: device, root: root) else { continue }
      for key in silences.keys(of: device) { move(key, under: cause, at: world.now) }
    }
  }

  /// A silence that nothing explains.
  private mutating func settleOwn(
    _ key: AlarmKey, _ silences: Silences, _ waiting: Set<String>, in world: AlarmWorld
  ) {
    guard var condition = conditions[key] else { return }
    if case .own = condition.place { return }
    if case .under = condition.place {
      (condition.place, condition.heldUntil) = (.none, world.now + Self.settleNanos)
      conditions[key] = condition
    }
    if let held = condition.heldUntil, world.now < held { return }
    let isNew = !Self.isOver(condition.fired, Self.patienceNanos, world.now)
    if isNew && (waiting.contains(key.subject) || silences.mayHaveCause(key.subject)) { return }
    open(key, in: world)
  }

  /// The alarm that a device's silence belongs to: of its own power or link, of what it depends on; nil if it has none.
  private func cause(of device: String, root: String) -> String? {
    var found: Alarm?
    for alarm in (alarmsOf[root] ?? []).compactMap({ alarms[$0] }) {
      let explains =
        alarm.kind == .silence ? root != device : conditions[alarm.key]?.explainsSilence ?? false
      if explains && (found.map { Self.explainsBetter(alarm, $0) } ?? true) { found = alarm }
    }
    return found?.id
  }

  /// Power before silence, then the graver, then the older.
  private static func explainsBetter(_ one: Alarm, _ other: Alarm) -> Bool {
    if (one.kind == .silence) != (other.kind == .silence) { return other.kind == .silence }
    if one.severity != other.severity { return one.severity.isAtLeast(other.severity) }
    return (one.opened, one.id) < (other.opened, other.id)
  }
}
