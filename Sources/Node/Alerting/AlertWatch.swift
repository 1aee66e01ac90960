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

/// The thread that looks at the rules now and then, over views such as queries have, and tells what changed. What is
/// left of the processor is enough for it.
///
/// What is told goes in this order, so that nothing is told twice or forgotten, whenever the process ends: decided, on
/// disk; as an event, in the journal; for the receivers, in their outboxes; told, on disk; then it is sent.
final class AlertWatch: Worker {
  let name = "alerts"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let settings: AlertSettings
  private let node: String
  private let zone: TimeZoneRules
  private let file: AlertStateFile
  private let pipeline: Pipeline
  private let webhooks: Webhooks
  private let soc: SOCFeed?
  private let signal: WorkerSignal
  private let shown: Mutex<Shown>

  private struct Shown: Sendable {
    var facts = AlertFacts()
    /// What is wrong, by what it is about.
    var faults: [String: String] = [:]
  }

  /// What it keeps from look to look.
  struct State {
    fileprivate var book = AlertBook()
    /// Whether it has what the last run kept, and since when it tries to read that, by the monotonic clock.
    fileprivate var isRestored = false
    fileprivate let beganNanos = Clock.monotonicNanos()
    fileprivate var untold: [AlertNotice] = []
    fileprivate var nextLook: [String: Int64] = [:]
    fileprivate var directory: RegistryDirectory?
    /// By the directory's registry.
    fileprivate var lastHeard = LastHeard()
    /// Silence counts from there at the earliest.
    fileprivate var watchedSince: UnixNanos
    /// When the last look ended, and how long it took.
    fileprivate var lastLook: UnixNanos
    fileprivate var tookNanos: Int64 = 0
  }

  /// A machine that slept for longer, or a clock that was set, says nothing of the devices.
  private static let longestGapNanos = 30 * Nanos.perSecond
  /// For how long a state that cannot be read is tried again.
  private static let patienceNanos = Nanos.perMinute

  init(_ configuration: Configuration, pipeline: Pipeline, webhooks: Webhooks, soc: SOCFeed? = nil) throws(SystemError)
  {
    settings = configuration.alerts
    node = configuration.node
    zone = configuration.zone
    self.pipeline = pipeline
    self.webhooks = webhooks
    self.soc = soc
    file = AlertStateFile(data: configuration.data)
    signal = try WorkerSignal()
    var shown = Shown()
    shown.facts.firing = settings.rules.map { ($0.name, $0.severity.name, 0) }
    self.shown = Mutex(shown)
  }

  /// Whether there is anything to do: rules, or the end of what fired under rules that are gone.
  var isNeeded: Bool { !settings.rules.isEmpty || FileSystem.exists(file.path) }

  var facts: AlertFacts { shown.withLock { $0.facts } }
  var faults: [String] { shown.withLock { $0.faults.sorted { $0.key < $1.key }.map(\.value) } }

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
    restore(&state)
    webhooks.release()
    return state
  }

  /// One look at every rule that is due. Also for who runs a node in turns.
  func turn(_ state: inout State) {
    let began = Clock.monotonicNanos()
    look(&state)
    state.tookNanos = Clock.monotonicNanos() - began
    state.lastLook = Clock.realtimeNanos()
    shown.withLock { shown in
      shown.facts.rounds += 1
      shown.facts.cpuNanos = Clock.threadCPUNanos()
      shown.facts.firing = settings.rules.map { ($0.name, $0.severity.name, state.book.firingCount(of: $0.name)) }
    }
  }

  /// Goes on where the last run ended. What the disk does not give now is tried again for a while.
  private func restore(_ state: inout State) {
    var (found, fault) = file.load()
    if found == nil && Clock.monotonicNanos() - state.beganNanos > Self.patienceNanos {
      (found, fault) = (AlertStateFile.Content(), file.setAside("the disk has not given it for a minute"))
    }
    note("state at start", fault)
    guard let content = found else { return }
    state.isRestored = true
    state.untold = content.untold
    let directory = directory(&state)
    let now = Clock.realtimeNanos()
    let wording = AlertWording(node: node, directory: directory, now: now)
    for firing in content.firing {
      if let rule = settings.rules.first(where: { $0.name == firing.rule && $0.scope.rawValue == firing.scope }) {
        state.book.restore(firing, rule: rule, at: now)
      } else {
        state.untold.append(wording.notice(ofOrphan: firing))
      }
    }
    if !state.untold.isEmpty { tell([], &state) }
  }

  private func look(_ state: inout State) {
    if !state.isRestored {
      restore(&state)
      if !state.isRestored { return }
    }
    let view = pipeline.view(of: Self.tables(of: settings.rules))
    let directory = directory(&state)
    let now = Clock.realtimeNanos()
    let gapNanos = now - state.lastLook
    let longestGapNanos = 3 * max(settings.intervalNanos, state.tookNanos) + Self.longestGapNanos
    if gapNanos < 0 || gapNanos > longestGapNanos { state.watchedSince = now }
    var notices: [AlertNotice] = []
    var heard: [String: UnixNanos]?
    func lastHeard() throws -> [String: UnixNanos] {
      if let heard { return heard }
      let found = try state.lastHeard.update(on: view, directory: directory)
      heard = found
      return found
    }
    let wording = AlertWording(node: node, directory: directory, now: now)
    for rule in settings.rules {
      if signal.isStopping { break }
      let monotonic = Clock.monotonicNanos()
      if monotonic < state.nextLook[rule.name] ?? .min { continue }
      state.nextLook[rule.name] = monotonic + rule.periodNanos(atLeast: settings.intervalNanos) - Nanos.perMillisecond
      do {
        let observations = try rule.observations(
          on: view, directory: directory, zone: zone, now: now, watchedSince: state.watchedSince, heard: lastHeard)
        let (turns, overflow) = state.book.take(observations, of: rule, at: now)
        notices += turns.map { wording.notice($0, of: rule) }
        note(
          "rule \(rule.name)",
          overflow == 0
            ? nil : "cannot follow alert rule \(rule.name): \(overflow) more than \(Limits.alertSubjects) at once")
      } catch {
        note("rule \(rule.name)", "cannot evaluate alert rule \(rule.name): \(error)")
      }
    }
    if !notices.isEmpty || !state.untold.isEmpty { tell(notices, &state) }
  }

  /// The tables that rules are about; nil for all, which silence is.
  private static func tables(of rules: [AlertRule]) -> Set<TableName>? {
    var names: Set<TableName> = []
    for rule in rules {
      guard case .threshold(let threshold) = rule.kind else { return nil }
      names.insert(.readings(threshold.measurement))
    }
    return names
  }

  private func directory(_ state: inout State) -> RegistryDirectory {
    let registry = pipeline.currentRegistry
    if let known = state.directory, known.registry === registry.inForce { return known }
    let made = RegistryDirectory(registry.inForce, history: registry.history, zone: zone)
    state.directory = made
    state.lastHeard = LastHeard()
    return made
  }

  // MARK: telling

  private func tell(_ notices: [AlertNotice], _ state: inout State) {
    state.untold += notices
    if state.untold.count > Limits.untoldAlerts {
      let excess = state.untold.count - Limits.untoldAlerts
      state.untold.removeFirst(excess)
      note("untold", "\(excess) alerts could not be sent and were given up: more than \(Limits.untoldAlerts) waited")
    }
    save(state)
    // Each way by itself: what fails on one is told on the other all the same. What stays is told at the next look, and
    // neither way takes it twice.
    let isStored = attempt("events", state.untold, store)
    let isHandedOn = attempt("webhooks", state.untold, webhooks.add)
    let isTold = attempt("soc", state.untold) { try soc?.add($0) }
    if isStored && isHandedOn && isTold { state.untold = [] }
    save(state)
    webhooks.release()
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

  private func save(_ state: State) {
    do {
      try file.save(AlertStateFile.Content(firing: state.book.firing(of: settings.rules), untold: state.untold))
      note("state", nil)
    } catch {
      note("state", "\(error)")
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
