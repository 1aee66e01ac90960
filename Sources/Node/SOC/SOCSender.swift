import Pipeline
import Primitives
import Synchronization
import Sys

/// The worker that sends what is in the outbox, in its order, and lets go of it when it was received.
///
/// What TCP has not acknowledged when a connection ends is sent again on the next one. So is what was acknowledged within the
/// last second before: the other side's kernel had it, and its program may not have read it. A message may therefore come
/// twice, and says by its `sequence` or `id` that it is the same.
final class SOCSender: Worker {
  let name = "soc"
  /// What is left of the processor.
  let niceness: Int32 = 10
  private let address: String
  private let outbox: SOCOutbox
  private let transport: any SOCTransport
  private let signal: WorkerSignal
  private let shown = Mutex(Facts())

  struct Facts: Sendable {
    var isConnected = false
    var failures: UInt64 = 0
    var fault: String?
  }

  static let settledNanos = Nanos.perSecond
  private static let lookNanos = 100 * Nanos.perMillisecond
  private static let restNanos = 5 * Nanos.perSecond
  private static let longestPauseNanos = 30 * Nanos.perSecond

  init(_ outbox: SOCOutbox, address: String, transport: any SOCTransport) throws(SystemError) {
    self.outbox = outbox
    self.address = address
    self.transport = transport
    signal = try WorkerSignal()
  }

  var facts: Facts { shown.withLock { $0 } }

  func wake() { signal.wake() }

  func stop() { signal.stop() }

  /// What it keeps from turn to turn.
  struct State {
    fileprivate var connection: (any SOCConnection)?
    /// Behind what was sent last.
    fileprivate var place = SOCOutbox.Place(file: 0, line: 0)
    /// Sent, and not let go of yet.
    fileprivate var flying: [Flight] = []
    fileprivate var pauseNanos: Int64 = 0
    fileprivate var retryNanos: Int64 = 0
  }

  fileprivate struct Flight {
    var end: SOCOutbox.Place
    var count: Int
    var byteCount: Int
    var acknowledgedNanos: Int64?
  }

  func run() {
    var state = State()
    while !signal.isStopping {
      let waitNanos = turn(&state)
      if waitNanos > 0 { signal.wait(timeoutNanos: waitNanos) }
    }
    state.connection?.close()
  }

  /// Sends what is due. Also for who runs a node in turns.
  ///
  /// - Returns: how long there is nothing to do.
  func turn(_ state: inout State) -> Int64 {
    let now = Clock.monotonicNanos()
    if let failure = state.connection?.failure { end(&state, failure, at: now) }
    guard let connection = state.connection else {
      if outbox.facts.pending == 0 { return Self.restNanos }
      if now < state.retryNanos { return state.retryNanos - now }
      return open(&state, at: now)
    }
    settle(&state, connection, at: now)
    do {
      let flyingBytes = state.flying.reduce(0) { $0 + $1.byteCount }
      if flyingBytes < Limits.socFlyingBytes, try send(&state, connection) { return 0 }
    } catch {
      end(&state, "\(error)", at: now)
      return 0
    }
    return state.flying.isEmpty ? Self.restNanos : Self.lookNanos
  }

  private func open(_ state: inout State, at now: Int64) -> Int64 {
    do {
      state.connection = try transport.open()
    } catch {
      end(&state, "\(error)", at: now)
      return max(1, state.retryNanos - now)
    }
    state.place = outbox.mark
    state.flying = []
    shown.withLock { facts in
      facts.isConnected = true
      facts.fault = nil
    }
    return 0
  }

  private func end(_ state: inout State, _ cause: String, at now: Int64) {
    state.connection?.close()
    state.connection = nil
    state.flying = []
    state.pauseNanos = min(max(Nanos.perSecond, state.pauseNanos * 2), Self.longestPauseNanos)
    state.retryNanos = now + state.pauseNanos
    shown.withLock { facts in
      facts.isConnected = false
      facts.failures += 1
      facts.fault = "cannot send to soc \(address): \(cause)"
    }
  }

  private func settle(_ state: inout State, _ connection: any SOCConnection, at now: Int64) {
    if state.flying.isEmpty { return }
    if connection.isAcknowledged {
      for index in state.flying.indices where state.flying[index].acknowledgedNanos == nil {
        state.flying[index].acknowledgedNanos = now
      }
    }
    let settled = state.flying.prefix { flight in
      flight.acknowledgedNanos.map { now - $0 >= Self.settledNanos } ?? false
    }
    guard let last = settled.last else { return }
    outbox.acknowledge(last.end, count: settled.reduce(0) { $0 + $1.count })
    state.flying.removeFirst(settled.count)
    state.pauseNanos = 0
  }

  /// Sends some; false if there is nothing.
  private func send(_ state: inout State, _ connection: any SOCConnection) throws -> Bool {
    let messages = try outbox.messages(from: max(state.place, outbox.mark))
    var bytes: [UInt8] = []
    var flight = Flight(end: state.place, count: 0, byteCount: 0)
    for (message, end) in messages where bytes.count < Limits.socSendBytes {
      bytes += message.frame
      flight.end = end
      flight.count += 1
    }
    if flight.count == 0 { return false }
    flight.byteCount = bytes.count
    try connection.send(bytes)
    state.place = flight.end
    state.flying.append(flight)
    return true
  }
}
