import Access
import Lagoon
import Primitives
import Sys

/// Checks the chains of a data directory's audit: each line's hash, that it stands behind the one before, and that none is
/// missing. A server may use the directory meanwhile.
public enum AuditVerification {
  /// What is wrong, a line each; none if all is well. `say` gets a line for each chain.
  public static func problems(data: String, say: (String) -> Void) throws -> [String] {
    var chains: [String: VerifiedChain] = [:]
    var problems: [String] = []
    // In the order in which lines go: what leaves a file meanwhile is found in the table, and the newest is in one of them.
    for node in try nodes(data) {
      var chain = VerifiedChain(node: node)
      let anchor = try AuditAnchor(data: data, node: node).read()
      chain.newest = anchor.newest.map { ($0.sequence, $0.hash) }
      if anchor.isDamaged {
        problems.append("\(VerifiedChain.title(node)): the newest line is not known: its file is damaged")
      }
      chain.waiting = try AuditFiles(data: data, node: node).records()
      chains[node] = chain
    }
    let catalogue = try Catalogue(data: data, node: Catalogue.node(of: data), isReadOnly: true)
    if let table = catalogue.table(.audit) {
      for part in table.parts.sorted(by: { ($0.oldestTime, $0.path) < ($1.oldestTime, $1.path) }) {
        for slice in AuditTable.slices(of: part, precision: table.precision).reversed() {
          do {
            for record in try AuditTable.records(of: part, in: slice, catalogue) {
              guard let record else {
                problems.append("table audit: a row of part \(part.path) has no sequence: it was put in or changed")
                continue
              }
              chains[record.node, default: VerifiedChain(node: record.node)].hold(record)
            }
            for node in chains.keys { chains[node]?.take() }
          } catch {
            problems.append("table audit: part \(part.path) cannot be checked: \(error)")
          }
        }
      }
    }
    for node in chains.keys.sorted() {
      guard var chain = chains[node] else { continue }
      chain.takeWaiting(
        sealed: Int64(clamping: catalogue.table(.audit)?.segments[AuditTable.application(node: node)] ?? 0))
      // Last: what expires meanwhile is noted before it goes.
      do {
        chain.finish(expired: try ExpiredLines.read(data: data, node: node))
      } catch {
        chain.finish(expired: ExpiredLines())
        problems.append("\(VerifiedChain.title(node)): \(error)")
      }
      problems += chain.problems
      if let summary = chain.summary { say(summary) }
    }
    return problems
  }

  private static func nodes(_ data: String) throws(SystemError) -> [String] {
    let root = DataDirectory(data).audits
    if !FileSystem.exists(root) { return [] }
    return try FileSystem.list(root).filter(\.isDirectory).map(\.name)
  }
}

/// One node's chain under examination. Lines come about in their order; those that follow each other become one run, so
/// that few are held however many there are.
struct VerifiedChain {
  let node: String
  /// What the anchor names; nil if there is none.
  var newest: (sequence: Int64, hash: String)?
  /// Lines of files.
  var waiting: [AuditRecord] = []
  private(set) var problems: [String] = []
  private var runs: [Run] = []
  private var held: [AuditRecord] = []
  private var count = 0

  private struct Run {
    var first: Int64
    var previous: String
    var last: Int64
    var hash: String
  }

  init(node: String) { self.node = node }

  static func title(_ node: String) -> String { "table audit, lines of \(node)" }

  private mutating func complain(_ sentence: String) {
    if problems.count < Limits.auditProblems { problems.append("\(Self.title(node)): \(sentence)") }
  }

  /// Holds a row until its neighbours are there too.
  mutating func hold(_ record: AuditRecord) { held.append(record) }

  /// Takes the rows that are held.
  mutating func take() {
    for record in held.sorted(by: { $0.sequence < $1.sequence }) { take(record) }
    held = []
  }

  /// Takes what files hold and the table does not.
  mutating func takeWaiting(sealed: Int64) {
    for record in waiting where record.sequence > sealed && !isKnown(record.sequence) { take(record) }
  }

  /// The number of runs that begin at or before a sequence: they are in their order.
  private func place(of sequence: Int64) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].first <= sequence { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func isKnown(_ sequence: Int64) -> Bool {
    let place = place(of: sequence)
    return place > 0 && runs[place - 1].last >= sequence
  }

  private mutating func take(_ record: AuditRecord) {
    count += 1
    if record.sequence < 1 || record.sequence == .max {
      return complain("sequence \(record.sequence) is none: the line was put in or changed")
    }
    if isKnown(record.sequence) { return complain("sequence \(record.sequence) is there twice: a line was put in") }
    if record.computedHash != record.hash { complain("sequence \(record.sequence) was changed: its hash is another") }
    if let newest, newest.sequence == record.sequence, newest.hash != record.hash {
      complain("sequence \(record.sequence) was changed: the newest line had another hash")
    }
    var run = Run(first: record.sequence, previous: record.previous, last: record.sequence, hash: record.hash)
    let place = place(of: run.first)
    var (begin, end) = (place, place)
    if place > 0, runs[place - 1].last + 1 == run.first {
      begin = place - 1
      if runs[begin].hash != run.previous { complain(Self.broken(run.first)) }
      run = Run(first: runs[begin].first, previous: runs[begin].previous, last: run.last, hash: run.hash)
    }
    if place < runs.count, runs[place].first == run.last + 1 {
      end = place + 1
      if runs[place].previous != run.hash { complain(Self.broken(runs[place].first)) }
      run = Run(first: run.first, previous: run.previous, last: runs[place].last, hash: runs[place].hash)
    }
    runs.replaceSubrange(begin..<end, with: CollectionOfOne(run))
  }

  private static func broken(_ sequence: Int64) -> String {
    "sequence \(sequence) does not stand behind \(sequence - 1): one of them was changed"
  }

  /// Says what is missing.
  mutating func finish(expired: ExpiredLines) {
    if runs.first.map({ $0.first == 1 && $0.previous != AuditRecord.origin }) ?? false {
      complain("sequence 1 stands behind another line: it was changed")
    }
    if newest == nil && !runs.isEmpty {
      complain("the newest line is not known: its file was taken away, so that nobody knows whether lines are missing")
    }
    var next: Int64 = 1
    var gaps: [ClosedRange<Int64>] = []
    for run in runs {
      if run.first > next { gaps += expired.rest(of: next...run.first - 1) }
      next = run.last + 1
    }
    if let newest, newest.sequence >= next { gaps += expired.rest(of: next...newest.sequence) }
    for gap in gaps {
      complain(
        gap.count == 1
          ? "sequence \(gap.lowerBound) is missing" : "sequences \(gap.lowerBound) to \(gap.upperBound) are missing")
    }
  }

  /// What was looked at.
  var summary: String? {
    guard let first = runs.first?.first, let last = runs.last?.last else { return nil }
    return "\(Self.title(node)): sequences \(first) to \(last), \(count) lines"
  }
}
