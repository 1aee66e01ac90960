public import Primitives
import Synchronization
import Telemetry

/// When each device was heard last, by readings or events: by their arrival, whatever the device's clock says. A row that
/// does not tell when it came came within a second of its time. What the node told itself doesn't count.
///
/// Each part is looked at once, and each unsealed row, however often it is asked.
public struct LastHeard: Sendable {
  private var times: [String: UnixNanos] = [:]
  private var cursors: [TableName: RowCursor] = [:]
  private var seenParts: [TableName: Set<String>] = [:]

  public init() {}

  /// Parts that end so long before their table's newest row, and were written so long before its newest part, are not
  /// looked at: who was silent for longer was not heard.
  private static let horizonNanos = Nanos.perDay

  /// What is known of every device of the registry that was heard. Another registry needs another `LastHeard`.
  ///
  /// - Throws: what the reader throws.
  public mutating func update(
    on view: LagoonView, directory: any DeviceDirectory
  ) throws -> [String: UnixNanos] {
    try heard(on: view, directory: directory) { throw $1 }
  }

  /// - Parameters:
  ///   - directory: whose devices alone are of interest; nil for all devices.
  ///   - fault: takes what a part cannot be read for; it is tried again the next time.
  mutating func heard(
    on view: LagoonView, directory: (any DeviceDirectory)?, fault: (TableName, any Error) throws -> Void
  ) throws -> [String: UnixNanos] {
    for table in view.tables.values where Self.isHeard(table.name) {
      try look(atPartsOf: table, reader: view.reader, directory: directory, fault: fault)
      look(atRowsOf: table, directory: directory)
    }
    return times
  }

  private mutating func look(atRowsOf table: TableView, directory: (any DeviceDirectory)?) {
    if table.memory.isEmpty {
      for source in table.unsealed { Self.add(source, to: &times, directory: directory) }
      return
    }
    var news: [(source: Int, chunk: RowChunk, first: Int)] = []
    // Rows that were missed are in the parts.
    _ = cursors[table.name, default: RowCursor()].advance(over: table) { news.append(($0.source, $0.chunk, $0.first)) }
    var rest = news[...]
    while let next = rest.first {
      let alike = rest.prefix { $0.source == next.source }
      Self.add(
        table.memory[next.source].rows, alike.map { ($0.chunk, $0.first) }, to: &times, directory: directory)
      rest = rest.dropFirst(alike.count)
    }
  }

  private static func isHeard(_ name: TableName) -> Bool {
    switch name {
    case .readings, .events: true
    case .rollups, .devices, .audit: false
    }
  }

  private mutating func look(
    atPartsOf table: TableView, reader: any PartReading, directory: (any DeviceDirectory)?,
    fault: (TableName, any Error) throws -> Void
  ) throws {
    let newest = Self.horizon(before: table.parts.map(\.newest).max())
    // What a device whose clock is behind sent lies in parts of old, written lately. Who wrote one may not be known.
    let written = table.parts.map { Self.writtenNanos($0) }
    let newestWritten = Self.horizon(before: written.filter { $0 < .max }.max())
    var seen = seenParts[table.name] ?? []
    for (part, written) in zip(table.parts, written) where !seen.contains(part.path) {
      if part.newest < newest && (written < newestWritten || written == .max) { continue }
      do {
        let source = try reader.scan(ScanRequest(table: table.name, path: part.path, from: part.oldest, fields: []))
        Self.add(source, to: &times, directory: directory)
        seen.insert(part.path)
      } catch {
        try fault(table.name, error)
      }
    }
    seenParts[table.name] = seen.intersection(table.parts.lazy.map(\.path))
  }

  private static func horizon(before newest: UnixNanos?) -> UnixNanos {
    guard let newest, newest > .min + horizonNanos else { return .min }
    return newest - horizonNanos
  }

  private static func writtenNanos(_ part: QueryPart) -> UnixNanos {
    let (nanos, overflow) = part.writtenMillis.multipliedReportingOverflow(by: Nanos.perMillisecond)
    return overflow ? .max : nanos
  }

  private static func add(
    _ source: RowSource, to heard: inout [String: UnixNanos], directory: (any DeviceDirectory)?
  ) {
    add(source, source.chunks.map { ($0, 0) }, to: &heard, directory: directory)
  }

  /// Adds the rows of chunks, each from one row on.
  private static func add(
    _ source: RowSource, _ chunks: [(chunk: RowChunk, first: Int)], to heard: inout [String: UnixNanos],
    directory: (any DeviceDirectory)?
  ) {
    let unit = source.precision.unitNanos
    // The writer may add series to the list meanwhile; rows have none of those.
    var newest = [UnixNanos](repeating: .min, count: source.series.count)
    for (chunk, first) in chunks {
      chunk.withTimes { series, times in
        var isArrivalTold = false
        chunk.withReceived { arrivals in
          isArrivalTold = true
          for row in first..<times.count {
            let arrival = arrivals[row]
            let time = arrival == RowChunk.noReceived ? times[row] * unit : arrival * Nanos.perMillisecond
            newest[Int(series[row])] = max(newest[Int(series[row])], time)
          }
        }
        if isArrivalTold { return }
        for row in first..<times.count { newest[Int(series[row])] = max(newest[Int(series[row])], times[row] * unit) }
      }
    }
    for (number, time) in newest.enumerated() where time > .min {
      let series = UInt32(number)
      if source.series.isTold(series) { continue }
      let device = source.series.device(series)
      if let known = heard[device], known >= time { continue }
      if directory == nil || directory?.device(device) != nil { heard[device] = time }
    }
  }
}

/// A `LastHeard` of all devices, for questions of many threads.
public final class HeardCache: Sendable {
  private let state = Mutex(LastHeard())

  public init() {}

  /// - Parameter missing: takes the tables of which a part cannot be read.
  func heard(on view: LagoonView, missing: inout MissingTables) throws -> [String: UnixNanos] {
    // Two at once may look at the same parts; neither waits for the other's.
    var known = state.withLock { $0 }
    var faults: [(table: TableName, error: QueryError)] = []
    let heard = try known.heard(on: view, directory: nil) { table, error in
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
