import Primitives
import Telemetry

/// The first places of a page of newest rows: no more are held than a page and the one behind it.
struct LatestPlaces {
  private let limit: Int
  private var found: [(place: LatestQuery.Place, rows: [FoundRow])] = []
  private var isCut = true

  init(limit: Int) { self.limit = limit }

  mutating func add(_ place: LatestQuery.Place, _ rows: [FoundRow]) {
    found.append((place, rows))
    isCut = false
    if found.count > 4 * (limit + 1_024) { cut() }
  }

  private mutating func cut() {
    if isCut { return }
    found.sort { $0.place < $1.place }
    if found.count > limit + 1 { found.removeSubrange((limit + 1)...) }
    isCut = true
  }

  /// Whether nothing from a place on can be on the page any more.
  mutating func isFull(before place: LatestQuery.Place) -> Bool {
    if found.count <= limit { return false }
    cut()
    return found[limit].place < place
  }

  mutating func sorted() -> [(place: LatestQuery.Place, rows: [FoundRow])] {
    cut()
    return found
  }
}

/// A table that may have rows on a page of newest rows, and the first place that one can have.
struct LatestCandidate {
  var measurement: String
  var table: TableView
  var first: LatestQuery.Place

  /// Below so many tables it costs less to look into all than to find out where they begin.
  private static let fewTables = 32

  /// Those that may have rows behind the cursor, by the first place that they can have: so a page of a thousand tables
  /// looks into those that are on it.
  static func inOrder(
    _ tables: [(name: String, table: TableView)], devices: Set<String>?, after cursor: LatestQuery.Place?
  ) -> [LatestCandidate] {
    let least = LatestQuery.Place(device: "", measurement: "")
    if tables.count <= fewTables {
      return tables.map { LatestCandidate(measurement: $0.name, table: $0.table, first: least) }
    }
    var found: [LatestCandidate] = []
    let few = devices.flatMap { $0.count <= fewTables ? $0 : nil }
    for (name, table) in tables {
      guard let bounds = table.deviceBounds else { continue }
      var first = LatestQuery.Place(device: bounds.first ?? "", measurement: name)
      if let few, let least = bounds.first, let last = bounds.last,
        !few.contains(where: { $0 >= least && $0 <= last })
      {
        continue
      }
      if let cursor {
        // Of the cursor's device and table there may be more series.
        let isOfCursor = bounds.last == cursor.device && name == cursor.measurement
        if let last = bounds.last, LatestQuery.Place(device: last, measurement: name) <= cursor, !isOfCursor {
          continue
        }
        if first <= cursor { first = LatestQuery.Place(device: cursor.device, measurement: name) }
        // Of the cursor's device it came already: what is next of this table is some later device.
        if first <= cursor { first = cursor }
      }
      found.append(LatestCandidate(measurement: name, table: table, first: first))
    }
    return found.sorted { $0.first < $1.first }
  }
}

extension TableView {
  /// The first and the last device that it can have rows of, nil where only a look into a part tells; nil for a table
  /// without rows.
  fileprivate var deviceBounds: (first: String?, last: String?)? {
    var known: ClosedRange<String>?
    func widen(_ range: ClosedRange<String>) {
      known = known.map { min($0.lowerBound, range.lowerBound)...max($0.upperBound, range.upperBound) } ?? range
    }
    for part in parts {
      guard let range = part.devices else { return (nil, nil) }
      widen(range)
    }
    var lists: Set<ObjectIdentifier> = []
    for source in unsealed + latest where lists.insert(ObjectIdentifier(source.series)).inserted {
      for number in 0..<source.series.count {
        let device = source.series.device(UInt32(number))
        widen(device...device)
      }
    }
    return known.map { ($0.lowerBound, $0.upperBound) }
  }
}
