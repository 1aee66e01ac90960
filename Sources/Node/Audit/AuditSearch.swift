import Access
import Lagoon
import Primitives
import Telemetry

/// Finds a page of lines, newest first, in the table and among those that are not in it yet.
struct AuditSearch {
  let catalogue: Catalogue
  /// On the disk, and taken before the table is looked at: a line is in one of them at least.
  let unsealed: [AuditRecord]

  func run(_ query: AuditQuery, check: () throws -> Void) throws -> AuditPage {
    var found = Found(most: query.limit + 1)
    found.add(unsealed.filter(query.takes))
    let to = query.cursor.map { min(query.to, $0.time == .max ? .max : $0.time + 1) } ?? query.to
    if let table = catalogue.table(.audit) {
      let slices = table.parts.flatMap { part in
        AuditTable.slices(of: part, precision: table.precision).map { (part: part, times: $0) }
      }.filter { $0.times.upperBound > query.from && $0.times.lowerBound < to }
      for (part, times) in slices.sorted(by: { $0.times.upperBound > $1.times.upperBound }) {
        try check()
        // What comes is older than a whole page.
        if let last = found.last, last.line.time >= times.upperBound { break }
        found.add(
          try AuditTable.records(of: part, in: times, from: query.from, to: to, catalogue).compactMap { $0 }
            .filter(query.takes))
      }
    } else if let failure = catalogue.failures[.audit] {
      throw QueryError.unreadableTable(TableName.audit.displayName, cause: failure)
    }
    let records = Array(found.records.prefix(query.limit))
    return AuditPage(
      records: records, next: found.records.count > query.limit ? records.last.map { AuditQuery.Place($0) } : nil)
  }

  /// The newest of what was added, each once.
  private struct Found {
    let most: Int
    private(set) var records: [AuditRecord] = []

    /// The oldest of a page that is full.
    var last: AuditRecord? { records.count < most ? nil : records.last }

    init(most: Int) { self.most = most }

    mutating func add(_ more: [AuditRecord]) {
      if more.isEmpty { return }
      var places: Set<AuditQuery.Place> = []
      records = (records + more).sorted { AuditQuery.Place($0) > AuditQuery.Place($1) }
        .filter { places.insert(AuditQuery.Place($0)).inserted }
      if records.count > most { records.removeLast(records.count - most) }
    }
  }
}
