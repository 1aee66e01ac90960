import Journal
import Lagoon
import Primitives
import Synchronization
import Sys
import Telemetry

/// The background thread that turns unsealed rows into parts, by time or by size. Nothing of it runs on a lane.
final class Sealer: Sendable {
  struct Settings: Sendable {
    var node: String
    var journalDirectory: String
    var everyNanos: Int64
    var byteCount: Int
    /// Paths of journal segments that must stay.
    var keptSegments: Set<String> = []
    /// Lanes of earlier runs, whose segments were recovered.
    var recoveredLanes: Set<Int> = []
  }

  private let settings: Settings
  private let tables: UnsealedTables
  private let catalogue: Catalogue
  private let clock: SegmentClock
  private let committers: [Committer]
  private let wakeUp: WakeUp
  private let stopping = Atomic<Bool>(false)
  private let state: Mutex<State>

  struct State: Sendable {
    /// Generations that are not in the parts yet, oldest first.
    var waiting: [UInt64]
    var lastError: String?
    var sealCount: UInt64 = 0
    var failureCount: UInt64 = 0
  }

  private static let tickNanos = 50 * Nanos.perMillisecond
  private static let retryNanos = Nanos.perSecond
  /// What a seal freed is kept for the next one so long: under load they follow each other within seconds.
  private static let freedMemoryNanos = 10 * Nanos.perSecond

  init(
    _ settings: Settings, tables: UnsealedTables, catalogue: Catalogue, clock: SegmentClock, committers: [Committer],
    recoveredGeneration: UInt64?
  ) throws(SystemError) {
    self.settings = settings
    self.tables = tables
    self.catalogue = catalogue
    self.clock = clock
    self.committers = committers
    wakeUp = try WakeUp()
    state = Mutex(State(waiting: recoveredGeneration.map { [$0] } ?? []))
  }

  /// How often rows were sealed, and what went wrong last.
  var facts: (seals: UInt64, failures: UInt64, lastError: String?) {
    state.withLock { ($0.sealCount, $0.failureCount, $0.lastError) }
  }

  func stop() {
    stopping.store(true, ordering: .releasing)
    wakeUp.signal()
  }

  func run() {
    var lastSealNanos = Clock.monotonicNanos()
    var retryAtNanos: Int64 = 0
    var holdsFreedMemory = false
    FreedMemory.keep(limitBytes: Limits.keptFreedBytes)
    while !stopping.load(ordering: .acquiring) {
      _ = wakeUp.wait(timeoutNanos: Self.tickNanos)
      let now = Clock.monotonicNanos()
      let facts = tables.facts()
      let isDue = facts.rowCount > 0 && now - lastSealNanos >= settings.everyNanos
      let isLarge = tables.byteCount(of: clock.segment) >= settings.byteCount
      let hasWaiting = state.withLock { !$0.waiting.isEmpty } && now >= retryAtNanos
      if isDue || isLarge || (hasWaiting && state.withLock({ $0.lastError != nil })) {
        if isDue || isLarge { rotate() }
        lastSealNanos = now
        if !sealWaiting() { retryAtNanos = Clock.monotonicNanos() + Self.retryNanos }
        holdsFreedMemory = true
      } else if holdsFreedMemory && now - lastSealNanos >= Self.freedMemoryNanos {
        FreedMemory.giveBack()
        holdsFreedMemory = false
      }
    }
  }

  /// Seals all that there is, after the lanes and committers have stopped. True if nothing is left unsealed.
  func sealAtEnd() -> Bool {
    state.withLock { $0.waiting.append(clock.segment) }
    return sealWaiting()
  }

  /// Turns the lanes to a new segment and waits until the old one gets no more rows.
  private func rotate() {
    let old = clock.segment
    let next = clock.advance()
    for committer in committers {
      while committer.reachedSegment < next && !stopping.load(ordering: .acquiring) {
        _ = wakeUp.wait(timeoutNanos: Nanos.perMillisecond)
      }
    }
    // A failed commit may have turned the lanes in between: every generation up to the new segment is at rest.
    let moved = committers.allSatisfy { $0.reachedSegment >= next }
    if moved { state.withLock { state in state.waiting = Array(Set(state.waiting).union([old])).sorted() } }
  }

  /// Seals what is at rest, oldest first; false if something could not be sealed, and stays.
  private func sealWaiting() -> Bool {
    let generations = state.withLock { $0.waiting }
    for generation in generations {
      do {
        try seal(upTo: generation)
        state.withLock { state in
          state.waiting.removeAll { $0 == generation }
          state.lastError = nil
          state.sealCount += 1
        }
      } catch {
        state.withLock { state in
          state.lastError = "\(error)"
          state.failureCount += 1
        }
        return false
      }
    }
    return true
  }

  /// Everything of the generations up to that one goes into the parts, then their segments leave the journal.
  private func seal(upTo generation: UInt64) throws {
    for older in tables.generations where older <= generation {
      let transactions = lanes().map {
        LaneTransaction(lane: Committer.application(node: settings.node, lane: $0), segment: older)
      }
      try catalogue.seal(tables.frozen(generation: older), transactions: transactions)
      tables.drop(generation: older)
    }
    try removeSegments(upTo: generation)
  }

  private func lanes() -> [Int] {
    Array(Set(committers.map(\.lane)).union(settings.recoveredLanes)).sorted()
  }

  private func removeSegments(upTo generation: UInt64) throws(SystemError) {
    var touched: Set<Int> = []
    for segment in try JournalRecovery.segments(directory: settings.journalDirectory) {
      // A segment that recovery could not read stays, for a later version or a better day.
      if segment.number > generation || settings.keptSegments.contains(segment.path) { continue }
      try JournalRecovery.remove(segment)
      touched.insert(segment.lane)
    }
    for lane in touched {
      try JournalRecovery.synchronizeRemovals(directory: settings.journalDirectory, lane: lane)
    }
  }
}
