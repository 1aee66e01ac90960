import Primitives
import Synchronization
import Telemetry

/// The newest row of each device in one table, found with bounded work.
///
/// Rows in memory come first. Parts are looked at by the age of their newest row, only as long as they can hold a row
/// that is newer than what was found; and unless one device is asked for, only those that reach into the last
/// `horizonNanos` before the table's newest row: a device silent for longer is not looked for in old parts.
struct NewestRows {
  static let horizonNanos = Nanos.perDay
  private(set) var found: [String: [FoundRow]] = [:]
  private let leavesOutTold: Bool

  /// - Parameters:
  ///   - devices: only these; nil for all.
  ///   - leavesOutTold: rows that the node told itself are no word of the device.
  init(
    of table: TableView, devices: Set<String>?, isExhaustive: Bool, leavesOutTold: Bool = false,
    reader: any PartReading, cache: NewestRowsCache
  ) throws {
    self.leavesOutTold = leavesOutTold
    if devices?.isEmpty == true { return }
    for source in table.unsealed { add(source, devices: devices) }
    if let latest = table.latest { add(latest, devices: devices) }
    if table.latestCoversParts { return }
    let newestPart = table.parts.map(\.newest).max() ?? .min
    let newest = found.values.reduce(newestPart) { max($0, $1[0].time) }
    let horizon = newest > .min + Self.horizonNanos ? newest - Self.horizonNanos : .min
    for part in table.parts.sorted(by: { $0.newest > $1.newest }) {
      if !isExhaustive && part.newest < horizon { break }
      if let devices, devices.allSatisfy({ device in found[device].map { $0[0].time > part.newest } ?? false }) {
        break
      }
      add(try cache.newest(of: part, in: table.name, devices: devices, reader: reader), devices: devices)
    }
  }

  private mutating func add(_ source: RowSource, devices: Set<String>?) {
    for (series, rows) in SeriesNewest(source).rows {
      if leavesOutTold && source.series.isTold(series) { continue }
      let device = source.series.device(series)
      if let devices, !devices.contains(device) { continue }
      guard let first = rows.first else { continue }
      if let known = found[device], known[0].time > first.time { continue }
      if let known = found[device], known[0].time == first.time {
        found[device] = known + rows
      } else {
        found[device] = rows
      }
    }
  }
}

/// The newest rows of each series of one source: several if they share their instant.
struct SeriesNewest {
  private(set) var rows: [UInt32: [FoundRow]] = [:]

  init(_ source: RowSource) {
    var newest = [Int64](repeating: .min, count: source.series.count)
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
            FoundRow(source: source, chunk: chunk, row: row, time: times[row] * unit))
        }
      }
    }
  }
}

/// The newest rows of parts that were looked at before: parts never change, so neither do these.
public final class NewestRowsCache: Sendable {
  private let rows = Mutex<[String: RowSource]>([:])
  private static let largestCount = 1_024

  public init() {}

  /// A part's newest rows by series; of `devices` alone where it was not looked at as a whole.
  func newest(
    of part: QueryPart, in table: TableName, devices: Set<String>?, reader: any PartReading
  ) throws -> RowSource {
    let name = table.directoryName + "/" + part.path
    if let known = rows.withLock({ $0[name] }) { return known }
    let isWhole = devices.map { $0.count > 16 } ?? true
    let source = try reader.scan(
      ScanRequest(table: table, path: part.path, devices: isWhole ? nil : devices, from: part.oldest))
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
