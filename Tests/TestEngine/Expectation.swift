import Lagoon
import Primitives

/// What must be found of what was sent, what may be, and what was found before: plain sets, beside which the engine stands.
struct Expectation {
  /// By measurement, as `RowText` writes rows.
  private var must: [String: Set<String>] = [:]
  private var may: [String: Set<String>] = [:]
  private var mustMarks: Set<String> = []
  /// How often an event was delivered, by its mark.
  private var delivered: [String: Int] = [:]
  /// When a row or an event was delivered, by its text or mark.
  private var deliveries: [String: [UnixNanos]] = [:]
  /// What was acknowledged and was not found, where that was no fault by itself.
  private(set) var missing: Set<String> = []
  /// Rows of tables whose content is not known beforehand, as they were answered first.
  private var seen: [String: Set<String>] = [:]

  mutating func noteDelivered(_ datagram: SentDatagram, at nanos: UnixNanos) {
    switch datagram.content {
    case .readings(let measurement, let rows):
      may[measurement, default: []].formUnion(rows)
      for row in rows { deliveries[row, default: []].append(nanos) }
    case .event(let mark):
      delivered[mark, default: 0] += 1
      deliveries[mark, default: []].append(nanos)
    case .stream, .nothing: break
    }
  }

  mutating func noteAcknowledged(_ datagram: SentDatagram) {
    switch datagram.content {
    case .readings(let measurement, let rows): must[measurement, default: []].formUnion(rows)
    case .event(let mark): mustMarks.insert(mark)
    case .stream, .nothing: break
    }
  }

  /// How strict a check is.
  struct Strictness {
    /// Whether all that was acknowledged must be there.
    var isComplete = true
    /// Whether a row may be there twice: one that could not be looked up in the parts is kept.
    var mayDouble = false
    /// What was answered here must be answered ever after.
    var remembers = true

    /// What a disk may show that has lied, or was damaged: anything that was sent.
    static let afterLies = Strictness(isComplete: false, mayDouble: true, remembers: false)
  }

  /// Compares rows of a measurement whose content is known.
  mutating func check(_ measurement: String, _ found: [String], _ strictness: Strictness) throws(Fault) {
    let once = Set(found)
    if once.count != found.count && !strictness.mayDouble {
      let one = found.first { row in found.count { $0 == row } > 1 } ?? ""
      throw Fault(.doubled, "\(measurement): \(found.count - once.count) rows are there twice, such as \(one)")
    }
    if let one = once.subtracting(may[measurement] ?? []).sorted().first {
      throw Fault(.neverSent, "\(measurement): a row was never sent: \(one)")
    }
    let lost = (must[measurement] ?? []).subtracting(once)
    if strictness.isComplete, let one = lost.min() {
      throw Fault(.lost, "\(measurement): \(lost.count) acknowledged rows are lost, such as \(one)")
    }
    missing.formUnion(lost)
    if strictness.remembers { must[measurement, default: []].formUnion(once) }
  }

  /// Compares events: each mark is there as often as it may be.
  mutating func check(events found: [String], _ strictness: Strictness) throws(Fault) {
    var count: [String: Int] = [:]
    for text in found {
      if let mark = Self.mark(in: text) { count[mark, default: 0] += 1 }
    }
    for (mark, count) in count.sorted(by: { $0.key < $1.key })
    where count > delivered[mark] ?? 0 && !strictness.mayDouble {
      throw Fault(.doubled, "events: \(mark) was delivered \(delivered[mark] ?? 0) times and is there \(count) times")
    }
    let lost = mustMarks.subtracting(count.keys)
    if strictness.isComplete, let one = lost.min() {
      throw Fault(.lost, "events: \(lost.count) acknowledged ones are lost, such as \(one)")
    }
    missing.formUnion(lost)
    if strictness.remembers { mustMarks.formUnion(count.keys) }
  }

  /// How many batches the missing rows were in at least, if one takes what comes within so long: of those that were
  /// delivered once, whose batch is known by it.
  func missingBatches(withinNanos: Int64) -> Int {
    var count = 0
    var end = UnixNanos.min
    for nanos in missing.compactMap({ deliveries[$0] }).filter({ $0.count == 1 }).map({ $0[0] }).sorted()
    where nanos > end {
      count += 1
      end = nanos + withinNanos
    }
    return count
  }

  private static func mark(in text: String) -> String? {
    guard let start = text.range(of: "mark-"), let end = text.range(of: "-end", after: start.upperBound) else {
      return nil
    }
    return String(text[start.lowerBound..<end.upperBound])
  }

  /// Compares rows of which nothing was known: what was answered once is answered again.
  mutating func check(unknown table: String, _ found: [String], _ strictness: Strictness) throws(Fault) {
    let once = Set(found)
    if strictness.isComplete {
      let lost = (seen[table] ?? []).subtracting(once).sorted()
      if let one = lost.first {
        throw Fault(.lost, "\(table): \(lost.count) rows that were answered are lost, such as \(one)")
      }
    }
    if strictness.remembers { seen[table, default: []].formUnion(once) }
  }
}

/// What is wrong.
package struct Fault: Error, CustomStringConvertible {
  /// What kind of fault it is: a smaller scenario must show one of the same.
  package enum Kind: Sendable {
    case lost
    case doubled
    case neverSent
    case answer
    case ledger
    case unsealed
    case alert
  }

  package let kind: Kind
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

extension String {
  /// Where another text stands, without Foundation.
  fileprivate func range(of text: String, after start: String.Index? = nil) -> Range<String.Index>? {
    self[(start ?? startIndex)...].firstRange(of: text)
  }
}
