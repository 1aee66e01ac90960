import Alerts
import Journal
import Lagoon
import Primitives
import Protocols
import Synchronization
import Sys
import Telemetry
import Text

/// The background thread that turns unsealed rows into parts, by time or by size. Nothing of it runs on a lane.
final class Sealer: Worker {
  struct Settings: Sendable {
    var node: String
    var journalDirectory: String
    var everyNanos: Int64
    var byteCount: Int
    /// What recovery found; its rows are one generation.
    var recovered = Recovery.Outcome()
    /// Bytes of unsealed rows that one table may hold once it cannot be sealed.
    var tableByteLimit: Int
    var holdings = JournalHoldings()
    /// Threads that seal.
    var threads = 1
  }

  let name = "seal"
  private let settings: Settings
  private let tables: UnsealedTables
  private let catalogue: Catalogue
  private let clock: SegmentClock
  private let committers: [Committer]
  private let lateRows: LateRowSettler
  private let quota: TableQuota
  private let signal: WorkerSignal
  private let state: Mutex<State>

  struct State: Sendable {
    /// The newest generation to which no rows come any more.
    var resting: UInt64
    /// Tables that could not be sealed.
    var stuck: [TableName: StuckTable] = [:]
    /// Why segments could not be removed from the journal, which is no reason not to seal.
    var removalError: String?
    var sealCount: UInt64 = 0
    var lastSeal: UnixNanos?
    var failureCount: UInt64 = 0
  }

  /// A table that cannot be sealed. Its rows stay in memory and in the journal; all others go on.
  struct StuckTable: Sendable {
    var cause: String
    var since: UnixNanos
    var retryAtNanos: Int64
    var pauseNanos: Int64
  }

  private static let tickNanos = 50 * Nanos.perMillisecond
  private static let firstPauseNanos = Nanos.perSecond
  private static let longestPauseNanos = 4 * Nanos.perSecond
  /// What a seal freed is kept for the next one so long: under load they follow each other within seconds.
  private static let freedMemoryNanos = 10 * Nanos.perSecond

  init(
    _ settings: Settings, tables: UnsealedTables, catalogue: Catalogue, clock: SegmentClock, committers: [Committer],
    lateRows: LateRowSettler, quota: TableQuota
  ) throws(SystemError) {
    self.settings = settings
    self.tables = tables
    self.catalogue = catalogue
    self.clock = clock
    self.committers = committers
    self.lateRows = lateRows
    self.quota = quota
    signal = try WorkerSignal()
    state = Mutex(State(resting: settings.recovered.generation))
  }

  /// How often rows were sealed, when last, and what is wrong now: each table that cannot be sealed, with what waits of it.
  var facts: (seals: UInt64, last: UnixNanos?, failures: UInt64, lastError: String?) {
    let known = state.withLock { $0 }
    var wrong = known.stuck.sorted { $0.key.displayName < $1.key.displayName }.map { name, stuck in
      // In whole MiB, so that what is said changes seldom.
      "\(stuck.cause); \(tables.byteCount(of: name) >> 20) MiB of its rows wait in memory and in the journal since "
        + RFC3339.text(stuck.since, .milliseconds)
    }
    if let error = known.removalError { wrong.append(error) }
    return (known.sealCount, known.lastSeal, known.failureCount, wrong.isEmpty ? nil : wrong.joined(separator: "; "))
  }

  func stop() { signal.stop() }

  func run() {
    var lastSealNanos = Clock.monotonicNanos()
    var holdsFreedMemory = false
    var hasRest = false
    FreedMemory.keep(limitBytes: Limits.keptFreedBytes)
    while !signal.isStopping {
      signal.wait(timeoutNanos: Self.tickNanos)
      let now = Clock.monotonicNanos()
      let facts = tables.facts()
      let isDue = facts.rowCount + facts.lateRowCount > 0 && now - lastSealNanos >= settings.everyNanos
      let isLarge = tables.isWorthSealing(generation: clock.segment, byteCount: settings.byteCount)
      let mayRetry = state.withLock { state in state.stuck.values.contains { $0.retryAtNanos <= now } }
      if isDue || isLarge || mayRetry || hasRest {
        if isDue || isLarge { rotate() }
        lastSealNanos = isDue || isLarge ? now : lastSealNanos
        hasRest = sealResting(isLast: false)
        holdsFreedMemory = true
      } else if holdsFreedMemory && now - lastSealNanos >= Self.freedMemoryNanos {
        FreedMemory.giveBack()
        holdsFreedMemory = false
      }
    }
  }

  /// Seals all that there is, after the lanes and committers have stopped. True if nothing is left unsealed.
  func sealAtEnd() -> Bool {
    state.withLock { $0.resting = max($0.resting, clock.segment) }
    _ = sealResting(isLast: true)
    return tables.oldestGeneration == nil
  }

  /// Seals what is at rest now that every committer has reached a segment: for who runs a node in turns.
  func turn(reached segment: UInt64) {
    state.withLock { $0.resting = max($0.resting, segment - 1) }
    while sealResting(isLast: false) {}
  }

  /// Turns the lanes to a new segment and waits until the old one gets no more rows.
  private func rotate() {
    let next = clock.advance()
    for committer in committers {
      while committer.reachedSegment < next && !signal.isStopping {
        signal.wait(timeoutNanos: Nanos.perMillisecond)
      }
    }
    // A failed commit may have turned the lanes in between: every generation before the new segment is at rest.
    let moved = committers.allSatisfy { $0.reachedSegment >= next }
    if moved { state.withLock { $0.resting = max($0.resting, next - 1) } }
  }

  /// Seals what is at rest, table by table and of each the oldest first. One that cannot be sealed waits, with its rows
  /// and the segments that hold them, and keeps no other one back.
  ///
  /// - Returns: whether new tables are left for the next turn: they come by the thousand only where somebody makes them
  ///   up, and others' rows are not to wait for that.
  private func sealResting(isLast: Bool) -> Bool {
    // Late rows belong to a generation like all others; none comes any more to those at rest.
    lateRows.settle()
    let (resting, stuck) = state.withLock { ($0.resting, $0.stuck) }
    let now = Clock.monotonicNanos()
    var waiting = isLast ? [] : Set(stuck.filter { $0.value.retryAtNanos > now }.keys)
    var isSealed = false
    var newTables = 0
    for generation in tables.generations where generation <= resting {
      var work: [TableRows] = []
      for rows in ordered(tables.frozen(generation: generation)) where !waiting.contains(rows.table) {
        if !isLast && catalogue.table(rows.table) == nil {
          newTables += 1
          if newTables > Limits.newTablesPerSeal {
            waiting.insert(rows.table)
            continue
          }
        }
        work.append(rows)
      }
      let failed = seal(work, generation: generation)
      isSealed = isSealed || failed.count < work.count
      waiting.formUnion(failed)
    }
    if isSealed {
      state.withLock { state in
        state.sealCount += 1
        state.lastSeal = Clock.realtimeNanos()
      }
    }
    closeLargeTables()
    removeSegments(upTo: resting)
    return newTables > Limits.newTablesPerSeal
  }

  /// Tables that there are already before new ones, and those of many rows before those of few: a sender that makes up
  /// tables does not delay the others.
  private func ordered(_ tables: [TableRows]) -> [TableRows] {
    let known = Set(tables.map(\.table).filter { catalogue.table($0) != nil })
    return tables.sorted { a, b in
      let (isKnown, isOtherKnown) = (known.contains(a.table), known.contains(b.table))
      if isKnown != isOtherKnown { return isKnown }
      if a.rows.rowCount != b.rows.rowCount { return a.rows.rowCount > b.rows.rowCount }
      // So that a run of a seed seals in the same order each time.
      return a.table.displayName < b.table.displayName
    }
  }

  /// Seals tables side by side, the first ones first; returns those that cannot be sealed now.
  private func seal(_ work: [TableRows], generation: UInt64) -> [TableName] {
    let rowCount = work.reduce(0) { $0 + $1.rows.rowCount }
    let failed = SideBySide.map(work.count, threads: settings.threads, name: "seal table") { number -> TableName? in
      let rows = work[number]
      // A table that is much of it all is much of the work: it gets as much of the threads.
      let share = Double(rows.rows.rowCount) / Double(max(1, rowCount))
      let threads = max(1, Int((share * Double(settings.threads)).rounded()))
      do throws(SealError) {
        try seal(rows, generation: generation, threads: threads)
        state.withLock { $0.stuck[rows.table] = nil }
        return nil
      } catch {
        note(rows.table, error)
        return rows.table
      }
    }
    return failed.compactMap { $0 }
  }

  private func seal(_ rows: TableRows, generation: UInt64, threads: Int) throws(SealError) {
    let lanes = Set(committers.map(\.lane)).union(settings.recovered.lanes).sorted()
    let sealed = SealedSegments(catalogue.table(rows.table)?.segments ?? [:])
    let isRecovered = generation == settings.recovered.generation
    let transactions = sealed.transactions(
      upTo: generation, lanes: lanes.map { Committer.application(node: settings.node, lane: $0) },
      left: settings.recovered.left, taken: isRecovered ? settings.recovered.taken : [])
    try catalogue.seal([rows], transactions: transactions, threads: threads)
    tables.drop(rows.table, generation: generation)
  }

  private func note(_ name: TableName, _ error: SealError) {
    state.withLock { state in
      let pause = min(Self.longestPauseNanos, (state.stuck[name]?.pauseNanos ?? Self.firstPauseNanos / 2) * 2)
      state.stuck[name] = StuckTable(
        cause: "\(error)", since: state.stuck[name]?.since ?? Clock.realtimeNanos(),
        retryAtNanos: Clock.monotonicNanos() + pause, pauseNanos: pause)
      state.failureCount += 1
    }
  }

  /// A table that cannot be sealed takes no more rows than its share of memory, so that the others have theirs.
  private func closeLargeTables() {
    let stuck = state.withLock { $0.stuck.keys }
    var closed: [(kind: TableKind, measurement: String)] = []
    for name in stuck where tables.byteCount(of: name) > settings.tableByteLimit {
      switch name {
      case .readings(let measurement): closed.append((.readings, measurement))
      case .events: closed.append((.events, SeriesKey.eventsMeasurement))
      case .rollups, .devices, .audit: break
      }
    }
    quota.close(closed)
  }

  /// Removes the segments of which every row is in the parts.
  private func removeSegments(upTo resting: UInt64) {
    var end = min(tables.oldestGeneration ?? .max, resting + 1)
    // What recovery found, whatever its numbers, is one generation.
    if end <= settings.recovered.generation { end = 0 }
    do throws(SystemError) {
      var touched: Set<Int> = []
      for segment in try JournalRecovery.segments(directory: settings.journalDirectory) {
        // A segment that recovery could not read stays, for a later version or a better day.
        if segment.number >= end || settings.recovered.kept.contains(segment.path) { continue }
        try JournalRecovery.remove(segment)
        settings.holdings.remove(segment)
        touched.insert(segment.lane)
      }
      for lane in touched {
        try JournalRecovery.synchronizeRemovals(directory: settings.journalDirectory, lane: lane)
      }
      state.withLock { $0.removalError = nil }
    } catch {
      state.withLock { state in
        state.removalError = "cannot remove sealed segments of journal \(settings.journalDirectory): \(error)"
      }
    }
  }
}
