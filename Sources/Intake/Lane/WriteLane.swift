import Primitives
public import Protocols
import Synchronization
public import Sys
public import Telemetry

/// A lane without sockets: lines that come by HTTP take the way of everything else, through a batch, the journal and the
/// tables, and are counted as the listener `http`.
///
/// Run `run()` on a thread of its own; it returns after `LaneControl.stop()`, with everything told handed over.
public final class WriteLane: Sendable {
  /// The lane's number: no lane with sockets has it, whatever their count.
  public static let number = 98
  public let exchange: BatchExchange
  public let control: LaneControl
  private let listener: Int
  private let bounds: TimeBounds
  private let seed: UInt64
  private let queue = Mutex(Queue())

  private struct Queue: Sendable {
    var waiting: [Call] = []
    var isClosed = false
  }

  /// A piece that somebody waits for.
  fileprivate struct Call: Sendable {
    var piece: LinePiece
    var answer: @Sendable (LineReceipt) -> Void
  }

  private static let idleNanos = 500 * Nanos.perMillisecond
  /// How long word of the last batches is waited for at the end.
  private static let lastWordsNanos = 2 * Nanos.perSecond

  /// - Parameters:
  ///   - listener: its place in the counts of every batch.
  ///   - accountCount: how many places there are.
  public init(
    listener: Int, accountCount: Int, segment: UInt64, admission: Admission, bounds: TimeBounds, seed: UInt64
  ) throws(SystemError) {
    self.listener = listener
    self.bounds = bounds
    self.seed = seed
    exchange = try BatchExchange(listenerCount: accountCount)
    control = LaneControl(segment: segment, admission: admission)
  }

  /// Hands lines over, behind those that were handed over before.
  ///
  /// - Parameter answer: called once, when their rows are in the journal, or cannot be; on this lane's thread, so it
  ///   waits for nothing.
  public func write(_ piece: LinePiece, answer: @escaping @Sendable (LineReceipt) -> Void) {
    let isQueued = queue.withLock { queue in
      let isRoom = !queue.isClosed && queue.waiting.count < Limits.waitingLinePieces
      if !isRoom || piece.bytes.count > Limits.linePieceBytes { return false }
      queue.waiting.append(Call(piece: piece, answer: answer))
      return true
    }
    if isQueued { exchange.laneWakeUp.signal() } else { answer(LineReceipt(.unavailable)) }
  }

  // MARK: the lane's thread

  /// What it keeps from turn to turn.
  public struct State: ~Copyable {
    fileprivate var writer: LineWriter
    fileprivate var batch: Batch?
    fileprivate var hasContent = false
    fileprivate var nextSequence: UInt64 = 1
    fileprivate var announcedSegment: UInt64
    fileprivate var admissionVersion: Int
    /// Calls that were taken and wait for their turn, from `taken` on.
    fileprivate var calls: [Call] = []
    fileprivate var taken = 0
    /// Those whose rows are in a batch, with its number.
    fileprivate var unconfirmed: [(call: Call, receipt: LineReceipt, sequence: UInt64)] = []
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
    let version = control.version
    return State(
      writer: LineWriter(listener: listener, bounds: bounds, admission: control.currentAdmission, seed: seed),
      announcedSegment: control.segment, admissionVersion: version)
  }

  /// Writes what was told and hands it over, as far as there are batches; never waits.
  public func turn(_ state: inout State) {
    confirm(&state)
    let version = control.version
    if version != state.admissionVersion {
      state.admissionVersion = version
      state.writer.admit(by: control.currentAdmission)
    }
    state.calls += queue.withLock { queue in
      defer { queue.waiting = [] }
      return queue.waiting
    }
    writeCalls(&state)
    state.writer.tellRefusals(monotonicNanos: Clock.monotonicNanos())
    // An empty batch of a new segment tells the committer, and so the sealer, that this lane has moved on.
    if state.announcedSegment != control.segment { _ = hasBatch(&state) }
    if let batch = state.batch, !state.hasContent, batch.segment != control.segment { begin(batch, &state) }
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
    state.writer.tellRefusals(monotonicNanos: Clock.monotonicNanos(), isLast: true)
    // Nobody is left to tell them anything.
    for entry in state.unconfirmed { entry.call.answer(LineReceipt(.unavailable)) }
    for call in state.calls[state.taken...] { call.answer(LineReceipt(.unavailable)) }
    state.unconfirmed = []
    state.calls = []
    state.taken = 0
  }

  /// Writes the pieces that were taken, until there is no batch to write to.
  private func writeCalls(_ state: inout State) {
    while state.taken < state.calls.count {
      // Rather than take lines that would be shed.
      if state.writer.isFull {
        state.calls[state.taken].answer(LineReceipt(.unavailable))
        state.taken += 1
        continue
      }
      if let batch = state.batch, batch.records.room < Limits.recordBytesPerDatagram || batch.segment != control.segment
      {
        if state.hasContent { handOver(&state) } else { begin(batch, &state) }
      }
      guard hasBatch(&state), let batch = state.batch else { break }
      let call = state.calls[state.taken]
      state.taken += 1
      let receipt = state.writer.take(call.piece, arrivalNanos: Clock.realtimeNanos(), into: batch)
      state.hasContent = true
      // Without its lines: they are in the batch.
      var waiting = call
      waiting.piece.bytes = []
      state.unconfirmed.append((waiting, receipt, batch.sequence))
    }
    state.calls.removeFirst(state.taken)
    state.taken = 0
  }

  /// Takes an empty batch, if it has none: the committer gives each back, whatever became of it.
  private func hasBatch(_ state: inout State) -> Bool {
    if state.batch != nil { return true }
    guard let batch = exchange.empty.pop() else { return false }
    batch.sequence = state.nextSequence
    state.nextSequence += 1
    begin(batch, &state)
    return true
  }

  private func begin(_ batch: Batch, _ state: inout State) {
    state.writer.begin(batch, segment: control.segment)
    state.hasContent = false
    state.batch = batch
  }

  private func handOver(_ state: inout State) {
    guard let batch = state.batch else { return }
    state.batch = nil
    state.hasContent = false
    state.writer.noteHandedOver()
    state.announcedSegment = batch.segment
    // The ring holds as many as there are batches, so there is room.
    let queued = exchange.full.push(batch)
    precondition(queued, "BUG: more batches than the ring holds")
    exchange.committerWakeUp.signal()
  }

  /// Takes the committer's words to those who wait.
  private func confirm(_ state: inout State) {
    while let word = exchange.words.pop() {
      var known = 0
      while known < state.unconfirmed.count, state.unconfirmed[known].sequence <= word.sequence {
        let entry = state.unconfirmed[known]
        entry.call.answer(word.isCommitted ? entry.receipt : LineReceipt(.unavailable))
        known += 1
      }
      state.unconfirmed.removeFirst(known)
    }
  }
}

extension WriteLane.State {
  /// Whether every call has its answer.
  fileprivate var isDone: Bool { calls.isEmpty && unconfirmed.isEmpty }
}
