import Primitives
import Synchronization
import Sys

/// The memory of answers that are being sent. Where it is short, clients that do not read lose theirs first.
final class AnswerMemory: Sendable {
  let limitBytes: Int
  private let state = Mutex(State())

  struct State {
    var usedBytes = 0
    var holds: [ObjectIdentifier: Held] = [:]
    var refused: UInt64 = 0
  }

  struct Held {
    var byteCount: Int
    var presence: ClientPresence
  }

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  var usedBytes: Int { state.withLock { $0.usedBytes } }

  /// What one answer keeps; given back when nobody refers to it any more.
  final class Hold: Sendable {
    private let memory: AnswerMemory
    init(_ memory: AnswerMemory) { self.memory = memory }
    deinit { memory.giveBack(ObjectIdentifier(self)) }
  }

  /// Takes room for an answer. One alone always has it, however large: nothing would ever answer it otherwise.
  ///
  /// - Throws: `APIProblem.memoryShort`.
  func take(_ byteCount: Int, for presence: ClientPresence) throws(APIProblem) -> Hold {
    let hold = Hold(self)
    let now = Clock.monotonicNanos()
    let (isTaken, leaving) = state.withLock { state in
      if state.usedBytes == 0 || state.usedBytes + byteCount <= limitBytes {
        Self.note(hold, byteCount, presence, &state)
        return (true, [ClientPresence]())
      }
      let leaving = Self.makeRoom(for: byteCount, limitBytes, &state, at: now)
      // Those who were told to leave are counted out: they hold what they have for a moment only.
      let hasRoom = state.usedBytes == 0 || state.usedBytes + byteCount <= limitBytes
      if hasRoom { Self.note(hold, byteCount, presence, &state) } else { state.refused += 1 }
      return (hasRoom, leaving)
    }
    for presence in leaving { presence.disconnect() }
    if !isTaken { throw APIProblem.memoryShort }
    return hold
  }

  private static func note(_ hold: Hold, _ byteCount: Int, _ presence: ClientPresence, _ state: inout State) {
    state.usedBytes += byteCount
    state.holds[ObjectIdentifier(hold)] = Held(byteCount: byteCount, presence: presence)
  }

  /// Lets go of answers that are not read, those first that stand for longest.
  private static func makeRoom(
    for byteCount: Int, _ limit: Int, _ state: inout State, at now: Int64
  ) -> [ClientPresence] {
    let least = Int64(Limits.stalledClientSecondsInNeed) * Nanos.perSecond
    let stalled = state.holds.filter { $0.value.presence.stalledNanos(at: now) >= least }
      .sorted { $0.value.presence.stalledNanos(at: now) > $1.value.presence.stalledNanos(at: now) }
    var leaving: [ClientPresence] = []
    for (key, held) in stalled {
      if state.usedBytes == 0 || state.usedBytes + byteCount <= limit { break }
      state.holds[key] = nil
      state.usedBytes -= held.byteCount
      leaving.append(held.presence)
    }
    return leaving
  }

  private func giveBack(_ hold: ObjectIdentifier) {
    state.withLock { state in
      if let held = state.holds.removeValue(forKey: hold) { state.usedBytes -= held.byteCount }
    }
  }

  var metrics: [Metric] {
    let (used, refused) = state.withLock { ($0.usedBytes, $0.refused) }
    return [
      Metric(
        "thinai_http_answer_bytes", help: "Memory of answers that are being sent.", kind: .gauge, value: Double(used)),
      Metric(
        "thinai_http_answers_refused_total", help: "Answers that there was no memory for.", kind: .counter,
        value: Double(refused)),
    ]
  }
}
