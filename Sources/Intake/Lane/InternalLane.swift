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
  private let seed: UInt64
  private let queue = Mutex<Queue>(Queue())
  private let meanwhile = Mutex<(@Sendable () -> Bool)?>(nil)

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
  fileprivate final class Told: Sendable {
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
  /// How long word of the last batches is waited for at the end.
  private static let lastWordsNanos = 2 * Nanos.perSecond

  /// - Parameters:
  ///   - listener: its place in the counts of every batch, behind all listeners with sockets.
  ///   - accountCount: how many places there are.
  public init(
    listener: Int, accountCount: Int, segment: UInt64, registry: DeviceRegistry, quota: TableQuota, seed: UInt64
  ) throws(SystemError) {
    self.listener = listener
    self.seed = seed
    exchange = try BatchExchange(listenerCount: accountCount)
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
      if let step = meanwhile.withLock({ $0 }) {
        if !step() { return told.outcome.withLock { $0 } ?? .failed }
      } else {
        told.done.wait(timeoutNanos: left)
      }
    }
  }

  /// For who runs a node in turns, on one thread: there nobody else does what a call waits for. `step` lets this lane and
  /// its committer take a turn, and says whether there was anything to do.
  public func runInTurns(_ step: @escaping @Sendable () -> Bool) { meanwhile.withLock { $0 = step } }

  // MARK: the lane's thread

  /// What it keeps from turn to turn.
  public struct State: ~Copyable {
    fileprivate var encoder: RowEncoder
    fileprivate var decoded = DecodedDatagram()
    fileprivate var batch: Batch?
    fileprivate var nextSequence: UInt64 = 1
    fileprivate var hasContent = false
    /// Whether the committer is to be told that numbers mean something else from the next batch on.
    fileprivate var beginsAnew = false
    fileprivate var announcedSegment: UInt64
    /// Calls that were taken and wait for their turn, and the one whose rows are being written.
    fileprivate var taken: [Told] = []
    fileprivate var writing: (told: Told, next: Int)?
    /// Calls whose rows are in batches, with the newest batch of each.
    fileprivate var unconfirmed: [(told: Told, first: UInt64, last: UInt64)] = []

    fileprivate init(encoder: consuming RowEncoder, segment: UInt64) {
      self.encoder = encoder
      announcedSegment = segment
    }
  }

  /// The lane's whole life.
  public func run() {
    var state = begin()
    while !control.isStopping {
      exchange.laneWakeUp.wait(timeoutNanos: Self.idleNanos)
      turn(&state)
    }
    end(&state)
  }

  public func begin() -> State {
    State(
      encoder: RowEncoder(
        admission: control.currentAdmission, deviceTags: Array(repeating: nil, count: listener + 1), seed: seed),
      segment: control.segment)
  }

  /// Writes what was told and hands it over, as far as there are batches; never waits.
  public func turn(_ state: inout State) {
    confirm(&state)
    state.taken += queue.withLock { queue in
      defer { queue.waiting = [] }
      return queue.waiting
    }
    writeTaken(&state)
    // An empty batch of a new segment tells the committer, and so the sealer, that this lane has moved on.
    if state.announcedSegment != control.segment { _ = hasBatch(&state) }
    if let batch = state.batch, !state.hasContent, batch.segment != control.segment {
      begin(batch, &state)
    }
    if let batch = state.batch, state.hasContent || state.announcedSegment != batch.segment { handOver(&state) }
  }

  /// Takes no more calls, and waits a moment for word of those that it has taken.
  public func end(_ state: inout State) {
    queue.withLock { $0.isClosed = true }
    turn(&state)
    let deadline = Clock.monotonicNanos() + Self.lastWordsNanos
    while !state.isDone && Clock.monotonicNanos() < deadline {
      exchange.laneWakeUp.wait(timeoutNanos: 10 * Nanos.perMillisecond)
      turn(&state)
    }
    // Nobody is left to tell them anything.
    for entry in state.unconfirmed { entry.told.finish(.failed) }
    for told in state.taken { told.finish(.failed) }
  }

  /// Writes the rows of the calls that were taken, until there is no batch to write to.
  private func writeTaken(_ state: inout State) {
    while true {
      if state.writing == nil {
        if state.taken.isEmpty { return }
        let told = state.taken.removeFirst()
        state.writing = (told, 0)
        // Words of its first batches may come in while the last ones are written.
        state.unconfirmed.append((told, first: state.batch?.sequence ?? state.nextSequence, last: .max))
      }
      guard let (told, next) = state.writing else { return }
      for index in next..<told.rows.count {
        guard let outcome = write(told.rows[index], &state) else {
          state.writing = (told, index)
          return
        }
        if outcome == .stored { continue }
        told.finish(outcome)
        break
      }
      state.writing = nil
      let last = state.unconfirmed.count - 1
      if let sequence = state.batch?.sequence { state.unconfirmed[last].last = sequence }
      // Refused before there was any batch: nothing is waited for.
      if state.unconfirmed[last].last == .max { state.unconfirmed.removeLast() }
    }
  }

  /// Writes a row into the batch; `stored` if it stands there, nil while there is no batch.
  private func write(_ row: InternalRow, _ state: inout State) -> Outcome? {
    state.decoded.reset()
    guard state.decoded.append(row) else { return .refused }
    if let batch = state.batch, batch.records.room < Limits.recordBytesPerDatagram || batch.segment != control.segment {
      handOver(&state)
    }
    guard hasBatch(&state), let batch = state.batch else { return nil }
    let now = Clock.realtimeNanos()
    batch.records.putOrigin(listener: UInt8(listener), arrivalNanos: now)
    state.hasContent = true
    // The node's own word is taken as it is: what is told again after the clock was put right must be what it was.
    let origin = RowEncoder.Origin(
      listener: listener, source: SourceAddress(high: 0, low: 0, port: 0), arrival: ArrivalTime(nanos: now),
      oldestNanos: .min, clock: ClockBounds())
    switch state.encoder.encode(state.decoded, of: RawSpan(), from: origin, into: batch) {
    case .some: return .stored
    case .refused: return .refused
    case .full: return .failed
    }
  }

  /// Takes an empty batch, if it has none: the committer gives each back, whatever became of it.
  private func hasBatch(_ state: inout State) -> Bool {
    if state.batch != nil { return true }
    guard let batch = exchange.empty.pop() else { return false }
    begin(batch, &state)
    return true
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

extension InternalLane.State {
  /// Whether every call has its answer.
  fileprivate var isDone: Bool { writing == nil && taken.isEmpty && unconfirmed.isEmpty }
}
