import Hummingbird
import Lagoon
import Logging
import NIOPosix
import Primitives
import Synchronization

/// Keeps all subscribers of the stream: asks once a second what is new, for all of them, and hands it on.
final class StreamHub: Sendable {
  let model: any ReadModel
  let directories: DirectoryCache
  let threads: NIOThreadPool
  private let state = Mutex(State())
  private let logger: Logger

  struct State {
    /// Those that were told everything before `version`, and get what comes.
    var live: [ObjectIdentifier: StreamSubscriber] = [:]
    /// All, with those that catch up.
    var members: [ObjectIdentifier: StreamSubscriber] = [:]
    var version: Int64 = 0
    /// Answers that were begun, or are about to be.
    var slots = 0
    var dropped: UInt64 = 0
    var questions: UInt64 = 0
    var isStopped = false
    /// What live subscribers were told last that could not be read.
    var missing: [MissingTable] = []
  }

  private static let period = Duration.seconds(1)
  private static let heartbeatPeriod = Duration.seconds(15)

  init(_ model: any ReadModel, directories: DirectoryCache, threads: NIOThreadPool) {
    self.model = model
    self.directories = directories
    self.threads = threads
    logger = Logger(label: "thinai.stream")
  }

  /// Takes a place among the subscribers.
  ///
  /// - Throws: `APIProblem` if there is none.
  func takeSlot() throws(APIProblem) {
    let problem: APIProblem? = state.withLock { state in
      if state.isStopped { return APIProblem.stopping }
      if state.slots >= Limits.streams { return APIProblem.tooManyStreams(Limits.streams) }
      state.slots += 1
      return nil
    }
    if let problem { throw problem }
  }

  func giveSlotBack() { state.withLock { $0.slots -= 1 } }

  /// Takes in a subscriber, which may have to catch up first. False if the streams have ended.
  func enter(_ subscriber: StreamSubscriber) -> Bool {
    state.withLock { state in
      if !state.isStopped { state.members[ObjectIdentifier(subscriber)] = subscriber }
      return !state.isStopped
    }
  }

  func leave(_ subscriber: StreamSubscriber) {
    state.withLock { state in
      state.members[ObjectIdentifier(subscriber)] = nil
      state.live[ObjectIdentifier(subscriber)] = nil
    }
  }

  /// The version up to which a subscriber has to know everything before it can be live. Blocks.
  func liveVersion() -> Int64 {
    // No table is asked for: what is told of time alone costs nothing.
    let settled = model.view(of: []).settledVersion
    return state.withLock { state in
      // Nobody was told anything since: what is asked for next begins now.
      if state.live.isEmpty { state.version = max(state.version, settled) }
      return state.version
    }
  }

  /// Makes a subscriber live that knows everything before `version`. False if that is too little by now.
  func join(_ subscriber: StreamSubscriber, at version: Int64) -> Bool {
    state.withLock { state in
      guard state.version == version, state.members[ObjectIdentifier(subscriber)] != nil else { return false }
      state.live[ObjectIdentifier(subscriber)] = subscriber
      return true
    }
  }

  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Asks and hands on until the task is cancelled.
  func run() async {
    let clock = ContinuousClock()
    var heartbeat = clock.now + Self.heartbeatPeriod
    var pause = Self.period
    while true {
      do { try await Task.sleep(for: pause) } catch { return }
      let began = clock.now
      let isBeat = began >= heartbeat
      if isBeat { heartbeat = began + Self.heartbeatPeriod }
      _ = try? await threads.runIfActive { [self] in
        letGo()
        handOn(withHeartbeat: isBeat)
      }
      // A question that takes long is asked less often, so that it never takes more than a fifth of the time.
      pause = max(Self.period, (clock.now - began) * 4)
    }
  }

  /// Ends all streams; there will be no more.
  func stop() {
    let members = state.withLock { state in
      state.isStopped = true
      return Array(state.members.values)
    }
    for member in members { member.stop() }
  }

  private func letGo() {
    for member in state.withLock({ Array($0.members.values) }) {
      if member.isStalled {
        drop(member)
      } else if member.isGone {
        member.drop()
      } else if !member.isStillAllowed() {
        member.finish()
      }
    }
  }

  private func drop(_ subscriber: StreamSubscriber) {
    let wasThere = state.withLock { state in
      state.live[ObjectIdentifier(subscriber)] = nil
      let wasThere = state.members.removeValue(forKey: ObjectIdentifier(subscriber)) != nil
      if wasThere { state.dropped += 1 }
      return wasThere
    }
    guard wasThere else { return }
    logger.warning("dropped stream subscriber \(subscriber.address): it does not read what it asked for")
    subscriber.drop()
  }

  /// Hands everybody what came since the last time.
  private func handOn(withHeartbeat isBeat: Bool) {
    if state.withLock({ $0.live.isEmpty }) { return }
    let settled = model.view(of: []).settledVersion
    // Whoever joins from here on knows what came before `to`; these do not.
    let (from, to, live) = state.withLock { state in
      let from = state.version
      state.version = max(from, settled)
      return (from, state.version, Array(state.live.values))
    }
    let groups = Dictionary(grouping: live, by: \.filter)
    do {
      let source = StreamSource(
        model: model, kinds: groups.keys.reduce(into: []) { $0.formUnion($1.kinds) }, mostItems: Limits.streamItems)
      var start = from
      while start < to {
        state.withLock { $0.questions += 1 }
        let found = try source.items(from: start, to: to)
        start = found.end
        tell(missing: found.missing, to: live)
        hand(found.items, to: groups)
      }
    } catch {
      var text = StreamText()
      text.append(problem(of: error))
      text.close()
      for subscriber in live {
        _ = subscriber.push(text)
        subscriber.finish()
      }
      return
    }
    if isBeat {
      var text = StreamText()
      text.append(standing: .version(to))
      text.close()
      for subscriber in live where !subscriber.push(text) { drop(subscriber) }
    }
  }

  /// Says which tables cannot be read, when that changes.
  private func tell(missing: [MissingTable], to live: [StreamSubscriber]) {
    let isNew = state.withLock { state in
      defer { state.missing = missing }
      return state.missing != missing
    }
    if !isNew || missing.isEmpty { return }
    var text = StreamText()
    text.append(missing: missing)
    text.close()
    for subscriber in live where !subscriber.push(text) { drop(subscriber) }
  }

  /// Writes the items once for each filter, however many subscribers have it.
  private func hand(_ items: [StreamItem], to groups: [StreamFilter: [StreamSubscriber]]) {
    if items.isEmpty { return }
    let directory = directories.directory(of: model)
    for (filter, subscribers) in groups {
      var text = StreamText()
      for item in items where filter.takes(item, directory: directory) { text.append(item) }
      text.close()
      if text.chunks.isEmpty { continue }
      for subscriber in subscribers where !subscriber.push(text) { drop(subscriber) }
    }
  }

  /// What a subscriber is told of a question that failed; the log has all of it.
  func problem(of error: any Error) -> APIProblem {
    logger.error("cannot send changes to stream subscribers: \(error)")
    return APIProblem(ofStream: error)
  }

  var metrics: [Metric] {
    let (count, questions, dropped) = state.withLock { ($0.members.count, $0.questions, $0.dropped) }
    return [
      Metric("thinai_stream_subscribers", help: "Clients of /v1/stream.", kind: .gauge, value: Double(count)),
      Metric(
        "thinai_stream_questions_total", help: "Questions for all clients of /v1/stream together.", kind: .counter,
        value: Double(questions)),
      Metric(
        "thinai_stream_dropped_total", help: "Clients of /v1/stream that did not read and were dropped.",
        kind: .counter, value: Double(dropped)),
    ]
  }
}
