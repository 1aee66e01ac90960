import Lagoon
import Primitives

/// Many devices of one area that fall silent together are one alarm of the area.
extension AlarmBook {
  /// Refreshes the storms that are open, ends those that are over, and opens new ones.
  mutating func settleStorms(_ silences: inout Silences, in world: AlarmWorld) {
    for alarm in alarms.values.filter({ $0.kind == .storm }).sorted(by: { $0.id < $1.id }) {
      refresh(alarm, &silences, in: world)
    }
    let fresh = silences.devices.filter { device in
      silences.storm(of: device) == nil && !silences.isPlanned(device) && !silences.isPlanned(silences.root(of: device))
        && silences.keys(of: device).contains { isFresh($0, world.now) }
    }
    if fresh.count < storm.least { return }
    let survey = StormSurvey(fresh, silences, in: world)
    for area in survey.storms(storm) { begin(in: area, survey.devices(in: area), &silences, in: world) }
  }

  /// Devices of which it is not opened yet because a storm may be on its way: more will soon be silent than are now.
  func waitingForStorm(_ silences: Silences, in world: AlarmWorld) -> Set<String> {
    let unplaced = silences.devices.filter { device in
      !silences.isPlanned(device)
        && silences.keys(of: device).contains { conditions[$0]?.place == AlarmCondition.Place.none }
    }
    if unplaced.isEmpty { return [] }
    let fresh = silences.devices.filter { device in
      silences.storm(of: device) == nil && silences.keys(of: device).contains { isFresh($0, world.now) }
    }
    let silent = Set(silences.devices)
    let overdue = world.directory.devices.filter { device in
      world.allowedNanos[device.id] != nil && !silent.contains(device.id) && world.isOverdue(device)
    }.map(\.id)
    if fresh.count + overdue.count < storm.least { return [] }
    let survey = StormSurvey(fresh + overdue, silences, in: world)
    return Set(survey.storms(storm).flatMap { survey.devices(in: $0) })
  }

  private func isFresh(_ key: AlarmKey, _ now: UnixNanos) -> Bool {
    guard let fired = conditions[key]?.fired else { return false }
    return fired >= now - storm.withinNanos
  }

  // MARK: one storm

  private mutating func refresh(_ alarm: Alarm, _ silences: inout Silences, in world: AlarmWorld) {
    var count = 0
    for device in silences.devices {
      let keys = silences.keys(of: device)
      let isMember = keys.contains { conditions[$0]?.place == .under(alarm.id) }
      if !isMember {
        if silences.storm(of: device) != nil || silences.isPlanned(device) { continue }
        if !belongs(device, to: alarm, in: world) { continue }
      }
      for key in keys { move(key, under: alarm.id, at: world.now) }
      silences.put(device, in: alarm.id)
      count += 1
    }
    if count >= max(1, storm.least / 2) {
      lowSince[alarm.id] = nil
      return
    }
    // What is left of it opens by itself, once it is seen that it does not end as well.
    let since = lowSince[alarm.id] ?? world.now
    lowSince[alarm.id] = since
    if count > 0 && world.now - since < Self.settleNanos { return }
    close(alarm.id, at: world.now)
    for device in silences.devices where silences.storm(of: device) == alarm.id {
      for key in silences.keys(of: device) { conditions[key]?.heldUntil = nil }
    }
    silences.forget(storm: alarm.id)
  }

  /// Whether a device that falls silent later fell silent with the others: it sends more seldom.
  private func belongs(_ device: String, to alarm: Alarm, in world: AlarmWorld) -> Bool {
    guard let facts = world.directory.device(device) else { return false }
    if alarm.key.scope == .area {
      if !world.directory.isArea(facts.area, within: alarm.key.subject, at: world.now) { return false }
    } else if !facts.area.isEmpty {
      return false
    }
    guard let last = world.heard[device] else { return false }
    let (due, overflow) = last.addingReportingOverflow(world.intervalNanos(facts))
    // It was heard before the storm was over an area, and would have been heard since if it were well.
    return !overflow && last <= alarm.opened + storm.withinNanos && due >= alarm.opened - 3 * storm.withinNanos
  }

  private mutating func begin(
    in area: String, _ devices: [String], _ silences: inout Silences, in world: AlarmWorld
  ) {
    let keys = devices.flatMap { silences.keys(of: $0) }
    // The gravest rule, and of those the one that most fell silent under.
    var counts: [AlarmKey: Int] = [:]
    var severities: [AlarmKey: AlertSeverity] = [:]
    for key in keys {
      let storm = AlarmKey(rule: key.rule, scope: area.isEmpty ? .all : .area, subject: area)
      counts[storm, default: 0] += 1
      severities[storm] = conditions[key]?.severity
    }
    let chosen = counts.min { left, right in
      let (one, other) = (severities[left.key]?.rawValue ?? 7, severities[right.key]?.rawValue ?? 7)
      return (one, -left.value, left.key.rule) < (other, -right.value, right.key.rule)
    }
    guard let key = chosen?.key else { return }
    var alarm = Alarm(
      id: makeID(key, world.now), key: key, kind: .storm, severity: severities[key] ?? .error, area: area,
      opened: world.now, message: world.stormMessage(area, devices.count))
    alarm.count = devices.count
    (alarm.children, alarm.everChildren) = (devices.sorted(), Set(devices))
    add(&alarm)
    for key in keys { move(key, under: alarm.id, at: world.now) }
    for device in devices { silences.put(device, in: alarm.id) }
  }
}
