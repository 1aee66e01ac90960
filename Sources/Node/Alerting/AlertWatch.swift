import Alerts
import Intake
import Lagoon
import Pipeline
import Primitives
import Protocols
import Registry
import Synchronization
import Sys

/// What a node watches, for the metrics.
public struct AlertFacts: Sendable {
  /// How many fire, by rule.
  public var firing: [(rule: String, severity: String, count: Int)] = []
  /// How often the rules were looked at, and the processor's time for it.
  public var rounds: UInt64 = 0
  public var cpuNanos: Int64 = 0
}

/// The thread that looks at the rules now and then, over views such as queries have, opens and closes alarms, and tells
/// what changed. What is left of the processor is enough for it.
///
/// What is told goes in this order, so that nothing is told twice or forgotten, whenever the process ends: decided, on
/// disk; as an event, in the journal; for the receivers, in their outboxes; told, on disk; then it is sent.
final class AlertWatch: Worker {
  let name = "alerts"
  /// What is left of the processor.
  let niceness: Int32 = 10
  let desk: AlarmDesk
  private let settings: AlertSettings
  private let node: String
  private let zone: TimeZoneRules
  private let pipeline: Pipeline
  private let receivers: Receivers
  private let soc: SOCFeed?
  private let signal: WorkerSignal
  private let shown: Mutex<Shown>
  private let inForce: Mutex<[AlertRule]>

  private struct Shown: Sendable {
    var facts = AlertFacts()
    /// What is wrong, by what it is about.
    var faults: [String: String] = [:]
  }

  /// What it keeps from look to look.
  struct State {
    fileprivate var rules: [AlertRule] = []
    /// Whether it has what the last run kept.
    fileprivate var isRestored = false
    fileprivate var book = AlertBook()
    fileprivate var usual = UsualBook()
    fileprivate var windows = WindowBook()
    fileprivate var nextLook: [String: Int64] = [:]
    fileprivate var directory: RegistryDirectory?
    /// By the directory's registry.
    fileprivate var lastHeard = LastHeard()
    fileprivate var matcher = MessageMatcher()
    /// Silence counts from there at the earliest.
    fileprivate var watchedSince: UnixNanos
    /// When the last look ended, and how long it took.
    fileprivate var lastLook: UnixNanos
    fileprivate var tookNanos: Int64 = 0
    /// How long devices may be silent, by the rules and the registry; found anew now and then, since areas change.
    fileprivate var allowed: [String: Int64] = [:]
    fileprivate var allowedUntil = Int64.min

    fileprivate var watchesSilence: Bool {
      rules.contains { rule in if case .silence = rule.kind { true } else { false } }
    }
  }

  /// A machine that slept for longer, or a clock that was set, says nothing of the devices.
  private static let longestGapNanos = 30 * Nanos.perSecond

  init(
    _ configuration: Configuration, pipeline: Pipeline, receivers: Receivers, soc: SOCFeed? = nil
  ) throws(SystemError) {
    settings = configuration.alerts
    node = configuration.node
    zone = configuration.zone
    self.pipeline = pipeline
    self.receivers = receivers
    self.soc = soc
    inForce = Mutex(configuration.alerts.rules)
    desk = AlarmDesk(
      data: configuration.data, node: configuration.node, storm: configuration.alerts.storm, events: pipeline.events)
    signal = try WorkerSignal()
    shown = Mutex(Shown())
  }

  var facts: AlertFacts {
    var facts = shown.withLock { $0.facts }
    // As they stand now: after a start, what the last run left, before the first look.
    facts.firing = rules.map { ($0.name, $0.severity.name, desk.count(of: $0.name)) }
    return facts
  }
  var faults: [String] {
    let own = shown.withLock { $0.faults }
    return own.merging(desk.faults) { first, _ in first }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The rules in force.
  var rules: [AlertRule] { inForce.withLock { $0 } }

  /// Puts other rules in force: alarms of those that are gone close.
  func reload(_ rules: [AlertRule]) {
    inForce.withLock { $0 = rules }
    signal.wake()
  }

  func stop() { signal.stop() }

  func run() {
    var state = begin()
    while !signal.isStopping {
      turn(&state)
      // At least half of the time is left to others, however long a look takes.
      let took = state.tookNanos
      signal.wait(timeoutNanos: max(settings.intervalNanos - took, took, Nanos.perMillisecond))
    }
  }

  /// Goes on where the last run ended, and tells what that could not tell any more.
  func begin() -> State {
    let began = Clock.realtimeNanos()
    var state = State(watchedSince: began, lastLook: began)
    takeRules(&state)
    restore(&state)
    return state
  }

  private func restore(_ state: inout State) {
    guard desk.restore() else { return }
    state.isRestored = true
    let began = Clock.realtimeNanos()
    for condition in desk.conditions {
      guard let rule = state.rules.first(where: { $0.name == condition.key.rule }) else { continue }
      if case .event = rule.kind { continue }
      state.book.restore(
        FiringAlert(
          rule: rule.name, scope: rule.scope.rawValue, severity: rule.severity.name, subject: condition.key.subject,
          since: condition.since), rule: rule, at: began)
    }
    tell()
  }

  /// One look at every rule that is due. Also for who runs a node in turns.
  func turn(_ state: inout State) {
    let began = Clock.monotonicNanos()
    takeRules(&state)
    look(&state)
    state.tookNanos = Clock.monotonicNanos() - began
    state.lastLook = Clock.realtimeNanos()
    shown.withLock { shown in
      shown.facts.rounds += 1
      shown.facts.cpuNanos = Clock.threadCPUNanos()
    }
  }

  /// Takes the rules in force, and lets go of what was found under others.
  private func takeRules(_ state: inout State) {
    let rules = rules
    if rules == state.rules { return }
    let changed = state.rules.filter { old in !rules.contains(old) }.map(\.name)
    state.rules = rules
    state.book.retain(rules)
    state.usual.retain(rules)
    state.windows.retain(rules)
    state.allowedUntil = .min
    for name in changed {
      state.nextLook[name] = nil
      note("rule \(name)", nil)
    }
  }

  private func look(_ state: inout State) {
    if !state.isRestored {
      restore(&state)
      if !state.isRestored { return }
    }
    let view = pipeline.view(of: Self.tables(of: state.rules))
    let directory = directory(&state)
    let now = Clock.realtimeNanos()
    let gapNanos = now - state.lastLook
    let longestGapNanos = 3 * max(settings.intervalNanos, state.tookNanos) + Self.longestGapNanos
    if gapNanos < 0 || gapNanos > longestGapNanos { state.watchedSince = now }
    let wording = AlarmWording(
      node: node, directory: directory, now: now,
      rules: Dictionary(state.rules.map { ($0.name, $0) }) { first, _ in first }, stormMessage: settings.stormMessage)
    // What each device was heard of is found once for all rules, and only if one asks for it.
    var known = LastHeard()
    swap(&known, &state.lastHeard)
    var heard: HeardTimes?
    func lastHeard() throws -> HeardTimes {
      if let heard { return heard }
      let found = try known.update(on: view, directory: directory)
      heard = found
      return found
    }
    // Everything that reads is done before the alarms are held.
    state.windows.advance(on: view, directory: directory, to: now)
    let turns = lookAtRules(view, wording, &state, heard: lastHeard)
    var seen = desk.seen
    let findings = lookAtEvents(&seen, view, wording, &state)
    let world = world(&state, wording, heard: state.watchesSilence ? (try? lastHeard()) ?? [:] : [:])
    // Rows that leave memory before the next look are kept for it.
    pipeline.follow(state.windows.positions.merging(known.positions) { first, _ in first })
    // Who asks nothing of it any more shall not keep them.
    state.lastHeard = state.watchesSilence ? known : LastHeard()
    let isChanged = desk.look(seen) { book in
      Self.clearOrphans(&book, state.rules, at: now)
      for (rule, turns) in turns { apply(turns, of: rule, wording, to: &book) }
      apply(findings, wording, to: &book)
      book.forgetWindows(before: now - Limits.maintenanceKeptNanos)
      book.settle(in: world)
    } notices: { changes in
      changes.compactMap { wording.notice($0) }
    }
    if isChanged { tell() }
  }

  /// What was found under a rule that is gone, or tells other things apart by now, is over.
  private static func clearOrphans(_ book: inout AlarmBook, _ rules: [AlertRule], at now: UnixNanos) {
    let scopes = Dictionary(rules.map { ($0.name, $0.scope) }) { first, _ in first }
    book.clear(where: { scopes[$0.key.rule] != $0.key.scope }, at: now, cause: "the rule is gone")
  }

  /// What the rules that are due find.
  private func lookAtRules(
    _ view: LagoonView, _ wording: AlarmWording, _ state: inout State, heard: () throws -> HeardTimes
  ) -> [(AlertRule, [AlertBook.Turn])] {
    var found: [(AlertRule, [AlertBook.Turn])] = []
    let monotonic = Clock.monotonicNanos()
    let due = state.rules.filter { rule in
      if case .event = rule.kind { return false }
      return monotonic >= state.nextLook[rule.name] ?? .min
    }
    var windows = WindowLook(due)
    for rule in due {
      if signal.isStopping { break }
      // Not a whole look later because one came a little sooner than the one before.
      state.nextLook[rule.name] =
        monotonic + rule.periodNanos(atLeast: settings.intervalNanos) - settings.intervalNanos / 2
      do {
        let observations = try observations(of: rule, view, wording, &windows, &state, heard: heard)
        let (turns, overflow) = state.book.take(observations, of: rule, at: wording.now)
        if !turns.isEmpty { found.append((rule, turns)) }
        note(
          "rule \(rule.name)",
          overflow == 0
            ? nil : "cannot follow alert rule \(rule.name): \(overflow) more than \(Limits.alertSubjects) at once")
      } catch {
        note("rule \(rule.name)", "cannot evaluate alert rule \(rule.name): \(error)")
      }
    }
    return found
  }

  private func observations(
    of rule: AlertRule, _ view: LagoonView, _ wording: AlarmWording, _ windows: inout WindowLook, _ state: inout State,
    heard: () throws -> HeardTimes
  ) throws -> [AlertObservation] {
    switch rule.kind {
    case .usual(let bound):
      return try state.usual.observations(
        bound, of: rule, on: view, directory: wording.directory, zone: zone, now: wording.now)
    case .threshold(let threshold):
      let followed = state.book.followed(of: rule.name)
      let kept = try state.windows.observations(
        threshold, of: rule, directory: wording.directory, followed: followed)
      return try kept
        ?? windows.observations(
          threshold, of: rule, on: view, directory: wording.directory, zone: zone, now: wording.now
        ) { followed.contains($0) }
    case .silence, .event:
      return try rule.observations(
        on: view, directory: wording.directory, zone: zone, now: wording.now, watchedSince: state.watchedSince,
        heard: heard)
    }
  }

  private func apply(
    _ turns: [AlertBook.Turn], of rule: AlertRule, _ wording: AlarmWording, to book: inout AlarmBook
  ) {
    var overflow = 0
    for turn in turns {
      let key = AlarmKey(rule: rule.name, scope: rule.scope, subject: turn.subject)
      switch turn.change {
      case .fired(let since):
        if !book.raise(wording.condition(turn, since: since, of: rule)) { overflow += 1 }
      case .resolved: book.clear(key, at: wording.now, ending: wording.ending(turn, of: rule))
      case .lost: book.clear(key, at: wording.now, cause: "no value for a day", ending: wording.ending(turn, of: rule))
      }
    }
    noteOverflow(overflow, of: rule.name)
  }

  private func noteOverflow(_ count: Int, of rule: String) {
    if count == 0 { return }
    note("alarms of \(rule)", "\(count) of rule \(rule) opened no alarm: \(Limits.alarmsPerRule) are the most")
  }

  private func lookAtEvents(
    _ seen: inout SeenEvents, _ view: LagoonView, _ wording: AlarmWording, _ state: inout State
  ) -> [EventLook.Finding] {
    do {
      let found = try EventLook(state.rules, directory: wording.directory).run(on: view, &seen, &state.matcher)
      note("events seen", nil)
      return found
    } catch {
      note("events seen", "cannot look at events for alarms: \(error)")
      return []
    }
  }

  private func apply(_ findings: [EventLook.Finding], _ wording: AlarmWording, to book: inout AlarmBook) {
    for finding in findings {
      switch finding.meaning {
      case .opens:
        let condition = wording.condition(finding.event, finding.pattern, of: finding.rule)
        if !book.raise(condition) { noteOverflow(1, of: finding.rule.name) }
      case .clears:
        book.clear(
          wording.key(finding.event, finding.pattern, of: finding.rule), at: wording.now,
          ending: wording.ending(finding.event, of: finding.rule))
      }
    }
  }

  /// What alarms have to know of devices.
  private func world(_ state: inout State, _ wording: AlarmWording, heard: HeardTimes) -> AlarmWorld {
    let monotonic = Clock.monotonicNanos()
    if monotonic >= state.allowedUntil {
      state.allowed = Self.allowed(state.rules, wording)
      state.allowedUntil = monotonic + Nanos.perMinute
    }
    return AlarmWorld(
      directory: wording.directory, now: wording.now, heard: heard, watchedSince: state.watchedSince,
      allowedNanos: state.allowed, stormMessage: wording.storm)
  }

  private static func allowed(_ rules: [AlertRule], _ wording: AlarmWording) -> [String: Int64] {
    var allowed: [String: Int64] = [:]
    for rule in rules {
      guard case .silence(let silence) = rule.kind else { continue }
      let choice = SubjectChoice(filter: rule.filter, scope: .device, directory: wording.directory)
      for device in wording.directory.devices where choice.isWanted(device, at: wording.now) {
        allowed[device.id] = min(allowed[device.id] ?? .max, silence.allowedNanos(device))
      }
    }
    return allowed
  }

  /// The tables that rules are about; nil for all, which silence is.
  private static func tables(of rules: [AlertRule]) -> Set<TableName>? {
    var names: Set<TableName> = []
    for rule in rules {
      switch rule.kind {
      case .threshold(let threshold): names.insert(.readings(threshold.measurement))
      case .usual(let usual): names.insert(.readings(usual.measurement))
      case .event: names.insert(.events)
      case .silence: return nil
      }
    }
    return names
  }

  private func directory(_ state: inout State) -> RegistryDirectory {
    let registry = pipeline.currentRegistry
    if let known = state.directory, known.registry === registry.inForce { return known }
    let made = RegistryDirectory(registry.inForce, history: registry.history, zone: zone)
    state.directory = made
    state.lastHeard = LastHeard()
    state.allowedUntil = .min
    return made
  }

  // MARK: telling

  private func tell() {
    let excess = desk.surrenderExcess()
    if excess > 0 {
      note("untold", "\(excess) alerts could not be sent and were given up: more than \(Limits.untoldAlerts) waited")
    }
    let isKept = desk.save() == nil
    let untold = desk.untold
    if !untold.isEmpty {
      let isStored = attempt("events", untold, store)
      // Nobody is told of what a loss of power could make unheard of: it is on disk by now, here or as an event. Each
      // way by itself: what fails on one is told on the other all the same. What stays is told at the next look, and
      // neither way takes it twice.
      if isKept || isStored {
        let isHandedOn = attempt("receivers", untold, receivers.add)
        let isTold = attempt("soc", untold) { try soc?.add($0) }
        if isStored && isHandedOn && isTold { desk.forget(untold) }
      }
    }
    desk.storeRows()
    desk.save()
    receivers.release()
  }

  private func attempt(_ way: String, _ notices: [AlertNotice], _ body: ([AlertNotice]) throws -> Void) -> Bool {
    do {
      try body(notices)
      note(way, nil)
      return true
    } catch {
      note(way, "cannot send \(notices.count) alerts by \(way): \(error)")
      return false
    }
  }

  /// Puts alerts into the journal. One that can never be stored is named and left out.
  private func store(_ notices: [AlertNotice]) throws {
    let all = notices.map(\.event)
    switch pipeline.events.tell(all) {
    case .stored: return
    case .failed: throw EngineError("the journal does not take them")
    case .refused: break
    }
    for (notice, event) in zip(notices, all) {
      switch pipeline.events.tell(event) {
      case .stored: continue
      case .failed: throw EngineError("the journal does not take them")
      case .refused:
        note("refused", "cannot store an event of alert rule \(notice.attributes.rule): no such device can be named")
      }
    }
  }

  private func note(_ subject: String, _ fault: String?) {
    shown.withLock { $0.faults[subject] = fault }
  }
}
