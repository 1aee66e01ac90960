import Lagoon
public import Primitives

/// All alarms that last, what holds, and planned work. It knows no clock, no file and nobody to tell: what becomes of
/// alarms is handed out.
///
/// ```
/// rules ──raise, clear──▶ conditions ──settle──▶ alarms ──takeChanges──▶ whoever tells and keeps them
///                                      ▲
///                   causes, storms, planned work, what waits
/// ```
/// A condition is placed by `settle`: it has an alarm of its own, or belongs to that of what caused it, or opens none yet.
public struct AlarmBook: Sendable {
  /// By id.
  public internal(set) var alarms: [String: Alarm] = [:]
  public internal(set) var conditions: [AlarmKey: AlarmCondition] = [:]
  public internal(set) var windows: [MaintenanceWindow] = []
  /// Since when an open storm has too few devices to be one.
  var lowSince: [String: UnixNanos] = [:]
  public var storm: StormSettings
  /// Makes an id of a key and a time.
  let makeID: @Sendable (AlarmKey, UnixNanos) -> String
  private var changes: [AlarmChange] = []
  /// Conditions by rule, and lasting alarms by device.
  private var counts: [String: Int] = [:]
  private(set) var alarmsOf: [String: Set<String>] = [:]

  /// What lost its cause may be about to end too: so long it opens no alarm of its own.
  static let settleNanos = 5 * Nanos.perSecond
  /// How long it is waited for a cause that may come.
  static let patienceNanos = 30 * Nanos.perSecond

  public init(storm: StormSettings = StormSettings(), makeID: @escaping @Sendable (AlarmKey, UnixNanos) -> String) {
    self.storm = storm
    self.makeID = makeID
  }

  /// Goes on with what was kept over a restart.
  public mutating func restore(
    alarms kept: [Alarm], conditions: [AlarmCondition], windows: [MaintenanceWindow]
  ) {
    alarms = Dictionary(kept.map { ($0.id, $0) }) { first, _ in first }
    self.windows = windows
    for var condition in conditions {
      // An alarm that was lost opens again.
      if let id = condition.alarm, alarms[id] == nil { condition.place = .none }
      self.conditions[condition.key] = condition
    }
    // Nothing would ever close it.
    let held = Set(self.conditions.values.compactMap(\.alarm))
    for id in alarms.keys where !held.contains(id) { alarms[id] = nil }
    counts = Dictionary(grouping: self.conditions.keys, by: \.rule).mapValues(\.count)
    for alarm in alarms.values {
      if let device = alarm.key.device { alarmsOf[device, default: []].insert(alarm.id) }
    }
  }

  /// Takes what fired as versions before alarms were kept it: it was told.
  public mutating func adopt(_ alert: FiringAlert) {
    guard let scope = AlertScope(rawValue: alert.scope), let severity = AlertSeverity(name: alert.severity) else {
      return
    }
    let key = AlarmKey(rule: alert.rule, scope: scope, subject: alert.subject)
    if conditions[key] != nil { return }
    var alarm = Alarm(
      id: makeID(key, alert.since), key: key, kind: .bound, severity: severity,
      area: scope == .area ? alert.subject : "", deviceClass: scope == .deviceClass ? alert.subject : "",
      opened: alert.since, message: "\(alert.rule): \(alert.subject)")
    alarm.isTold = true
    alarm.note(Alarm.Entry(at: alert.since, what: .opened))
    var condition = AlarmCondition(
      key: key, kind: .bound, severity: severity, since: alert.since, fired: alert.since, message: alarm.message)
    condition.place = .own(alarm.id)
    restore(
      alarms: Array(alarms.values) + [alarm], conditions: Array(conditions.values) + [condition], windows: windows)
  }

  /// What became of alarms since it was asked last, in order.
  public mutating func takeChanges() -> [AlarmChange] {
    defer { changes = [] }
    var told: Set<String> = []
    // Of several changes of one alarm the last says all. What has opened is told as it is by now.
    let last = changes.reversed().filter { $0.what != .changed || told.insert($0.alarm.id).inserted }.reversed()
    return last.map { change in
      change.what == .opened ? AlarmChange(.opened, alarms[change.alarm.id] ?? change.alarm) : change
    }
  }

  // MARK: conditions

  /// Takes something that holds from now on, or was seen once more.
  ///
  /// - Returns: false if its rule has as many already as may be.
  public mutating func raise(_ condition: AlarmCondition) -> Bool {
    if var known = conditions[condition.key] {
      known.count += 1
      known.touched = condition.touched
      conditions[condition.key] = known
      if case .own(let id) = known.place { change(id) { $0.count = known.count } }
      return true
    }
    if count(of: condition.key.rule) >= Limits.alarmsPerRule { return false }
    conditions[condition.key] = condition
    counts[condition.key.rule, default: 0] += 1
    return true
  }

  /// It holds no more.
  ///
  /// - Parameters:
  ///   - cause: why, where not by itself.
  ///   - ending: what is said of it.
  public mutating func clear(_ key: AlarmKey, at now: UnixNanos, cause: String? = nil, ending: String? = nil) {
    guard let condition = conditions.removeValue(forKey: key) else { return }
    counts[key.rule, default: 0] -= 1
    guard case .own(let id) = condition.place else { return }
    alarms[id]?.ending = ending
    close(id, at: now, cause: cause)
  }

  /// Everything of a rule that is no more.
  public mutating func clear(where isGone: (AlarmCondition) -> Bool, at now: UnixNanos, cause: String) {
    for condition in conditions.values.filter(isGone).sorted(by: { $0.key < $1.key }) {
      clear(condition.key, at: now, cause: cause)
    }
  }

  /// How much holds under a rule.
  public func count(of rule: String) -> Int { counts[rule] ?? 0 }

  // MARK: alarms

  mutating func change(_ id: String, _ body: (inout Alarm) -> Void) {
    guard var alarm = alarms[id] else { return }
    body(&alarm)
    if alarm == alarms[id] { return }
    alarms[id] = alarm
    changes.append(AlarmChange(.changed, alarm))
  }

  /// Opens an alarm of a condition's own.
  mutating func open(_ key: AlarmKey, in world: AlarmWorld) {
    guard var condition = conditions[key] else { return }
    let facts = key.device.flatMap { world.directory.device($0) }
    var alarm = Alarm(
      id: makeID(key, world.now), key: key, kind: condition.kind, severity: condition.severity,
      area: key.scope == .area ? key.subject : facts?.area ?? "",
      deviceClass: key.scope == .deviceClass ? key.subject : facts?.deviceClass ?? "", opened: world.now,
      message: condition.message)
    (alarm.count, alarm.value) = (condition.count, condition.value)
    add(&alarm)
    (condition.place, condition.heldUntil) = (.own(alarm.id), nil)
    conditions[key] = condition
  }

  mutating func add(_ alarm: inout Alarm) {
    alarm.isTold = true
    alarm.note(Alarm.Entry(at: alarm.opened, what: .opened))
    alarms[alarm.id] = alarm
    if let device = alarm.key.device { alarmsOf[device, default: []].insert(alarm.id) }
    changes.append(AlarmChange(.opened, alarm))
  }

  /// Ends an alarm. What belonged to it waits a little for its own end.
  ///
  /// - Parameter taker: the alarm that takes it over.
  mutating func close(_ id: String, at now: UnixNanos, cause: String? = nil, taker: String? = nil) {
    guard var alarm = alarms.removeValue(forKey: id) else { return }
    if let device = alarm.key.device {
      alarmsOf[device]?.remove(id)
      if alarmsOf[device]?.isEmpty ?? false { alarmsOf[device] = nil }
    }
    alarm.closed = now
    alarm.cause = cause ?? taker
    alarm.children = alarm.everChildren.sorted()
    alarm.note(Alarm.Entry(at: now, what: .closed, note: cause))
    lowSince[id] = nil
    for condition in conditions.values where condition.place == .under(id) {
      conditions[condition.key]?.place = .none
      conditions[condition.key]?.heldUntil = now + Self.settleNanos
    }
    changes.append(AlarmChange(taker == nil ? .closed : .taken, alarm))
    if let taker {
      change(taker) { $0.note(Alarm.Entry(at: now, what: .tookOver, note: alarm.id)) }
    }
  }

  /// Puts a condition under the alarm of its cause; an alarm of its own is taken over.
  mutating func move(_ key: AlarmKey, under id: String, at now: UnixNanos) {
    guard let place = conditions[key]?.place, place != .under(id) else { return }
    conditions[key]?.place = .under(id)
    conditions[key]?.heldUntil = nil
    if case .own(let old) = place { close(old, at: now, taker: id) }
  }

  /// Makes each alarm's list of devices what belongs to it.
  mutating func gatherChildren() {
    var children: [String: Set<String>] = [:]
    for condition in conditions.values {
      if case .under(let id) = condition.place, let device = condition.key.device {
        children[id, default: []].insert(device)
      }
    }
    for (id, alarm) in alarms where !alarm.children.isEmpty || children[id] != nil {
      // The device that it is of is named already.
      let own = alarm.key.device.map { [$0] } ?? []
      let devices = (children[id] ?? []).subtracting(own)
      change(id) { alarm in
        alarm.children = devices.sorted()
        alarm.everChildren.formUnion(devices)
      }
    }
  }
}
