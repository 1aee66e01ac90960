import Access
import Lagoon
import Pipeline
import Primitives
import Synchronization
import Sys

/// The node's audit: takes a line of each request, gives it its place in the chain, makes it durable, and seals what is
/// durable into the table `audit`.
///
/// ```
/// append ──▶ queue ──turn──▶ <number>.lines, newest ──seal──▶ tables/audit
///            (memory)        (durable)                        (a commit with how far the chain is in it)
/// ```
/// A crash loses what was in the queue: lines of the last tenth of a second. What is in a file is sealed once, by the
/// transaction in the table's commit: lines that it covers are left out at the start.
final class AuditLog: AuditTrail, Worker {
  let name = "audit"
  private let settings: AuditSettings
  private let catalogue: Catalogue
  private let files: AuditFiles
  private let signal: WorkerSignal
  /// Who is told of lines that are durable; nil if nobody is.
  private let soc: SOCFeed?
  private let queue = Mutex(Queue())
  private let chain: Mutex<Chain>

  /// How long lines are gathered that are made durable together.
  private static let gatherNanos = 100 * Nanos.perMillisecond
  private static let retryNanos = Nanos.perSecond
  private static let expiryNanos = Nanos.perHour

  private struct Queue {
    var lines: [AuditLine] = []
    /// All that is in no part yet.
    var heldLines = 0
    var heldBytes = 0
    var refused: UInt64 = 0
    var unkept: UInt64 = 0
    var omitted: UInt64 = 0
  }

  private struct Chain {
    var end: AuditChain
    /// They have their place, and are not durable yet.
    var unwritten: [AuditRecord] = []
    /// They are durable, and in no part yet.
    var unsealed: [AuditRecord] = []
    /// The newest line that the security operations centre's outbox has.
    var told: Int64 = 0
    /// The last sequence of a seal that failed and may have been committed all the same: it is tried again as it was.
    var sealing: Int64?
    var current: (number: UInt64, file: File, byteCount: Int)?
    /// Files that nothing is appended to any more.
    var closed: [UInt64] = []
    var nextNumber: UInt64 = 1
    var anchor: AuditAnchor
    var facts = AuditFacts()
  }

  /// Reads what an earlier run left.
  init(_ catalogue: Catalogue, _ settings: AuditSettings, soc: SOCFeed? = nil) throws(SystemError) {
    self.catalogue = catalogue
    self.soc = soc
    self.settings = settings
    let files = AuditFiles(data: settings.data, node: settings.node)
    self.files = files
    signal = try WorkerSignal()
    let anchor = AuditAnchor(data: settings.data, node: settings.node)
    let newest = try anchor.read()
    let records = try files.records()
    let sealed = Int64(
      clamping: catalogue.table(.audit)?.segments[AuditTable.application(node: settings.node)] ?? 0)
    var end = AuditChain(node: settings.node)
    if let known = newest.newest {
      end = AuditChain(node: settings.node, sequence: known.sequence, hash: known.hash)
    }
    if let last = records.last, last.sequence >= end.sequence {
      end = AuditChain(node: settings.node, sequence: last.sequence, hash: last.hash)
    }
    var found = Chain(end: end, anchor: anchor)
    if newest.isDamaged { found.facts.startFault = "cannot read \(anchor.path): it is damaged" }
    if sealed > end.sequence {
      // Somebody took the files away. The chain goes on behind what the table has.
      let hash = Self.hash(of: sealed, node: settings.node, catalogue)
      found.end = AuditChain(node: settings.node, sequence: sealed, hash: hash ?? AuditRecord.origin)
      found.facts.startFault = "the audit's files in \(files.directory) are older than its table: see thinai verify"
    }
    found.unsealed = records.filter { $0.sequence > sealed }
    let numbers = try files.numbers()
    found.nextNumber = (numbers.last ?? 0) + 1
    // A crash came between the commit and their removal.
    found.closed = found.unsealed.isEmpty ? numbers.filter { (try? FileSystem.unlink(files.path($0))) == nil } : numbers
    let held = found.unsealed
    chain = Mutex(found)
    queue.withLock { queue in
      queue.heldLines = held.count
      queue.heldBytes = held.reduce(0) { $0 + $1.line.heldBytes }
    }
  }

  private static func hash(of sequence: Int64, node: String, _ catalogue: Catalogue) -> String? {
    guard let table = catalogue.table(.audit) else { return nil }
    for part in table.parts.sorted(by: { $0.newestTime > $1.newestTime }) {
      for slice in AuditTable.slices(of: part, precision: table.precision) {
        let records = (try? AuditTable.records(of: part, in: slice, catalogue)) ?? []
        if let found = records.first(where: { $0?.sequence == sequence && $0?.node == node }) { return found?.hash }
      }
    }
    return nil
  }

  // MARK: lines

  var hasRoom: Bool {
    queue.withLock { $0.heldLines < settings.mostLines && $0.heldBytes < Limits.auditBytes }
  }

  func noteUnkept(isAnswered: Bool) {
    queue.withLock { queue in
      if isAnswered { queue.unkept += 1 } else { queue.refused += 1 }
    }
  }

  func noteOmitted() { queue.withLock { $0.omitted += 1 } }

  func append(_ line: AuditLine) {
    let isFirst = queue.withLock { queue in
      queue.lines.append(line)
      queue.heldLines += 1
      queue.heldBytes += line.heldBytes
      return queue.lines.count == 1
    }
    // Later ones are gathered with it.
    if isFirst { signal.wake() }
  }

  func page(_ query: AuditQuery, check: () throws -> Void) throws -> AuditPage {
    turn()
    let unsealed = chain.withLock { $0.unsealed }
    return try AuditSearch(catalogue: catalogue, unsealed: unsealed).run(query, check: check)
  }

  // MARK: the worker

  func stop() { signal.stop() }

  func run() {
    var sealNanos = Clock.monotonicNanos() + settings.sealIntervalNanos
    var expiryNanos = Clock.monotonicNanos() + Nanos.perMinute
    while !signal.isStopping {
      let now = Clock.monotonicNanos()
      var waitNanos = max(0, min(sealNanos, expiryNanos) - now)
      if chain.withLock({ !$0.unwritten.isEmpty }) { waitNanos = min(waitNanos, Self.retryNanos) }
      signal.wait(timeoutNanos: waitNanos)
      if !signal.isStopping && queue.withLock({ !$0.lines.isEmpty }) { signal.wait(timeoutNanos: Self.gatherNanos) }
      turn()
      let isMuch = chain.withLock { $0.unsealed.count } >= Limits.auditLinesPerSeal
      if isMuch || Clock.monotonicNanos() >= sealNanos {
        seal()
        sealNanos = Clock.monotonicNanos() + settings.sealIntervalNanos
      }
      if Clock.monotonicNanos() >= expiryNanos {
        expire()
        expiryNanos = Clock.monotonicNanos() + Self.expiryNanos
      }
    }
    turn()
    seal()
  }

  /// Makes durable what waits. Any thread.
  func turn() {
    chain.withLock { chain in
      let lines = queue.withLock { queue in
        defer { queue.lines = [] }
        return queue.lines
      }
      for line in lines { chain.unwritten.append(chain.end.append(line)) }
      defer { tell(&chain) }
      guard let last = chain.unwritten.last else { return }
      do {
        try write(&chain)
        chain.facts.writeFault = nil
      } catch {
        chain.facts.failures += 1
        chain.facts.writeFault = "cannot write audit \(files.directory): \(error)"
        return
      }
      chain.facts.lines += UInt64(chain.unwritten.count)
      chain.unsealed += chain.unwritten
      chain.unwritten = []
      do throws(SystemError) {
        try chain.anchor.write(last)
        chain.facts.anchorFault = nil
      } catch {
        chain.facts.anchorFault = "cannot write \(chain.anchor.path): \(error)"
      }
    }
  }

  /// Hands durable lines on. What fails is handed on later, and not sealed before: the files are where it stands.
  private func tell(_ chain: inout Chain) {
    guard let soc, let last = chain.unsealed.last, last.sequence > chain.told else { return }
    do {
      // Those that are there already are not taken twice.
      try soc.add(chain.unsealed.filter { $0.sequence > chain.told })
      chain.told = last.sequence
    } catch {
      // The feed names it.
    }
  }

  /// Appends what is unwritten. What of a failed write is in the file is cut off, or another file is begun.
  private func write(_ chain: inout Chain) throws {
    let bytes = chain.unwritten.flatMap { AuditFiles.bytes($0) }
    let open: (number: UInt64, file: File, byteCount: Int)
    if let current = chain.current { open = current } else { open = try begin(&chain) }
    do throws(SystemError) {
      try open.file.write(all: bytes)
    } catch {
      if (try? open.file.truncate(to: open.byteCount)) == nil { close(&chain) }
      throw error
    }
    chain.current?.byteCount += bytes.count
    do throws(SystemError) {
      try open.file.synchronizeData()
    } catch {
      // Nobody knows what is there, and a later success would say nothing of it: it is written once more elsewhere.
      close(&chain)
      throw error
    }
  }

  private func begin(_ chain: inout Chain) throws -> (number: UInt64, file: File, byteCount: Int) {
    try FileSystem.createDirectories(files.directory)
    let number = chain.nextNumber
    let file = try File(files.path(number), .append)
    chain.nextNumber += 1
    chain.current = (number, file, 0)
    do throws(SystemError) {
      try FileSystem.synchronizeDirectory(files.directory)
    } catch {
      close(&chain)
      throw error
    }
    return (number, file, 0)
  }

  private func close(_ chain: inout Chain) {
    if let current = chain.current { chain.closed.append(current.number) }
    chain.current = nil
  }

  /// Makes parts of what is durable, and removes the files that held it. One thread at a time.
  func seal() {
    let (records, numbers) = chain.withLock { chain -> ([AuditRecord], [UInt64]) in
      if let end = chain.sealing { return (chain.unsealed.filter { $0.sequence <= end }, []) }
      if soc != nil, let last = chain.unsealed.last, chain.told < last.sequence { return ([], []) }
      close(&chain)
      chain.sealing = chain.unsealed.last?.sequence
      return (chain.unsealed, chain.closed)
    }
    guard let last = records.last else { return }
    do throws(SealError) {
      try catalogue.seal(
        [TableRows(table: .audit, rows: AuditTable.rows(records))],
        transactions: [
          LaneTransaction(lane: AuditTable.application(node: settings.node), segment: UInt64(last.sequence))
        ])
    } catch {
      chain.withLock { $0.facts.sealFault = "\(error)" }
      return
    }
    chain.withLock { chain in
      chain.unsealed.removeAll { $0.sequence <= last.sequence }
      chain.sealing = nil
      chain.facts.sealFault = nil
      // Of a seal that was tried again other lines may be in the same files: the next one removes them.
      let gone = numbers.filter { (try? FileSystem.unlink(files.path($0))) != nil }
      chain.closed.removeAll { gone.contains($0) }
    }
    queue.withLock { queue in
      queue.heldLines -= records.count
      queue.heldBytes -= records.reduce(0) { $0 + $1.line.heldBytes }
    }
  }

  /// Lets go of lines beyond their retention, having noted which.
  func expire() {
    do {
      try catalogue.expire(
        .audit, days: settings.retentionDays, nowNanos: Clock.realtimeNanos(), monotonicNanos: Clock.monotonicNanos(),
        CompactionSettings(level: settings.compactLevel)
      ) { limit in
        var noted = try ExpiredLines.read(data: settings.data, node: settings.node)
        guard let table = catalogue.table(.audit) else { return }
        for part in table.parts {
          for slice in AuditTable.slices(of: part, precision: table.precision) where slice.lowerBound < limit {
            let records = try AuditTable.records(of: part, in: slice, to: limit, catalogue).compactMap { $0 }
            noted.add(records.filter { $0.node == settings.node }.map(\.sequence))
          }
        }
        try noted.write(data: settings.data, node: settings.node)
      }
      chain.withLock { $0.facts.expiryFault = nil }
    } catch {
      chain.withLock { $0.facts.expiryFault = "cannot let audit lines expire: \(error)" }
    }
  }

  // MARK: what is known of it

  var facts: AuditFacts {
    var facts = chain.withLock { $0.facts }
    queue.withLock { queue in
      (facts.waiting, facts.refused, facts.unkept) = (queue.heldLines, queue.refused, queue.unkept)
      facts.omitted = queue.omitted
      facts.isFull = queue.heldLines >= settings.mostLines || queue.heldBytes >= Limits.auditBytes
    }
    return facts
  }
}
