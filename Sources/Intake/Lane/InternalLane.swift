import Primitives
public import Protocols
public import Registry
import Synchronization
public import Sys
import Telemetry

/// A lane without sockets: what the node itself tells takes the way of everything else, through a batch, the journal and
/// the tables, and is counted as the listener `internal`.
///
/// Run `run()` on a thread of its own; it returns after `LaneControl.stop()`, with everything told handed over.
public final class InternalLane: Sendable {
  /// The listener's name in the ledger.
  public static let listenerName = "internal"
  /// The lane's number: no lane with sockets has it, whatever their count.
  public static let number = 99
  public let exchange: BatchExchange
  public let control: LaneControl
  private let listener: Int
  private let futureNanos: Int64
  private let seed: UInt64
  private let queue = Mutex<Queue>(Queue())

  /// What became of rows that were told.
  public enum Outcome: Sendable {
    /// They are in the journal and survive whatever comes.
    case stored
    /// One of them can never be stored: a name that is none, or too long a text.
    case refused
    /// They may be stored another time: the journal fails, or too much waits.
    case failed
  }

  private struct Queue {
    var waiting: [Told] = []
    var isClosed = false
  }

  /// Rows that somebody waits for.
  private final class Told: Sendable {
    let rows: [InternalRow]
    let done: WakeUp
    let outcome = Mutex<Outcome?>(nil)

    init(_ rows: [InternalRow]) throws(SystemError) {
      self.rows = rows
      done = try WakeUp()
    }

    func finish(_ result: Outcome) {
      outcome.withLock { $0 = $0 ?? result }
      done.signal()
    }
  }

  /// How long the journal may take before a call gives up waiting.
  private static let commitNanos = 30 * Nanos.perSecond
  private static let idleNanos = 500 * Nanos.perMillisecond

  /// - Parameter listener: its place in the counts of every batch, behind all listeners with sockets.
  public init(
    listener: Int, segment: UInt64, registry: DeviceRegistry, quota: TableQuota, futureNanos: Int64, seed: UInt64
  ) throws(SystemError) {
    self.listener = listener
    self.futureNanos = futureNanos
    self.seed = seed
    exchange = try BatchExchange(listenerCount: listener + 1)
    control = LaneControl(segment: segment, admission: Admission(registry: registry, knownOnly: false, quota: quota))
  }

  /// Hands rows over and waits until they are in the journal. Any thread but this lane's.
  public func tell(_ rows: [InternalRow]) -> Outcome {
    if rows.isEmpty { return .stored }
    guard rows.count <= Limits.internalRows, let told = try? Told(rows) else { return .failed }
    let isQueued = queue.withLock { queue in
      if queue.isClosed || queue.waiting.count >= Limits.internalCalls { return false }
      queue.waiting.append(told)
      return true
    }
    guard isQueued else { return .failed }
    exchange.laneWakeUp.signal()
    let deadline = Clock.monotonicNanos() + Self.commitNanos
    while true {
      if let outcome = told.outcome.withLock({ $0 }) { return outcome }
      let left = deadline - Clock.monotonicNanos()
      if left <= 0 { return .failed }
      told.done.wait(timeoutNanos: left)
    }
  }

  // MARK: the lane's thread

  /// What the run loop keeps.
  private struct State: ~Copyable {
    var encoder: RowEncoder
    var decoded = DecodedDatagram()
    var batch: Batch?
    var nextSequence: UInt64 = 1
    var hasContent = false
    /// Whether the committer is to be told that numbers mean something else from the next batch on.
    var beginsAnew = false
    var announcedSegment: UInt64
    /// Calls whose rows are in batches, with the newest batch of each.
    var unconfirmed: [(told: Told, first: UInt64, last: UInt64)] = []
  }

  /// The lane's whole life.
  public func run() {
    var state = State(
      encoder: RowEncoder(
        admission: control.currentAdmission, deviceTags: Array(repeating: nil, count: listener + 1), seed: seed),
      announcedSegment: control.segment)
    while !control.isStopping {
      exchange.laneWakeUp.wait(timeoutNanos: Self.idleNanos)
      turn(&state)
    }
    let rest = queue.withLock { queue in
      queue.isClosed = true
      defer { queue.waiting = [] }
      return queue.waiting
    }
    for told in rest { take(told, &state) }
    handOver(&state)
    let deadline = Clock.monotonicNanos() + 2 * Nanos.perSecond
    while !state.unconfirmed.isEmpty && Clock.monotonicNanos() < deadline {
      exchange.laneWakeUp.wait(timeoutNanos: 10 * Nanos.perMillisecond)
      confirm(&state)
    }
  }

  private func turn(_ state: inout State) {
    confirm(&state)
    for told in queue.withLock({ queue in
      defer { queue.waiting = [] }
      return queue.waiting
    }) { take(told, &state) }
    // An empty batch of a new segment tells the committer, and so the sealer, that this lane has moved on.
    if state.announcedSegment != control.segment { ensureBatch(&state) }
    if let batch = state.batch, !state.hasContent, batch.segment != control.segment {
      begin(batch, &state)
    }
    if let batch = state.batch, state.hasContent || state.announcedSegment != batch.segment { handOver(&state) }
  }

  private func take(_ told: Told, _ state: inout State) {
    // Words of its first batches may come in while the last ones are written.
    state.unconfirmed.append((told, first: state.batch?.sequence ?? state.nextSequence, last: .max))
    for row in told.rows {
      let outcome = write(row, &state)
      if outcome == .stored { continue }
      told.finish(outcome)
      break
    }
    let last = state.unconfirmed.count - 1
    if let sequence = state.batch?.sequence { state.unconfirmed[last].last = sequence }
    // Refused before there was any batch: nothing is waited for.
    if state.unconfirmed[last].last == .max { state.unconfirmed.removeLast() }
  }

  /// Writes a row into the batch; `stored` if it stands there.
  private func write(_ row: InternalRow, _ state: inout State) -> Outcome {
    state.decoded.reset()
    guard state.decoded.append(row) else { return .refused }
    if let batch = state.batch, batch.records.room < Limits.recordBytesPerDatagram || batch.segment != control.segment {
      handOver(&state)
    }
    ensureBatch(&state)
    guard let batch = state.batch else { return .failed }
    let now = Clock.realtimeNanos()
    batch.records.putOrigin(listener: UInt8(listener), arrivalNanos: now)
    state.hasContent = true
    let origin = RowEncoder.Origin(
      listener: listener, source: SourceAddress(high: 0, low: 0, port: 0), arrival: ArrivalTime(nanos: now),
      oldestNanos: .min, clock: ClockBounds(newestNanos: now.addingReportingOverflow(futureNanos).partialValue))
    switch state.encoder.encode(state.decoded, of: RawSpan(), from: origin, into: batch) {
    case .some: return .stored
    case .refused: return .refused
    case .full: return .failed
    }
  }

  /// Waits for an empty batch: the committer gives each back, whatever became of it.
  private func ensureBatch(_ state: inout State) {
    while state.batch == nil {
      if let batch = exchange.empty.pop() {
        begin(batch, &state)
        return
      }
      exchange.laneWakeUp.wait(timeoutNanos: Self.idleNanos)
      confirm(&state)
    }
  }

  private func begin(_ batch: Batch, _ state: inout State) {
    batch.reset()
    batch.segment = control.segment
    if state.encoder.turn(to: batch.segment) { state.beginsAnew = true }
    batch.beginsAnew = state.beginsAnew
    batch.sequence = state.nextSequence
    state.nextSequence += 1
    state.hasContent = false
    state.batch = batch
  }

  private func handOver(_ state: inout State) {
    guard let batch = state.batch else { return }
    state.batch = nil
    state.beginsAnew = false
    state.hasContent = false
    state.announcedSegment = batch.segment
    // The ring holds as many as there are batches, so there is room.
    let queued = exchange.full.push(batch)
    precondition(queued, "BUG: more batches than the ring holds")
    exchange.committerWakeUp.signal()
  }

  /// Takes the committer's words to those who wait.
  private func confirm(_ state: inout State) {
    while let word = exchange.words.pop() {
      if !word.isCommitted {
        for entry in state.unconfirmed where entry.first <= word.sequence && word.sequence <= entry.last {
          entry.told.finish(.failed)
        }
      }
      for entry in state.unconfirmed where entry.last <= word.sequence { entry.told.finish(.stored) }
      state.unconfirmed.removeAll { $0.last <= word.sequence }
    }
  }
}
