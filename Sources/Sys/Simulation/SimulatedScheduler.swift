import CLinux
import Primitives
import Synchronization

/// The threads of a simulated machine: each is a real one, and one of them runs at a time.
///
/// A thread runs until it waits: for an event, for its sockets, for another thread, or for time to go by. Then one of those
/// that may go on is chosen by the machine's randomness. If none may, time goes on to the first deadline. So a run is the
/// same each time, and what is between two waits cannot be interrupted.
final class SimulatedScheduler: Sendable {
  /// What a thread waits for. All but `time` may have a deadline.
  enum Condition: Sendable {
    case time
    case readable(Int32)
    case poller(Int32)
    case end(of: Int)
  }

  private struct Entry: Sendable {
    var name: String
    /// The real event on which its thread sleeps while others run.
    var baton: Int32
    var condition: Condition?
    var deadlineNanos: Int64?
    var isOver = false
  }

  private struct State: Sendable {
    var entries: [Entry] = []
    var running = 0
  }

  private let state = Mutex(State())

  init() {
    state.withLock { $0.entries = [Entry(name: "main", baton: Self.makeBaton())] }
  }

  deinit {
    for entry in state.withLock({ $0.entries }) { _ = clinux_close(entry.baton) }
  }

  private static func makeBaton() -> Int32 {
    let descriptor = clinux_eventfd()
    precondition(descriptor >= 0, "FATAL: cannot make event: out of descriptors")
    return descriptor
  }

  // MARK: threads

  /// Makes a place for a thread, which may run as soon as another one waits.
  func add(_ name: String) -> Int {
    state.withLock { state in
      state.entries.append(Entry(name: name, baton: Self.makeBaton()))
      return state.entries.count - 1
    }
  }

  /// First in a new thread: waits for its turn.
  func begin(_ thread: Int) { sleep(until: thread) }

  /// Last in a thread: lets another one go on.
  func finish(_ thread: Int, on machine: SimulatedMachine) {
    state.withLock { $0.entries[thread].isOver = true }
    if let next = choose(on: machine) { wake(next) }
  }

  /// Threads that are not over, without the one of the test.
  var alive: [String] { state.withLock { $0.entries.dropFirst().filter { !$0.isOver }.map(\.name) } }

  // MARK: waiting

  /// Lets others run until the condition holds, or the time limit; below 0 there is none. Whether it holds.
  func wait(for condition: Condition, timeoutNanos: Int64, on machine: SimulatedMachine) -> Bool {
    // A wait takes time, or one that looks again and again would keep time from going on.
    let (end, isNever) = machine.monotonicNanos.addingReportingOverflow(max(timeoutNanos, Nanos.perMicrosecond))
    let deadline = timeoutNanos < 0 || isNever ? nil : end
    let own = state.withLock { state in
      state.entries[state.running].condition = condition
      state.entries[state.running].deadlineNanos = deadline
      return state.running
    }
    guard let next = choose(on: machine) else {
      // Nobody can change what it waits for.
      state.withLock { $0.entries[own].condition = nil }
      return isMet(condition, on: machine)
    }
    if next != own {
      wake(next)
      sleep(until: own)
    }
    return isMet(condition, on: machine)
  }

  private func isMet(_ condition: Condition, on machine: SimulatedMachine) -> Bool {
    switch condition {
    case .time: true
    case .readable(let descriptor): machine.network.isReadable(descriptor)
    case .poller(let poller): !machine.network.ready(poller).isEmpty
    case .end(let thread): state.withLock { $0.entries[thread].isOver }
    }
  }

  /// Chooses who goes on; nil if all wait for each other.
  private func choose(on machine: SimulatedMachine) -> Int? {
    while true {
      let entries = state.withLock { $0.entries }
      let now = machine.monotonicNanos
      var ready: [Int] = []
      var firstDeadline: Int64?
      for (number, entry) in entries.enumerated() where !entry.isOver {
        guard let condition = entry.condition else {
          ready.append(number)
          continue
        }
        if let deadline = entry.deadlineNanos {
          if deadline <= now {
            ready.append(number)
            continue
          }
          firstDeadline = min(firstDeadline ?? .max, deadline)
        }
        if case .time = condition { continue }
        if isMet(condition, on: machine) { ready.append(number) }
      }
      if !ready.isEmpty {
        let next = ready.count == 1 ? ready[0] : ready[Int(machine.randomWord() % UInt64(ready.count))]
        state.withLock { state in
          state.running = next
          state.entries[next].condition = nil
        }
        return next
      }
      guard let firstDeadline else { return nil }
      machine.advance(nanos: firstDeadline - now)
    }
  }

  private func wake(_ thread: Int) {
    _ = clinux_eventfd_signal(state.withLock { $0.entries[thread].baton })
  }

  private func sleep(until thread: Int) {
    let baton = state.withLock { $0.entries[thread].baton }
    while clinux_eventfd_clear(baton) != 1 { _ = clinux_wait_ready(baton, 0, -1) }
  }
}
