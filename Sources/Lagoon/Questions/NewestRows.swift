import Primitives
import Synchronization
import Telemetry

/// The newest row of each device in one table, found with bounded work.
///
/// Rows in memory come first, with what memory keeps of those that this process sealed. The parts that were there when
/// the first question came are looked at once, and only those that reach into the last `horizonNanos` before the table's
/// newest row: a device silent for longer is looked for in old parts only where it alone is asked for.
struct NewestRows {
  static let horizonNanos = Nanos.perDay
  /// Whose rows they are: a device's, or a series' of one.
  struct Owner: Hashable, Sendable {
    var device: String
    /// Empty where a device's series are not told apart.
    var tags: [SeriesKey.Tag] = []
  }

  private(set) var rows: [Owner: [FoundRow]] = [:]
  private let leavesOutTold: Bool
  private let bySeries: Bool

  /// By device, where series are not told apart.
  var found: [String: [FoundRow]] {
    Dictionary(rows.map { ($0.key.device, $0.value) }) { first, _ in first }
  }

  /// - Parameters:
  ///   - devices: only these; nil for all.
  ///   - bySeries: whether each series' newest row is wanted, and not only each device's.
  ///   - missing: takes what cannot be read: the rest is found.
  init(
    of table: TableView, devices: Set<String>?, isExhaustive: Bool, leavesOutTold: Bool = false,
    bySeries: Bool = false, view: LagoonView, cache: NewestRowsCache, missing: inout MissingTables
  ) throws {
    let reader = view.reader
    self.leavesOutTold = leavesOutTold
    self.bySeries = bySeries
    if devices?.isEmpty == true { return }
    try view.probe.check()
    for source in table.unsealed { add(source, devices: devices) }
    for source in table.latest { add(source, arrival: FoundRow.inMemory - 1, devices: devices) }
    let oldest = table.parts.map(\.oldest).min() ?? .max
    let sealed = try cache.sealed(
      table, leavesOutTold: leavesOutTold, bySeries: bySeries, reader: reader, missing: &missing)
    // What has expired since is gone from the parts, if not from memory.
    for (owner, rows) in sealed.rows(of: devices) where rows[0].time >= oldest { take(rows, of: owner) }
    if isExhaustive { try lookFurther(in: table, for: devices ?? [], reader, cache, &missing) }
  }

  /// Looks for devices that were not found in all parts, the newest first.
  private mutating func lookFurther(
    in table: TableView, for devices: Set<String>, _ reader: any PartReading, _ cache: NewestRowsCache,
    _ missing: inout MissingTables
  ) throws {
    // A device may have series that nobody knows of but an old part.
    let mayHaveMore = bySeries && !table.tags.isEmpty
    if !mayHaveMore && devices.allSatisfy({ rows[Owner(device: $0)] != nil }) { return }
    for part in table.parts.sorted(by: { $0.newest > $1.newest }) {
      let isFound = devices.allSatisfy { rows[Owner(device: $0)].map { $0[0].time > part.newest } ?? false }
      if isFound && !mayHaveMore { break }
      if let range = part.devices, !devices.contains(where: range.contains) { continue }
      let newest = try missing.reading(table.name) {
        try cache.newest(of: part, in: table.name, devices: devices, reader: reader)
      }
      if let newest { add(newest, arrival: part.arrival, devices: devices) }
    }
  }

  private mutating func add(
    _ source: RowSource, arrival: Int64 = FoundRow.inMemory, devices: Set<String>?
  ) {
    for (series, rows) in SeriesNewest(source, arrival: arrival, devices: devices).rows {
      if leavesOutTold && source.series.isTold(series) { continue }
      if bySeries {
        let key = source.series[series]
        take(rows, of: Owner(device: key.device, tags: key.tags))
      } else {
        take(rows, of: Owner(device: source.series.device(series)))
      }
    }
  }

  private mutating func take(_ new: [FoundRow], of owner: Owner) {
    guard let first = new.first else { return }
    let known = rows[owner] ?? []
    if let old = known.first, old.time > first.time { return }
    rows[owner] = known.first?.time == first.time ? known + new : new
  }

  /// Of all devices in the parts that reach into the last day before the table's newest row.
  fileprivate init(
    sealedIn table: TableView, leavesOutTold: Bool, bySeries: Bool, reader: any PartReading, cache: NewestRowsCache,
    missing: inout MissingTables
  ) throws {
    self.leavesOutTold = leavesOutTold
    self.bySeries = bySeries
    let newest = table.parts.map(\.newest).max() ?? .min
    let horizon = newest > .min + Self.horizonNanos ? newest - Self.horizonNanos : .min
    for part in table.parts where part.newest >= horizon {
      let newest = try missing.reading(table.name) {
        try cache.newest(of: part, in: table.name, devices: nil, reader: reader)
      }
      if let newest { add(newest, arrival: part.arrival, devices: nil) }
    }
  }
}

/// The newest rows of each series of one source: several if they share their instant.
struct SeriesNewest {
  private(set) var rows: [UInt32: [FoundRow]] = [:]

  /// - Parameter devices: only these; nil for all.
  init(_ source: RowSource, arrival: Int64 = FoundRow.inMemory, devices: Set<String>? = nil) {
    // A series that is not asked for has a newest time that no row has.
    var newest = [Int64](repeating: .min, count: source.series.count)
    if let devices {
      for number in newest.indices where !devices.contains(source.series.device(UInt32(number))) {
        newest[number] = .max
      }
    }
    for chunk in source.chunks {
      chunk.withTimes { series, times in
        for row in times.indices where times[row] > newest[Int(series[row])] { newest[Int(series[row])] = times[row] }
      }
    }
    let unit = source.precision.unitNanos
    for chunk in source.chunks {
      chunk.withTimes { series, times in
        for row in times.indices where times[row] == newest[Int(series[row])] {
          rows[series[row], default: []].append(
            FoundRow(source: source, chunk: chunk, row: row, time: times[row] * unit, arrival: arrival))
        }
      }
    }
  }
}

/// The newest rows of parts that were looked at before: parts never change, so neither do these.
public final class NewestRowsCache: Sendable {
  private let rows = Mutex<[String: RowSource]>([:])
  private let tables = Mutex<[Asked: Sealed]>([:])
  private static let largestCount = 1_024

  private struct Asked: Hashable, Sendable {
    var table: TableName
    var leavesOutTold: Bool
    var bySeries: Bool
  }

  struct Sealed: @unchecked Sendable {
    /// Of which of memory's turns: see `TableView.turn`.
    fileprivate var turn: Int
    /// Rows of chunks that never change.
    private let all: [NewestRows.Owner: [FoundRow]]
    /// The series of each device, where series are told apart.
    private let series: [String: [NewestRows.Owner]]

    fileprivate init(turn: Int, rows: [NewestRows.Owner: [FoundRow]], bySeries: Bool) {
      self.turn = turn
      all = rows
      series = bySeries ? Dictionary(grouping: rows.keys, by: \.device) : [:]
    }

    /// Those of some devices; of all if it is nil.
    func rows(of devices: Set<String>?) -> [NewestRows.Owner: [FoundRow]] {
      guard let devices else { return all }
      var found: [NewestRows.Owner: [FoundRow]] = [:]
      for device in devices {
        for owner in series.isEmpty ? [NewestRows.Owner(device: device)] : series[device] ?? [] {
          found[owner] = all[owner]
        }
      }
      return found
    }
  }

  public init() {}

  /// Reads what the first question about each table would read. Stops when the view's probe says so: what was read by
  /// then stays.
  public func prepare(_ view: LagoonView) {
    for (_, table) in view.measurements {
      var missing = MissingTables()
      let found = try? sealed(table, leavesOutTold: false, bySeries: true, reader: view.reader, missing: &missing)
      if found == nil { return }
    }
  }

  /// The newest rows of the parts that the first question about a table found. What was sealed since then, memory keeps
  /// the newest rows of.
  func sealed(
    _ table: TableView, leavesOutTold: Bool, bySeries: Bool, reader: any PartReading, missing: inout MissingTables
  ) throws -> Sealed {
    let asked = Asked(table: table.name, leavesOutTold: leavesOutTold, bySeries: bySeries)
    if let known = tables.withLock({ $0[asked] }), known.turn == table.turn { return known }
    var own = MissingTables()
    let newest = try NewestRows(
      sealedIn: table, leavesOutTold: leavesOutTold, bySeries: bySeries, reader: reader, cache: self, missing: &own)
    let found = Sealed(turn: table.turn, rows: newest.rows, bySeries: bySeries)
    // What could not be read now may be readable when it is asked for again.
    if own.isEmpty { tables.withLock { $0[asked] = found } } else { missing.take(own) }
    return found
  }

  /// A part's newest rows by series; of `devices` alone where it was not looked at as a whole.
  func newest(
    of part: QueryPart, in table: TableName, devices: Set<String>?, reader: any PartReading
  ) throws -> RowSource {
    let name = table.directoryName + "/" + part.path
    if let known = rows.withLock({ $0[name] }) { return known }
    let isWhole = devices.map { $0.count > 16 } ?? true
    var request = ScanRequest(table: table, path: part.path, devices: isWhole ? nil : devices, from: part.oldest)
    request.newestOnly = true
    let source = try reader.scan(request)
    let newest = SeriesNewest(source).rows.values.joined()
    let kept = RowChunk(capacity: max(1, newest.count))
    for row in newest { kept.appendCopy(of: row.row, from: row.chunk) }
    let result = RowSource(
      chunks: [kept], series: source.series, fields: source.fields, precision: source.precision)
    if isWhole {
      rows.withLock { rows in
        if rows.count >= Self.largestCount, let one = rows.keys.first { rows[one] = nil }
        rows[name] = result
      }
    }
    return result
  }
}
