import Primitives
import Synchronization

/// Lets so many questions in at a time; the others wait in order, not too many and not for too long.
final class QuestionGate: Sendable {
  private let atOnce: Int
  private let waitingAtMost: Int
  private let patience: Duration
  private let state = Mutex(State())

  private struct Waiter: Sendable {
    var number: UInt64
    var presence: ClientPresence
    var wakeUp: CheckedContinuation<Turn, Never>
  }

  private struct State {
    var running = 0
    var waiting: [Waiter] = []
    var nextNumber: UInt64 = 0
    var refused: UInt64 = 0
    var abandoned: UInt64 = 0
  }

  private enum Turn: Sendable {
    case come, tooLong, abandoned
  }

  init(
    atOnce: Int, waitingAtMost: Int = Limits.waitingQuestions,
    patience: Duration = .seconds(Limits.questionPatienceSeconds)
  ) {
    self.atOnce = atOnce
    self.waitingAtMost = waitingAtMost
    self.patience = patience
  }

  var runningCount: Int { state.withLock { $0.running } }
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Waits for a turn. Whoever was let in must `leave`.
  ///
  /// - Throws: `APIProblem.busy` if too many wait, or it took too long; `APIProblem.abandoned` if the client has gone.
  func enter(_ presence: ClientPresence) async throws {
    if takesTurn() { return }
    let number = state.withLock { state in
      state.nextNumber += 1
      return state.nextNumber
    }
    let timeLimit = Task { [patience] in
      try await Task.sleep(for: patience)
      wake(number, .tooLong)
    }
    let turn = await withCheckedContinuation { continuation in
      wait(Waiter(number: number, presence: presence, wakeUp: continuation))
    }
    timeLimit.cancel()
    switch turn {
    case .come: return
    case .tooLong: throw APIProblem.busy
    case .abandoned: throw APIProblem.abandoned
    }
  }

  /// Takes a turn that nobody waits for: nearly always there is one.
  private func takesTurn() -> Bool {
    state.withLock { state in
      if state.running >= atOnce || !state.waiting.isEmpty { return false }
      state.running += 1
      return true
    }
  }

  /// Answers at once if there is a turn or no place to wait.
  private func wait(_ waiter: Waiter) {
    let (turn, left) = state.withLock { state -> (Turn?, [Waiter]) in
      if state.running < atOnce && state.waiting.isEmpty {
        state.running += 1
        return (.come, [])
      }
      // Whose clients have gone make room.
      let left = state.waiting.filter(\.presence.isGone)
      if !left.isEmpty { state.waiting.removeAll(where: \.presence.isGone) }
      state.abandoned += UInt64(left.count)
      if state.waiting.count >= waitingAtMost {
        state.refused += 1
        return (.tooLong, left)
      }
      state.waiting.append(waiter)
      return (nil, left)
    }
    for waiter in left { waiter.wakeUp.resume(returning: .abandoned) }
    if let turn { waiter.wakeUp.resume(returning: turn) }
  }

  /// Ends the waiting of one that still waits.
  private func wake(_ number: UInt64, _ turn: Turn) {
    let waiter = state.withLock { state -> Waiter? in
      guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
      state.refused += 1
      return state.waiting.remove(at: place)
    }
    waiter?.wakeUp.resume(returning: turn)
  }

  /// Gives the turn to whoever waits for longest and is still there.
  func leave() {
    let (next, left) = state.withLock { state -> (Waiter?, [Waiter]) in
      var left: [Waiter] = []
      while !state.waiting.isEmpty {
        let waiter = state.waiting.removeFirst()
        if !waiter.presence.isGone { return (waiter, left) }
        state.abandoned += 1
        left.append(waiter)
      }
      state.running -= 1
      return (nil, left)
    }
    next?.wakeUp.resume(returning: .come)
    for waiter in left { waiter.wakeUp.resume(returning: .abandoned) }
  }

  /// - Parameter kind: what the questions are called.
  func samples(_ kind: String) -> (running: Metric.Sample, waiting: Metric.Sample, refused: Metric.Sample) {
    let (running, waiting, refused) = state.withLock { ($0.running, $0.waiting.count, $0.refused) }
    let labels = [(name: "kind", value: kind)]
    return (
      Metric.Sample(Double(running), labels: labels), Metric.Sample(Double(waiting), labels: labels),
      Metric.Sample(Double(refused), labels: labels)
    )
  }
}
