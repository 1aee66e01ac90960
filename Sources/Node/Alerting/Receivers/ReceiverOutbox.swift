import Cryptography
import Primitives
import Synchronization
import Sys

/// What one receiver has yet to be told, on disk: appended and made durable before it counts as told, removed when it was
/// delivered. It survives whatever ends the process.
///
/// Marks of what was delivered stand in the newest file, so files go from the oldest on.
final class ReceiverOutbox: Sendable {
  /// Why something was given up. Raw values are the metric's labels.
  enum Surrender: String, CaseIterable, Sendable {
    /// It was not delivered within a day.
    case expired
    /// More waited than may.
    case overflow
    /// It stood in a line that was damaged.
    case damaged
    /// The receiver will never take it, and said so.
    case refused
  }

  struct Facts: Sendable {
    var pending = 0
    var delivered: UInt64 = 0
    var failures: UInt64 = 0
    var givenUp: [Surrender: UInt64] = [:]
    var fault: String?
    /// What somebody should know, by what it is about.
    var remarks: [String: String] = [:]
  }

  fileprivate struct Entry {
    var delivery: OutboxDelivery
    var file: UInt64
    /// With which others it is sent; nil until that is settled.
    var group: String?
    /// Who of several needs it no more.
    var told: Set<String> = []
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
    var replayed = Replayed()
    for number in try files.numbers() {
      let (lines, damaged, byteCount) = try files.lines(number)
      if damaged > 0 { found.facts.givenUp[.damaged, default: 0] += UInt64(damaged) }
      found.files[number] = (0, byteCount)
      for line in lines { replayed.take(line, of: number) }
      found.nextNumber = number + 1
    }
    found.entries = replayed.entries.compactMap { $0 }
    for entry in found.entries { found.files[entry.file]?.live += 1 }
    found.known = Set(found.entries.map(\.delivery.id))
    found.held = found.known
    state = Mutex(found)
    state.withLock { removeFinished(&$0) }
  }

  /// What the lines of an outbox come to.
  private struct Replayed {
    var entries: [Entry?] = []
    private var places: [String: Int] = [:]

    mutating func take(_ line: OutboxLine, of file: UInt64) {
      if let add = line.add {
        // One whose mark was lost was told once more under its id, and stands there twice.
        if let place = places[add.id] { entries[place] = nil }
        places[add.id] = entries.count
        entries.append(Entry(delivery: add, file: file))
      }
      if let done = line.done, let place = places.removeValue(forKey: done) { entries[place] = nil }
      for place in line.of.compactMap({ places[$0] }) {
        if let group = line.group { entries[place]?.group = group }
        if let told = line.told { entries[place]?.told.formUnion(told) }
      }
    }
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
  func add(_ deliveries: [OutboxDelivery]) throws {
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
  func next(
    _ gathering: OutboxGathering, nowNanos: UnixNanos, monotonicNanos: Int64
  ) -> (batch: OutboxBatch?, waitNanos: Int64) {
    state.withLock { state in
      surrenderExpired(&state, nowNanos, monotonicNanos)
      var waitNanos = Nanos.perMinute
      var orders: Set<String> = []
      var place = 0
      while place < state.entries.count {
        let entry = state.entries[place]
        if state.held.contains(entry.delivery.id) {
          place += 1
          continue
        }
        if entry.group == nil, let windowNanos = gathering.windowNanos {
          let isFull = state.entries.count - place - state.held.count >= Limits.groupNotices
          let left = isFull ? 0 : Self.left(of: windowNanos, entry, nowNanos, monotonicNanos)
          if left > 0 { return (nil, min(waitNanos, left)) }
          form(&state, from: place)
        }
        // Without a group it is by itself.
        let group = state.entries[place].group
        let members = state.entries[place...].prefix {
          group == nil ? $0.delivery.id == entry.delivery.id : $0.group == group
        }
        let own = Set(members.map(\.delivery.order))
        if orders.isDisjoint(with: own) {
          if entry.nextNanos <= monotonicNanos {
            let batch = OutboxBatch(
              id: group ?? entry.delivery.id, deliveries: members.map(\.delivery), doneParts: entry.told)
            return (batch, 0)
          }
          waitNanos = min(waitNanos, entry.nextNanos - monotonicNanos)
        }
        if group != nil && gathering.isStrict { return (nil, waitNanos) }
        orders.formUnion(own)
        place = members.endIndex
      }
      return (nil, waitNanos)
    }
  }

  /// How long the first of a group still waits for others. What an earlier process had waits no longer than it would have.
  private static func left(
    of windowNanos: Int64, _ entry: Entry, _ nowNanos: UnixNanos, _ monotonicNanos: Int64
  ) -> Int64 {
    let (age, overflow) = nowNanos.subtractingReportingOverflow(entry.delivery.created)
    let left = windowNanos - (monotonicNanos - (entry.sinceNanos ?? monotonicNanos))
    // A clock that was set back makes nobody wait longer.
    return overflow || age < 0 ? left : min(left, windowNanos - age)
  }

  /// Makes one group of the oldest that have none, as many as may be, and keeps which they are: after a kill the same ones
  /// are sent once more under the same id.
  private func form(_ state: inout State, from first: Int) {
    var (end, byteCount) = (first, 0)
    while end < state.entries.count, end - first < Limits.groupNotices {
      let entry = state.entries[end]
      byteCount += entry.delivery.body.utf8.count
      let isOver = end > first && byteCount > Limits.groupBytes
      if isOver || entry.group != nil || state.held.contains(entry.delivery.id) { break }
      end += 1
    }
    let ids = state.entries[first..<end].map(\.delivery.id)
    let id = Self.groupID(ids)
    for place in first..<end { state.entries[place].group = id }
    write(OutboxLine(group: id, of: ids), isDurable: true, &state)
  }

  static func groupID(_ ids: [String]) -> String {
    let digest = DigestAlgorithm.sha256.digest(Array(ids.joined(separator: "\n").utf8))
    // Every build of libcrypto has it.
    return Hexadecimal.text((digest ?? []).prefix(16))
  }

  /// A mark that fails to be written is named; what it says is told a second time after a kill at the worst.
  private func write(_ line: OutboxLine, isDurable: Bool, _ state: inout State) {
    do {
      let target = try current(&state)
      try append(OutboxLine.bytes(line), to: target, &state)
      if isDurable { try target.file.synchronizeData() }
    } catch {
      state.facts.fault = "cannot write outbox \(files.directory): \(error)"
    }
  }

  /// Takes what became of a batch: what was taken, or never will be, is gone; the rest is tried again after a while.
  func settle(_ batch: OutboxBatch, _ outcome: SendOutcome, monotonicNanos: Int64) {
    state.withLock { state in
      for (subject, remark) in outcome.remarks { note(remark, of: subject, &state) }
      state.facts.delivered += UInt64(outcome.taken.count)
      state.facts.fault = outcome.failure
      surrender(outcome.refused, .refused, &state)
      let rest = batch.ids.subtracting(outcome.taken).subtracting(outcome.refused)
      let told = outcome.doneParts.subtracting(batch.doneParts)
      if !rest.isEmpty && !told.isEmpty {
        for place in state.entries.indices where rest.contains(state.entries[place].delivery.id) {
          state.entries[place].told.formUnion(told)
        }
        write(OutboxLine(told: told.sorted(), of: rest.sorted()), isDurable: true, &state)
      }
      if !outcome.taken.isEmpty { drop(outcome.taken, &state) }
      if outcome.failure != nil { state.facts.failures += 1 }
      if !rest.isEmpty { postpone(rest, monotonicNanos, &state) }
    }
  }

  /// What failed is tried at once: whoever is told has other settings by now.
  func hurry() {
    state.withLock { state in
      for place in state.entries.indices { (state.entries[place].nextNanos, state.entries[place].attempts) = (0, 0) }
      state.facts.remarks = [:]
    }
  }

  /// Something that is no delivery failed, or is well again.
  func note(fault: String?) {
    state.withLock { state in
      state.facts.fault = fault
      if fault != nil { state.facts.failures += 1 }
    }
  }

  private func note(_ remark: String?, of subject: String, _ state: inout State) {
    if remark != nil, state.facts.remarks[subject] == nil, state.facts.remarks.count >= Limits.receiverRemarks {
      return
    }
    state.facts.remarks[subject] = remark
  }

  /// They are tried again after a while that doubles each time, and differs so that receivers are not hit by all at once.
  private func postpone(_ ids: Set<String>, _ monotonicNanos: Int64, _ state: inout State) {
    var random = Randomness()
    var dueNanos: Int64?
    for place in state.entries.indices where ids.contains(state.entries[place].delivery.id) {
      let doubled = Self.firstPauseNanos << Int64(min(state.entries[place].attempts, 12))
      let pause = min(doubled, Self.longestPauseNanos)
      // A group is due at one time.
      let due = dueNanos ?? monotonicNanos + Int64.random(in: pause / 2...pause, using: &random)
      dueNanos = due
      state.entries[place].attempts += 1
      state.entries[place].nextNanos = due
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
    let ids = ids.intersection(state.entries.map(\.delivery.id))
    if ids.isEmpty { return }
    state.facts.givenUp[reason, default: 0] += UInt64(ids.count)
    drop(ids, &state)
  }
}
