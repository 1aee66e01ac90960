import Intake
import Journal
import Lagoon
import Primitives
import Protocols
import Synchronization
import Sys
import Telemetry

/// The thread behind one lane: writes its batches to the journal, makes them durable together, sends word of it, and
/// takes their rows into the tables.
final class Committer: Worker {
  var name: String { "commit-\(lane)" }
  let lane: Int
  private let exchange: BatchExchange
  private let context: Context
  /// The newest segment of which every batch before it was applied.
  private let reached: Atomic<UInt64>
  private let stopping = Atomic<Bool>(false)
  private let working = Atomic<Bool>(false)
  private let failure = Mutex<SystemError?>(nil)
  private let figures = CommitFigures()

  /// What all committers share.
  struct Context: Sendable {
    var node: String
    var journalDirectory: String
    var zstdLevel: Int32
    var tables: UnsealedTables
    var ledger: SharedLedger
    var clock: SegmentClock
    var faults: DeviceFaults
    var refusals: RefusalLog
    var quota: TableQuota
    var lateRows: LateRowSettler
    var holdings = JournalHoldings()
    /// Bytes of unsealed rows above which lanes take no more.
    var unsealedByteLimit: Int
  }

  private static let idleNanos = 200 * Nanos.perMillisecond

  init(lane: Int, exchange: BatchExchange, context: Context) {
    self.lane = lane
    self.exchange = exchange
    self.context = context
    reached = Atomic(context.clock.segment)
  }

  /// Every batch of a segment before this one was applied.
  var reachedSegment: UInt64 { reached.load(ordering: .acquiring) }

  /// Whether it holds batches whose rows are not in the tables yet.
  var isWorking: Bool { working.load(ordering: .acquiring) }

  /// Why the last batch could not be committed; nil if it was.
  var lastFailure: SystemError? { failure.withLock { $0 } }

  /// What it did so far.
  var commits: LaneFacts.Commits { figures.facts(atNanos: Clock.monotonicNanos()) }

  /// Ends `run` when all that is queued was taken.
  func stop() {
    stopping.store(true, ordering: .releasing)
    exchange.committerWakeUp.signal()
  }

  /// The application name of a lane in the tables' transactions.
  static func application(node: String, lane: Int) -> String {
    "\(node)/\(JournalNames.laneDirectory(lane))"
  }

  /// What it holds while it runs.
  struct Work: ~Copyable {
    fileprivate var writer: JournalWriter
    fileprivate var applier = BatchApplier()
    fileprivate var taken: [Batch] = []
    /// The newest segment in which a commit failed: what its later batches refer to may be lost with it.
    fileprivate var failedSegment: UInt64?

    fileprivate init(writer: consuming JournalWriter) { self.writer = writer }

    /// Closes the journal.
    mutating func end() { writer.close() }
  }

  func begin() -> Work {
    Work(
      writer: JournalWriter(directory: context.journalDirectory, lane: lane, zstdLevel: context.zstdLevel))
  }

  func run() {
    var work = begin()
    while true {
      let isStopping = stopping.load(ordering: .acquiring)
      if turn(&work) { continue }
      if isStopping { break }
      _ = exchange.committerWakeUp.wait(timeoutNanos: Self.idleNanos)
    }
    work.end()
  }

  /// Commits and applies all that is queued; false if there is nothing.
  func turn(_ work: inout Work) -> Bool {
    while let batch = exchange.full.pop() { work.taken.append(batch) }
    if work.taken.isEmpty { return false }
    working.store(true, ordering: .releasing)
    // Batches of one segment are committed together.
    var rest = work.taken[...]
    while let segment = rest.first?.segment {
      let group = rest.prefix { $0.segment == segment }
      rest = rest.dropFirst(group.count)
      let isCommitted = work.failedSegment != segment && commit(group, segment, &work.writer)
      if !isCommitted && work.failedSegment != segment {
        work.failedSegment = segment
        _ = context.clock.advance()
      }
      for batch in group {
        _ = exchange.words.push(BatchExchange.Word(sequence: batch.sequence, isCommitted: isCommitted))
      }
      exchange.laneWakeUp.signal()
      for batch in group {
        if batch.beginsAnew { work.applier = BatchApplier() }
        apply(batch, isCommitted: isCommitted, &work.applier)
      }
    }
    work.taken.removeAll(keepingCapacity: true)
    working.store(false, ordering: .releasing)
    return true
  }

  /// Writes a group of batches and makes them durable. False if that failed: then none of them counts.
  private func commit(_ group: ArraySlice<Batch>, _ segment: UInt64, _ writer: inout JournalWriter) -> Bool {
    var isWritten = false
    figures.begin(atNanos: Clock.monotonicNanos())
    defer {
      let datagrams = group.reduce(0) { $1.counts.reduce($0) { $0 + $1.received } }
      figures.end(
        isWritten, datagrams: datagrams, atNanos: Clock.monotonicNanos(), time: Clock.realtimeNanos())
    }
    do throws(SystemError) {
      for batch in group where batch.records.byteCount > 0 {
        // Not for batches that only tell of a new segment: if a journal that cannot be opened failed them too, each failure
        // would make a new segment, of which the lanes would tell at once, for ever.
        if !writer.isOpen || writer.segment != segment { try writer.open(segment: segment) }
        // First: the batch's own frame may be damaged, and later ones refer to what it defines.
        if batch.definitions.byteCount > 0 { try append(batch.definitions, &writer) }
        try append(batch.records, &writer)
        isWritten = true
      }
      if isWritten { try writer.commit() }
      // That there was nothing to write does not say that writing works again.
      if isWritten {
        failure.withLock { $0 = nil }
        context.holdings.note(writer.journalSegment, byteCount: writer.bytesWritten)
      }
      return true
    } catch {
      isWritten = false
      writer.discardUncommitted()
      failure.withLock { $0 = error }
      return false
    }
  }

  private func append(_ records: borrowing RecordBuffer, _ writer: inout JournalWriter) throws(SystemError) {
    var failed: SystemError?
    records.withUnsafeBytes { bytes in
      do throws(SystemError) {
        try writer.append(bytes)
      } catch {
        failed = error
      }
    }
    if let failed { throw failed }
  }

  /// Takes a batch's rows into the tables, or sheds them by name, and gives the batch back.
  private func apply(_ batch: Batch, isCommitted: Bool, _ applier: inout BatchApplier) {
    let shedByLane = batch.counts.map(\.shed)
    if isCommitted {
      var options = UnsealedTables.ApplyOptions(
        lane: Self.application(node: context.node, lane: lane), segment: batch.segment, generation: batch.segment,
        isRecovery: false)
      options.faults = context.faults
      let whole = batch.records.withUnsafeBytes { bytes in
        context.tables.apply(bytes, with: &applier, options: options, counts: &batch.counts)
      }
      precondition(whole, "BUG: a lane's records make no sense")
      let facts = context.tables.pressure
      context.quota.setFull(facts.byteCount > context.unsealedByteLimit)
      if facts.lateRowCount > Limits.lateRowsWaiting {
        context.lateRows.settle()
      } else if facts.lateRowCount > 0 {
        context.lateRows.wake()
      }
    } else {
      let reason: ShedReason = lastFailure?.isOutOfSpace == true ? .diskFull : .journalFailed
      for index in batch.counts.indices {
        batch.counts[index].shed[Int(reason.rawValue)] += batch.rowCounts[index]
      }
    }
    context.refusals.noteShed(since: shedByLane, batch.counts, at: Clock.realtimeNanos())
    context.ledger.add(batch.counts)
    reached.store(max(batch.segment, reached.load(ordering: .relaxed)), ordering: .releasing)
    // The ring holds as many as there are batches.
    _ = exchange.empty.push(batch)
    exchange.laneWakeUp.signal()
  }
}
