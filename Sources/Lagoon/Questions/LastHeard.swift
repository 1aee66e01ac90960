import Primitives
import Synchronization
import Telemetry

/// When each device was heard last, by readings or events: by their arrival, whatever the device's clock says. A row that
/// does not tell when it came came within a second of its time. What the node told itself doesn't count.
///
/// Each part is looked at once, and each unsealed row, however often it is asked; parts that were made of rows that it has
/// seen all of are not.
public struct LastHeard: Sendable {
  private var heard = HeardTimes()
  private var cursors: [TableName: RowCursor] = [:]
  private var places: [TableName: SeriesPlaces] = [:]
  private var parts: [TableName: SeenParts] = [:]

  /// What it knows of a table's parts.
  private struct SeenParts {
    /// Those that say nothing new.
    var seen: Set<String> = []
    /// All that there were the last time.
    var listed: Set<String> = []
    /// Those of the last time that were made of rows that were seen, if none was missed.
    var trusted: Set<String> = []
    /// The version of which all are seen.
    var version: Int64 = -1
  }

  public init() {}

  /// Parts that end so long before their table's newest row, and were written so long before its newest part, are not
  /// looked at: who was silent for longer was not heard.
  private static let horizonNanos = Nanos.perDay

  /// What is known of every device of the registry that was heard. Another registry needs another `LastHeard`.
  ///
  /// - Throws: what the reader throws.
  public mutating func update(
    on view: LagoonView, directory: any DeviceDirectory
  ) throws -> HeardTimes {
    try look(on: view, directory: directory) { throw $1 }
  }

  /// - Parameters:
  ///   - directory: whose devices alone are of interest; nil for all devices.
  ///   - fault: takes what a part cannot be read for; it is tried again the next time.
  mutating func look(
    on view: LagoonView, directory: (any DeviceDirectory)?, fault: (TableName, any Error) throws -> Void
  ) throws -> HeardTimes {
    for table in view.tables.values where Self.isHeard(table.name) {
      let isBegun = cursors[table.name] != nil
      let isComplete = look(atRowsOf: table, directory: directory)
      if !isComplete { forgetTrusted(of: table.name) }
      try look(
        atPartsOf: table, of: isBegun && isComplete ? view.node : "", view.reader, directory: directory, fault: fault)
    }
    return heard
  }

  /// How far it went through each table's rows in memory.
  public var positions: [TableName: [UInt64: Int]] { cursors.mapValues(\.positions) }

  /// Goes through what came.
  ///
  /// - Returns: false if rows were missed, which are in parts by now.
  private mutating func look(atRowsOf table: TableView, directory: (any DeviceDirectory)?) -> Bool {
    if table.memory.isEmpty { for source in table.unsealed { add(source, directory: directory) } }
    var news: [RowCursor.Rows] = []
    let isComplete = cursors[table.name, default: RowCursor()].advance(over: table) { news.append($0) }
    if news.isEmpty { return isComplete }
    // Taken out, lest it be copied.
    var places = self.places.removeValue(forKey: table.name) ?? SeriesPlaces()
    for rows in news { add(rows.chunk, from: rows.first, of: table.memory[rows.source].rows, &places, directory) }
    self.places[table.name] = places
    return isComplete
  }

  private static func isHeard(_ name: TableName) -> Bool {
    switch name {
    case .readings, .events: true
    case .rollups, .devices, .audit: false
    }
  }

  /// Rows were missed: parts that were made meanwhile hold them.
  private mutating func forgetTrusted(of table: TableName) {
    guard let trusted = parts[table]?.trusted else { return }
    parts[table]?.seen.subtract(trusted)
    parts[table]?.version = -1
  }

  /// - Parameter node: whose new parts hold only rows that were seen; empty for none.
  private mutating func look(
    atPartsOf table: TableView, of node: String, _ reader: any PartReading, directory: (any DeviceDirectory)?,
    fault: (TableName, any Error) throws -> Void
  ) throws {
    var known = parts.removeValue(forKey: table.name) ?? SeenParts()
    defer { parts[table.name] = known }
    known.trusted = []
    if table.version >= 0 && known.version == table.version { return }
    known.version = -1
    let listed = known.listed
    known.listed = Set(table.parts.lazy.map(\.path))
    let newest = Self.horizon(before: table.parts.map(\.newest).max())
    // What a device whose clock is behind sent lies in parts of old, written lately. Who wrote one may not be known.
    let written = table.parts.map { Self.writtenNanos($0) }
    let newestWritten = Self.horizon(before: written.filter { $0 < .max }.max())
    var isAll = true
    for (part, written) in zip(table.parts, written) where !known.seen.contains(part.path) {
      if part.newest < newest && (written < newestWritten || written == .max) { continue }
      if !node.isEmpty && !listed.contains(part.path) && PartName(path: part.path)?.node == node {
        known.trusted.insert(part.path)
        continue
      }
      do {
        let source = try reader.scan(ScanRequest(table: table.name, path: part.path, from: part.oldest, fields: []))
        add(source, directory: directory)
        known.seen.insert(part.path)
      } catch {
        isAll = false
        try fault(table.name, error)
      }
    }
    known.seen = known.seen.union(known.trusted).intersection(known.listed)
    if isAll { known.version = table.version }
  }

  private static func horizon(before newest: UnixNanos?) -> UnixNanos {
    guard let newest, newest > .min + horizonNanos else { return .min }
    return newest - horizonNanos
  }

  private static func writtenNanos(_ part: QueryPart) -> UnixNanos {
    let (nanos, overflow) = part.writtenMillis.multipliedReportingOverflow(by: Nanos.perMillisecond)
    return overflow ? .max : nanos
  }

  private mutating func add(_ source: RowSource, directory: (any DeviceDirectory)?) {
    var places = SeriesPlaces()
    for chunk in source.chunks { add(chunk, from: 0, of: source, &places, directory) }
  }

  /// Adds a chunk's rows from one on.
  private mutating func add(
    _ chunk: RowChunk, from first: Int, of source: RowSource, _ places: inout SeriesPlaces,
    _ directory: (any DeviceDirectory)?
  ) {
    let unit = source.precision.unitNanos
    chunk.withTimes { series, times in
      places.learn(series, from: first, of: source.series) { number in
        if source.series.isTold(number) { return nil }
        let device = source.series.device(number)
        return directory == nil || directory?.device(device) != nil ? heard.number(of: device) : nil
      }
      var isArrivalTold = false
      chunk.withReceived { arrivals in
        isArrivalTold = true
        heard.note(series, from: first, at: places.numbers) { row in
          let arrival = arrivals[row]
          return arrival == RowChunk.noReceived ? times[row] * unit : arrival * Nanos.perMillisecond
        }
      }
      if !isArrivalTold { heard.note(series, from: first, at: places.numbers) { times[$0] * unit } }
    }
  }

  /// The number of each series' device among those that are heard, for the series of one list.
  private struct SeriesPlaces {
    private var list: SeriesList?
    private(set) var numbers: ContiguousArray<Int32> = []

    static let unknown: Int32 = -1
    /// Of what is told by the node itself, and of devices of no interest.
    static let excluded: Int32 = -2

    /// Finds the numbers of the rows' series, from one row on.
    mutating func learn(
      _ series: Span<UInt32>, from first: Int, of list: SeriesList, find: (UInt32) -> Int32?
    ) {
      if self.list !== list { (self.list, numbers) = (list, []) }
      // The writer may add series to the list meanwhile; rows have none of those.
      let more = list.count - numbers.count
      if more > 0 { numbers.append(contentsOf: repeatElement(Self.unknown, count: more)) }
      for row in first..<series.count where numbers[Int(series[row])] == Self.unknown {
        numbers[Int(series[row])] = find(series[row]) ?? Self.excluded
      }
    }
  }
}

/// A `LastHeard` of all devices, for questions of many threads.
public final class HeardCache: Sendable {
  private let state = Mutex(LastHeard())

  public init() {}

  /// - Parameter missing: takes the tables of which a part cannot be read.
  func heard(on view: LagoonView, missing: inout MissingTables) throws -> HeardTimes {
    // Two at once may look at the same parts; neither waits for the other's.
    var known = state.withLock { $0 }
    var faults: [(table: TableName, error: QueryError)] = []
    let heard = try known.look(on: view, directory: nil) { table, error in
      guard let error = error as? QueryError else { throw error }
      switch error {
      case .unreadablePart, .unreadableTable: faults.append((table, error))
      default: throw error
      }
    }
    state.withLock { $0 = known }
    for fault in faults { missing.note(fault.table, "\(fault.error)") }
    return heard
  }
}
