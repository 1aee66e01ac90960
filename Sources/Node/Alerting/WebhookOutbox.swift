import Primitives
import Synchronization
import Sys

/// What one receiver has yet to be told, on disk: appended and made durable before it counts as told, removed when it was
/// delivered. It survives whatever ends the process.
///
/// Marks of what was delivered stand in the newest file, so files go from the oldest on.
final class WebhookOutbox: Sendable {
  /// Why something was given up. Raw values are the metric's labels.
  enum Surrender: String, CaseIterable, Sendable {
    /// It was not delivered within a day.
    case expired
    /// More waited than may.
    case overflow
    /// It stood in a line that was damaged.
    case damaged
  }

  struct Facts: Sendable {
    var pending = 0
    var delivered: UInt64 = 0
    var failures: UInt64 = 0
    var givenUp: [Surrender: UInt64] = [:]
    var fault: String?
  }

  private struct Entry {
    var delivery: WebhookDelivery
    var file: UInt64
    var attempts = 0
    /// By the monotonic clock.
    var nextNanos: Int64 = 0
    /// When this process had it first, by the monotonic clock; nil until it is looked at.
    var sinceNanos: Int64?
  }

  private struct State {
    var entries: [Entry] = []
    /// Not to be sent yet: whoever added them has not noted that it did.
    var held: Set<String> = []
    /// What waits, and what was delivered lately: it is not taken a second time.
    var known: Set<String> = []
    var delivered: [String] = []
    /// Live deliveries by file, and each file's length.
    var files: [UInt64: (live: Int, byteCount: Int)] = [:]
    var current: (number: UInt64, file: File)?
    var nextNumber: UInt64 = 1
    var facts = Facts()
  }

  static let keptNanos = Nanos.perDay
  private static let firstPauseNanos = Nanos.perSecond
  private static let longestPauseNanos = 5 * Nanos.perMinute
  private let files: OutboxFiles
  private let state: Mutex<State>

  /// Reads what an earlier run left, which is not sent before `release` either.
  init(directory: String) throws(SystemError) {
    try FileSystem.createDirectories(directory)
    files = OutboxFiles(directory: directory)
    var found = State()
    for number in try files.numbers() {
      let (lines, damaged, byteCount) = try files.lines(number)
      if damaged > 0 { found.facts.givenUp[.damaged, default: 0] += UInt64(damaged) }
      found.files[number] = (0, byteCount)
      for line in lines {
        if let add = line.add { found.entries.append(Entry(delivery: add, file: number)) }
        if let done = line.done { found.entries.removeAll { $0.delivery.id == done } }
      }
      found.nextNumber = number + 1
    }
    for entry in found.entries { found.files[entry.file]?.live += 1 }
    found.known = Set(found.entries.map(\.delivery.id))
    found.held = found.known
    state = Mutex(found)
    state.withLock { removeFinished(&$0) }
  }

  var facts: Facts {
    state.withLock { state in
      var facts = state.facts
      facts.pending = state.entries.count
      return facts
    }
  }

  // MARK: adding

  /// Makes deliveries durable; those that are there already are left alone. They are sent after `release`.
  func add(_ deliveries: [WebhookDelivery]) throws {
    try state.withLock { state in
      let new = deliveries.filter { !state.known.contains($0.id) }
      if new.isEmpty { return }
      let file = try current(&state)
      let bytes = new.flatMap { OutboxLine.bytes(OutboxLine(add: $0)) }
      try append(bytes, to: file, &state)
      try file.file.synchronizeData()
      for delivery in new {
        state.entries.append(Entry(delivery: delivery, file: file.number))
        state.known.insert(delivery.id)
        state.held.insert(delivery.id)
        state.files[file.number]?.live += 1
      }
      surrenderOverflow(&state)
    }
  }

  /// Lets go of everything that was added.
  func release() {
    state.withLock { $0.held = [] }
  }

  private func current(_ state: inout State) throws -> (number: UInt64, file: File) {
    if let current = state.current, (state.files[current.number]?.byteCount ?? 0) < Limits.outboxFileBytes {
      return current
    }
    let number = state.nextNumber
    let file = try File(files.path(number), .append)
    try FileSystem.synchronizeDirectory(files.directory)
    state.nextNumber += 1
    state.files[number] = (0, 0)
    state.current = (number, file)
    return (number, file)
  }

  /// What of a failed write is in the file is cut off, and if that fails too another file is begun.
  private func append(_ bytes: [UInt8], to target: (number: UInt64, file: File), _ state: inout State) throws {
    let before = state.files[target.number]?.byteCount ?? 0
    do throws(SystemError) {
      try target.file.write(all: bytes)
      state.files[target.number]?.byteCount = before + bytes.count
    } catch {
      if (try? target.file.truncate(to: before)) == nil { state.current = nil }
      throw error
    }
  }

  // MARK: sending

  /// What is to be sent now, or how long there is nothing: the oldest that is due and follows on nothing undelivered.
  func next(nowNanos: UnixNanos, monotonicNanos: Int64) -> (delivery: WebhookDelivery?, waitNanos: Int64) {
    state.withLock { state in
      surrenderExpired(&state, nowNanos, monotonicNanos)
      var waitNanos = Nanos.perMinute
      var orders: Set<String> = []
      for entry in state.entries where !state.held.contains(entry.delivery.id) {
        guard orders.insert(entry.delivery.order).inserted else { continue }
        if entry.nextNanos <= monotonicNanos { return (entry.delivery, 0) }
        waitNanos = min(waitNanos, entry.nextNanos - monotonicNanos)
      }
      return (nil, waitNanos)
    }
  }

  /// It was delivered.
  func finish(_ id: String) {
    state.withLock { state in
      state.facts.delivered += 1
      state.facts.fault = nil
      drop([id], &state)
    }
  }

  /// It was not: it is tried again after a while that doubles each time, and differs so that receivers are not hit by
  /// all at once.
  func postpone(_ id: String, cause: String, monotonicNanos: Int64) {
    state.withLock { state in
      state.facts.failures += 1
      state.facts.fault = cause
      guard let index = state.entries.firstIndex(where: { $0.delivery.id == id }) else { return }
      let doubled = Self.firstPauseNanos << Int64(min(state.entries[index].attempts, 12))
      var random = Randomness()
      let pause = min(doubled, Self.longestPauseNanos)
      state.entries[index].attempts += 1
      state.entries[index].nextNanos = monotonicNanos + Int64.random(in: pause / 2...pause, using: &random)
    }
  }

  // MARK: removing

  private func drop(_ ids: Set<String>, _ state: inout State) {
    for entry in state.entries where ids.contains(entry.delivery.id) { state.files[entry.file]?.live -= 1 }
    state.entries.removeAll { ids.contains($0.delivery.id) }
    state.held.subtract(ids)
    state.delivered += ids
    let excess = state.delivered.count - Limits.outboxEntries
    if excess > 0 {
      state.known.subtract(state.delivered.prefix(excess))
      state.delivered.removeFirst(excess)
    }
    if !state.entries.isEmpty {
      // Without the mark the next start would deliver it once more, under the same id.
      do {
        let target = try current(&state)
        try append(ids.sorted().flatMap { OutboxLine.bytes(OutboxLine(done: $0)) }, to: target, &state)
      } catch {
        state.facts.fault = "cannot write outbox \(files.directory): \(error)"
      }
    }
    removeFinished(&state)
  }

  private func removeFinished(_ state: inout State) {
    for number in state.files.keys.sorted() {
      guard state.files[number]?.live == 0 else { return }
      // The newest file holds the marks of what older ones hold.
      if number == state.current?.number {
        if !state.entries.isEmpty { return }
        state.current = nil
      }
      guard (try? FileSystem.unlink(files.path(number))) != nil else { return }
      state.files[number] = nil
    }
  }

  /// Gives up what is older than a day, and was tried for a day: a clock that is set wrong by years makes everything old at
  /// once, and would take alerts away that nobody was told of.
  private func surrenderExpired(_ state: inout State, _ nowNanos: UnixNanos, _ monotonicNanos: Int64) {
    for place in state.entries.indices where state.entries[place].sinceNanos == nil {
      state.entries[place].sinceNanos = monotonicNanos
    }
    let ids = state.entries.filter { entry in
      let tried = monotonicNanos - (entry.sinceNanos ?? monotonicNanos)
      let (age, overflow) = nowNanos.subtractingReportingOverflow(entry.delivery.created)
      return tried > Self.keptNanos && (overflow ? nowNanos > entry.delivery.created : age > Self.keptNanos)
    }.map(\.delivery.id)
    surrender(Set(ids), .expired, &state)
  }

  private func surrenderOverflow(_ state: inout State) {
    let excess = state.entries.count - Limits.outboxEntries
    if excess > 0 { surrender(Set(state.entries.prefix(excess).map(\.delivery.id)), .overflow, &state) }
    while let oldest = state.entries.first, state.files.values.reduce(0, { $0 + $1.byteCount }) > Limits.outboxBytes {
      surrender(Set(state.entries.filter { $0.file == oldest.file }.map(\.delivery.id)), .overflow, &state)
    }
  }

  private func surrender(_ ids: Set<String>, _ reason: Surrender, _ state: inout State) {
    if ids.isEmpty { return }
    state.facts.givenUp[reason, default: 0] += UInt64(ids.count)
    drop(ids, &state)
  }
}
