import Primitives
import Telemetry

/// Asks for the events that came in a range of versions, in the order of their coming.
public struct ArrivedEventsQuery: Sendable {
  /// Inclusive; a version as `ChangesQuery` has them.
  public var since: Int64
  /// Exclusive.
  public var until: Int64
  /// The largest answer; more is an error.
  public var most: Int

  public init(since: Int64, until: Int64, most: Int) {
    self.since = since
    self.until = until
    self.most = most
  }

  public struct Arrived: Sendable {
    public var row: ResultRow
    public var version: Int64
    /// Its place among the events of that version, which depends on nothing but what they say.
    public var ordinal: Int
  }

  public struct Answer: Sendable {
    public var events: [Arrived]
    /// What could not be read of what may have come.
    public var missing: [MissingTable]
  }

  /// - Throws: `QueryError.tooManyChanges`, or what the reader throws.
  public func run(on view: LagoonView) throws -> Answer {
    var missing = MissingTables(view, among: [.events])
    guard let table = view.tables[.events] else { return Answer(events: [], missing: missing.all) }
    var found: [Int64: [FoundRow]] = [:]
    var count = 0
    for source in table.unsealed { try add(source, to: &found, &count) }
    for part in table.parts where part.mayHold(versionsSince: since) {
      try view.probe.check()
      let source = try missing.reading(table.name) {
        try view.reader.scan(ScanRequest(table: table.name, path: part.path))
      }
      if let source { try add(source, to: &found, &count) }
    }
    return Answer(events: Self.ordered(found), missing: missing.all)
  }

  private static func ordered(_ found: [Int64: [FoundRow]]) -> [Arrived] {
    found.keys.sorted().flatMap { version in
      ResultRow.ordered((found[version] ?? []).map { $0.result() }).enumerated().map {
        Arrived(row: $0.element, version: version, ordinal: $0.offset)
      }
    }
  }

  private func add(
    _ source: RowSource, to found: inout [Int64: [FoundRow]], _ count: inout Int
  ) throws(QueryError) {
    let unitNanos = source.precision.unitNanos
    for chunk in source.chunks {
      for row in 0..<chunk.count {
        let version = chunk.arrivalVersion(row, unitNanos: unitNanos)
        if version < since || version >= until { continue }
        count += 1
        if count > most { throw QueryError.tooManyChanges(limit: most) }
        found[version, default: []].append(
          FoundRow(source: source, chunk: chunk, row: row, time: chunk.time(row) * unitNanos))
      }
    }
  }
}
