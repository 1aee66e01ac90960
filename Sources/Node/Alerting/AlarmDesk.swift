public import Alerts
import Lagoon
import Cryptography
import Intake
import Pipeline
public import Primitives
import Synchronization
import Sys

/// Holds all alarms, for the watch that opens and closes them and for people who act on them, and keeps them on disk.
///
/// Whatever is changed is kept before it is told: all of the state, then the closed ones in their file.
public final class AlarmDesk: Sendable {
  private let file: AlertStateFile
  private let node: String
  private let state: Mutex<State>
  /// One writes at a time, what is newest.
  private let writing: Mutex<Writing>
  private let beganNanos: Int64
  private let events: InternalEvents
  /// One stores rows at a time.
  private let storing = Mutex<Void>(())
  private let shownFaults = Mutex<[String: String]>([:])

  private struct State {
    var book: AlarmBook
    var unclosed: [Alarm] = []
    var untold: [AlertNotice] = []
    var unstored: [AlarmRow] = []
    var seen = SeenEvents()
    var closed: [Alarm] = []
    /// Raised by each change.
    var edition: UInt64 = 0
    /// Whether what the last run kept is here.
    var isRestored = false
  }

  private struct Writing {
    var closed: ClosedAlarms
    var edition: UInt64?
  }

  /// Reads what an earlier run left, if the disk gives it. What is damaged is named, and the node works all the same.
  init(data: String, node: String, storm: StormSettings, events: InternalEvents) {
    self.node = node
    self.events = events
    file = AlertStateFile(data: data)
    beganNanos = Clock.monotonicNanos()
    state = Mutex(State(book: AlarmBook(storm: storm) { key, time in AlarmWording.id(node, key, time) }))
    writing = Mutex(Writing(closed: ClosedAlarms(data: data)))
    _ = restore()
  }

  /// For how long a state that the disk does not give is tried again.
  private static let patienceNanos = Nanos.perMinute

  /// Goes on where the last run ended, once. What the disk does not give now is tried again with the next call: it may hold
  /// what nobody was told yet, and must not be written over.
  ///
  /// - Returns: whether what was kept is here.
  func restore() -> Bool {
    writing.withLock { writing in
      if state.withLock({ $0.isRestored }) { return true }
      let isLate = Clock.monotonicNanos() - beganNanos > Self.patienceNanos
      if !writing.closed.isLoaded {
        do {
          try writing.closed.load()
          let damaged = writing.closed.damaged
          show("closed", damaged > 0 ? "\(damaged) lines of \(writing.closed.path) are damaged" : nil)
        } catch {
          show("closed", "cannot read closed alarms \(writing.closed.path): \(error)")
          if !isLate { return false }
          writing.closed.setAside()
        }
      }
      var (found, fault) = file.load()
      if found == nil && isLate {
        (found, fault) = (AlertStateFile.Content(), file.setAside("the disk has not given it for a minute"))
      }
      show("state at start", fault)
      guard let content = found else { return false }
      state.withLock { Self.take(content, writing.closed.alarms, into: &$0) }
      // Nothing is new yet, but what another version kept otherwise.
      writing.edition = content.firing.isEmpty ? state.withLock { $0.edition } : nil
      return true
    }
  }

  private static func take(_ content: AlarmContent, _ closed: [Alarm], into state: inout State) {
    (state.unclosed, state.untold, state.unstored) = (content.unclosed, content.untold, content.unstored)
    (state.seen, state.closed) = (content.seen, closed)
    // A crash came between the two files: what is closed is closed.
    let over = Set(closed.map(\.id))
    state.unclosed.removeAll { over.contains($0.id) }
    state.book.restore(
      alarms: content.alarms.filter { !over.contains($0.id) },
      conditions: content.conditions.filter { condition in condition.ownAlarm.map { !over.contains($0) } ?? true },
      windows: content.windows)
    for alert in content.firing { state.book.adopt(alert) }
    state.isRestored = true
  }

  var faults: [String: String] { shownFaults.withLock { $0 } }

  // MARK: what there is

  /// Whether what the last run kept is here.
  var isRestored: Bool { state.withLock { $0.isRestored } }

  /// All alarms that last, and those that are over, oldest first.
  public var alarms: (lasting: [Alarm], closed: [Alarm]) {
    state.withLock { (Array($0.book.alarms.values), $0.closed + $0.unclosed) }
  }

  public func alarm(_ id: String) -> Alarm? {
    state.withLock { state in
      state.book.alarms[id] ?? (state.unclosed.last { $0.id == id } ?? state.closed.last { $0.id == id })
    }
  }

  public var windows: [MaintenanceWindow] { state.withLock { $0.book.windows } }

  /// How much holds, by rule.
  func count(of rule: String) -> Int { state.withLock { $0.book.count(of: rule) } }

  /// Which events were looked at. One thread changes it, by `look`.
  var seen: SeenEvents { state.withLock { $0.seen } }

  var conditions: [AlarmCondition] { state.withLock { Array($0.book.conditions.values) } }

  // MARK: what people do

  /// Does something to an alarm, and keeps it.
  public func act(
    _ deed: AlarmBook.Deed, on id: String, by name: String, at now: UnixNanos
  ) throws(AlarmFault) -> Alarm {
    if state.withLock({ state in
      state.book.alarms[id] == nil
        && (state.closed.contains { $0.id == id } || state.unclosed.contains { $0.id == id })
    }) {
      throw .closed
    }
    return try change { book throws(AlarmFault) in try book.act(deed, on: id, by: name, at: now) }
  }

  /// Takes planned work, and keeps it.
  public func plan(
    _ subject: MaintenanceWindow.Subject, from: UnixNanos, to: UnixNanos, note: String, by name: String
  ) throws(AlarmFault) -> MaintenanceWindow {
    let window = MaintenanceWindow(
      id: Hexadecimal.text(randomBytes(8)), subject: subject, from: from, to: to, note: note, by: name)
    return try change { book throws(AlarmFault) in
      try book.plan(window)
      return window
    }
  }

  /// Takes planned work back.
  public func cancel(_ id: String, at now: UnixNanos) throws(AlarmFault) {
    try change { book throws(AlarmFault) in try book.cancel(id, at: now) }
  }

  private func change<Answer: Sendable>(
    _ body: (inout AlarmBook) throws(AlarmFault) -> Answer
  ) throws(AlarmFault) -> Answer {
    guard restore() else { throw .unready("what the last run kept cannot be read yet") }
    let answer = try state.withLock { state throws(AlarmFault) in
      let answer = try body(&state.book)
      note(state.book.takeChanges(), &state)
      state.edition += 1
      return answer
    }
    if let fault = save() { throw .unkept(fault) }
    storeRows()
    return answer
  }

  // MARK: the watch

  /// Runs a look over the alarms.
  ///
  /// - Parameters:
  ///   - next: which events were looked at.
  ///   - notices: puts what became of alarms into words for receivers.
  /// - Returns: whether anything is to be kept or told.
  func look(
    _ next: SeenEvents, _ body: (inout AlarmBook) -> Void, notices: ([AlarmChange]) -> [AlertNotice]
  ) -> Bool {
    state.withLock { state in
      let (seen, windows) = (state.seen, state.book.windows)
      let before = state.book.conditions
      state.seen = next
      body(&state.book)
      let changes = state.book.takeChanges()
      state.untold += notices(changes)
      note(changes, &state)
      let isChanged =
        !changes.isEmpty || seen.isWorthKeeping(state.seen) || windows != state.book.windows
        || before != state.book.conditions
      if isChanged { state.edition += 1 }
      return isChanged || !state.untold.isEmpty
    }
  }

  private func note(_ changes: [AlarmChange], _ state: inout State) {
    for change in changes {
      state.unstored.append(AlarmRow(change, node: node))
      if change.alarm.closed != nil { state.unclosed.append(change.alarm) }
    }
    let excess = state.unstored.count - Limits.untoldAlerts
    if excess > 0 { state.unstored.removeFirst(excess) }
  }

  /// Gives up the oldest of what is untold, if there is too much; how many that were.
  func surrenderExcess() -> Int {
    state.withLock { state in
      let excess = max(0, state.untold.count - Limits.untoldAlerts)
      if excess > 0 { state.untold.removeFirst(excess) }
      return excess
    }
  }

  var untold: [AlertNotice] { state.withLock { $0.untold } }

  /// All of those were told.
  func forget(_ told: [AlertNotice]) {
    let ids = Set(told.map(\.id))
    state.withLock { state in
      state.untold.removeAll { ids.contains($0.id) }
      state.edition += 1
    }
  }

  // MARK: keeping

  /// Keeps what is there; why not, if it cannot be.
  @discardableResult
  func save() -> String? {
    writing.withLock { writing in
      let (unclosed, edition, isRestored) = state.withLock { ($0.unclosed, $0.edition, $0.isRestored) }
      // On top of what could not be read nothing is written.
      if !isRestored { return "what the last run kept cannot be read yet" }
      if writing.edition == edition && unclosed.isEmpty { return nil }
      // The state first, with what is closed in it: of an alarm that stands among the closed ones alone nobody would
      // know who was not told of its end.
      let (content, written) = state.withLock { (Self.content($0), $0.edition) }
      do {
        try file.save(content)
        writing.edition = written
        show("state", nil)
      } catch {
        writing.edition = nil
        show("state", "\(error)")
        return "\(error)"
      }
      if !content.unclosed.isEmpty { close(content.unclosed, &writing) }
      return nil
    }
  }

  /// Puts alarms that are kept in the state among the closed ones; what fails is tried with the next change.
  private func close(_ alarms: [Alarm], _ writing: inout Writing) {
    do {
      try writing.closed.append(alarms)
      show("closed", nil)
    } catch {
      return show("closed", "cannot write closed alarms \(writing.closed.path): \(error)")
    }
    let ids = Set(alarms.map(\.id))
    let closed = writing.closed.alarms
    state.withLock { state in
      state.unclosed.removeAll { ids.contains($0.id) }
      state.closed = closed
    }
    // The state is kept once more without them.
    writing.edition = nil
  }

  private static func content(_ state: State) -> AlarmContent {
    var content = AlarmContent()
    content.alarms = state.book.alarms.values.sorted { $0.id < $1.id }
    content.conditions = state.book.conditions.values.sorted { $0.key < $1.key }
    content.windows = state.book.windows
    (content.unclosed, content.untold) = (state.unclosed, state.untold)
    (content.unstored, content.seen) = (state.unstored, state.seen)
    return content
  }

  /// Puts changes of alarms into their table. What the journal does not take now it is given later; the same row is
  /// stored once.
  func storeRows() { storing.withLock { _ in storeAll() } }

  private func storeAll() {
    let rows = state.withLock { $0.unstored }
    if rows.isEmpty { return }
    var outcome = events.store(rows.map(\.reading))
    if outcome == .refused {
      // One that can never be stored takes no other with it.
      let outcomes = rows.map { events.store($0.reading) }
      outcome = outcomes.contains(.failed) ? .failed : .stored
      let refused = outcomes.count { $0 == .refused }
      show("rows", refused > 0 ? "\(refused) changes of alarms cannot be stored: no such device can be named" : nil)
    }
    if outcome == .failed {
      show("table", "cannot store changes of alarms: the journal does not take them")
      return
    }
    show("table", nil)
    state.withLock { state in
      state.unstored.removeFirst(min(rows.count, state.unstored.count))
      state.edition += 1
    }
  }

  private func show(_ subject: String, _ fault: String?) { shownFaults.withLock { $0[subject] = fault } }
}
