public import Lagoon
public import Pipeline
import Primitives
import Synchronization
import Sys

/// The worker that asks what the tables in memory weigh: who wants to know it waits a moment at the most, and takes the
/// last that is known where the tables are busy.
public final class TableFacts: Worker {
  public let name = "facts"
  private let tables: UnsealedTables
  private let state: Mutex<State>
  private let signal: WorkerSignal
  private let answered: WakeUp

  private struct State: Sendable {
    var facts: UnsealedTables.Facts
    var number: UInt64 = 0
  }

  private static let patienceNanos = 50 * Nanos.perMillisecond
  private static let roundNanos = Nanos.perSecond

  init(_ tables: UnsealedTables) throws(SystemError) {
    self.tables = tables
    state = Mutex(State(facts: tables.facts()))
    signal = try WorkerSignal()
    answered = try WakeUp()
  }

  public func run() {
    while !signal.isStopping {
      turn()
      signal.wait(timeoutNanos: Self.roundNanos)
    }
  }

  public func stop() { signal.stop() }

  /// Asks once. Also for who runs a node in turns.
  func turn() {
    let facts = tables.facts()
    state.withLock { state in
      state.facts = facts
      state.number += 1
    }
    answered.signal()
  }

  /// As they are now, or were a moment ago. One asks at a time.
  public func latest() -> UnsealedTables.Facts {
    let before = state.withLock { $0.number }
    signal.wake()
    let deadline = Clock.monotonicNanos() + Self.patienceNanos
    while state.withLock({ $0.number }) == before {
      let left = deadline - Clock.monotonicNanos()
      if left <= 0 { break }
      _ = answered.wait(timeoutNanos: left)
    }
    return state.withLock { $0.facts }
  }
}
