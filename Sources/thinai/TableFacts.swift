import Lagoon
import Primitives
import Synchronization
import Sys

/// What the tables in memory weigh, asked for by a thread of its own: who wants to know it waits a moment at the most,
/// and takes the last that is known where the tables are busy.
final class TableFacts: Sendable {
  private let state: Mutex<State>
  private let asked: WakeUp
  private let answered: WakeUp

  private struct State: Sendable {
    var facts: UnsealedTables.Facts
    var number: UInt64 = 0
  }

  private static let patienceNanos = 50 * Nanos.perMillisecond
  private static let roundNanos = Nanos.perSecond

  /// - Throws: `SystemError` if there is no thread for it.
  init(_ ask: @escaping @Sendable () -> UnsealedTables.Facts) throws(SystemError) {
    state = Mutex(State(facts: ask()))
    asked = try WakeUp()
    answered = try WakeUp()
    _ = try SystemThread.start(name: "facts") { [weak self] in
      while true {
        let facts = ask()
        guard let self else { return }
        state.withLock { state in
          state.facts = facts
          state.number += 1
        }
        answered.signal()
        _ = asked.wait(timeoutNanos: Self.roundNanos)
      }
    }
  }

  /// As they are now, or were a moment ago. One asks at a time.
  func latest() -> UnsealedTables.Facts {
    let before = state.withLock { $0.number }
    asked.signal()
    let deadline = Clock.monotonicNanos() + Self.patienceNanos
    while state.withLock({ $0.number }) == before {
      let left = deadline - Clock.monotonicNanos()
      if left <= 0 { break }
      _ = answered.wait(timeoutNanos: left)
    }
    return state.withLock { $0.facts }
  }
}
