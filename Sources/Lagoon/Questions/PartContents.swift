import Primitives
import Registry
import Synchronization
import Telemetry

/// What a part holds of each of its devices: looked at once, since parts never change.
public final class PartContents: Sendable {
  /// Of one device.
  struct Content: Sendable {
    var rows = 0
    var oldest = UnixNanos.max
    var newest = UnixNanos.min
    /// The fields that any of its rows has.
    var fields: Set<String> = []

    mutating func add(_ other: Content) {
      rows += other.rows
      oldest = min(oldest, other.oldest)
      newest = max(newest, other.newest)
      fields.formUnion(other.fields)
    }
  }

  /// A part, and who looks at it by which registry.
  struct Look: Hashable, Sendable {
    var part: String
    var scope: DeviceScope
    var registry: UInt64
  }

  private static let sumsAtMost = 65_536

  private let known = Mutex<[String: [String: Content]]>([:])
  private let sums = Mutex<[Look: Content]>([:])

  public init() {}

  /// What a scope sees of a part, worked out once.
  func sum(_ look: Look, orFind find: () throws -> Content) rethrows -> Content {
    if let known = sums.withLock({ $0[look] }) { return known }
    let found = try find()
    sums.withLock { sums in
      if sums.count >= Self.sumsAtMost { sums = sums.filter { $0.key.registry == look.registry } }
      // Any one: it is found out again when it is asked for.
      if sums.count >= Self.sumsAtMost, let one = sums.keys.first { sums[one] = nil }
      sums[look] = found
    }
    return found
  }

  /// By device.
  func content(of part: QueryPart, in table: TableName, _ view: LagoonView) throws -> [String: Content] {
    let name = table.directoryName + "/" + part.path
    if let found = known.withLock({ $0[name] }) { return found }
    let source = try view.reader.scan(ScanRequest(table: table, path: part.path, from: part.oldest, arrivals: false))
    var found: [String: Content] = [:]
    Self.add(source, to: &found) { _, _ in true }
    known.withLock { [found] known in
      var devices = known.values.reduce(found.count) { $0 + $1.count }
      while devices > Limits.knownPartDevices, let one = known.keys.first {
        devices -= known[one]?.count ?? 0
        known[one] = nil
      }
      known[name] = found
    }
    return found
  }

  /// Adds what a source holds of each device.
  ///
  /// - Parameter takes: whether a series' row of that time counts.
  static func add(
    _ source: RowSource, to found: inout [String: Content], takes: (_ series: UInt32, _ time: UnixNanos) -> Bool
  ) {
    let unit = source.precision.unitNanos
    var contents = [Content](repeating: Content(), count: source.series.count)
    var hasField = [Bool](repeating: false, count: source.series.count * source.fields.count)
    for chunk in source.chunks {
      let columns = source.fields.indices.filter { chunk.hasColumn($0) }
      for row in 0..<chunk.count {
        let series = Int(chunk.series(row))
        let time = chunk.time(row) * unit
        if !takes(UInt32(series), time) { continue }
        contents[series].rows += 1
        contents[series].oldest = min(contents[series].oldest, time)
        contents[series].newest = max(contents[series].newest, time)
        for column in columns where chunk.tag(row, column: column) != .null {
          hasField[series * source.fields.count + column] = true
        }
      }
    }
    for series in contents.indices where contents[series].rows > 0 {
      var content = contents[series]
      for (column, field) in source.fields.enumerated() where hasField[series * source.fields.count + column] {
        content.fields.insert(field.name)
      }
      found[source.series.device(UInt32(series)), default: Content()].add(content)
    }
  }
}
