import Primitives
import Synchronization
import Sys

/// The memory of questions that are worked on and of answers that are being sent. Where it is short, clients that do not
/// read lose theirs first.
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

  /// What one question keeps on its way, and its answer as it is sent; given back when nobody refers to it any more.
  final class Hold: Sendable {
    private let memory: AnswerMemory
    fileprivate let presence: ClientPresence
    init(_ memory: AnswerMemory, _ presence: ClientPresence) {
      self.memory = memory
      self.presence = presence
    }
    deinit { memory.giveBack(ObjectIdentifier(self)) }

    /// Makes it so large, or leaves it as it is where there is no room.
    func resize(to byteCount: Int) -> Bool { memory.resize(self, to: byteCount) }

    /// Makes it that large at least, some more at a time.
    func grow(to byteCount: Int) -> Bool { memory.grow(self, to: byteCount) }
  }

  /// What a question holds before it holds anything.
  func hold(for presence: ClientPresence) -> Hold { Hold(self, presence) }

  private func grow(_ hold: Hold, to byteCount: Int) -> Bool {
    if byteCount < Self.stepBytes / 2 { return true }
    let known = state.withLock { $0.holds[ObjectIdentifier(hold)]?.byteCount ?? 0 }
    // Arrays that grow hold twice what is in them for a moment.
    return known >= byteCount || resize(hold, to: byteCount + max(byteCount / 2, Self.stepBytes))
  }

  private static let stepBytes = 4 << 20

  /// One alone always has room, however large: nothing would ever answer it otherwise.
  private func resize(_ hold: Hold, to byteCount: Int) -> Bool {
    let now = Clock.monotonicNanos()
    let key = ObjectIdentifier(hold)
    let (hasRoom, leaving) = state.withLock { state in
      let own = state.holds[key]?.byteCount ?? 0
      func fits(_ state: State) -> Bool {
        state.usedBytes == own || byteCount <= own || state.usedBytes - own + byteCount <= limitBytes
      }
      var leaving: [ClientPresence] = []
      if !fits(state) { leaving = Self.makeRoom(for: byteCount - own, limitBytes, &state, but: key, at: now) }
      // Those who were told to leave are counted out: they hold what they have for a moment only.
      guard fits(state) else {
        state.refused += 1
        return (false, leaving)
      }
      state.usedBytes += byteCount - own
      state.holds[key] = Held(byteCount: byteCount, presence: hold.presence)
      return (true, leaving)
    }
    for presence in leaving { presence.disconnect() }
    return hasRoom
  }

  /// Lets go of answers that are not read, those first that stand for longest.
  private static func makeRoom(
    for byteCount: Int, _ limit: Int, _ state: inout State, but own: ObjectIdentifier, at now: Int64
  ) -> [ClientPresence] {
    let least = Int64(Limits.stalledClientSecondsInNeed) * Nanos.perSecond
    let stalled = state.holds.filter { $0.key != own && $0.value.presence.stalledNanos(at: now) >= least }
      .sorted { $0.value.presence.stalledNanos(at: now) > $1.value.presence.stalledNanos(at: now) }
    var leaving: [ClientPresence] = []
    for (key, held) in stalled {
      if state.usedBytes + byteCount <= limit { break }
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
