import Primitives
import Telemetry

/// Rows of one page, and where the next one begins; nil at the end. Rows lie in columns until they are asked for: a row
/// of a wide table weighs ten times as much by itself.
public struct RowPage: Sendable {
  public internal(set) var next: PageCursor?
  /// What could not be read of what it was looked for in.
  public internal(set) var missing: [MissingTable] = []
  private var entries: [Entry] = []
  private let measurement: String?
  private var columnBytes = 0

  private enum Entry: Sendable {
    case lying(FoundRow)
    /// One that is made of several.
    case made(ResultRow)
  }

  init(measurement: String? = nil) { self.measurement = measurement }

  /// How many rows it has.
  public var count: Int { entries.count }

  /// One of its rows.
  public func row(_ index: Int) -> ResultRow {
    switch entries[index] {
    case .lying(let found): found.result(measurement: measurement)
    case .made(let row): row
    }
  }

  /// All its rows.
  public var rows: [ResultRow] { entries.indices.map(row) }

  /// Memory held, in bytes, about.
  public var byteCount: Int {
    entries.reduce(columnBytes) { sum, entry in
      switch entry {
      case .lying: sum + MemoryLayout<Entry>.stride
      case .made(let row): sum + MemoryLayout<Entry>.stride + 128 + row.fields.count * 64
      }
    }
  }

  mutating func append(_ row: FoundRow) { entries.append(.lying(row)) }
  mutating func append(_ row: ResultRow) { entries.append(.made(row)) }

  /// Copies the rows out of where they were found, so that a page keeps nothing else in memory.
  mutating func detach() {
    var places: [ObjectIdentifier: [Int]] = [:]
    for (index, entry) in entries.enumerated() {
      if case .lying(let row) = entry { places[ObjectIdentifier(row.chunk), default: []].append(index) }
    }
    for indexes in places.values {
      guard case .lying(let first) = entries[indexes[0]] else { continue }
      let kept = RowChunk(capacity: indexes.count)
      let source = RowSource(
        chunks: [], series: first.source.series, fields: first.source.fields, precision: first.source.precision)
      for (place, index) in indexes.enumerated() {
        guard case .lying(let row) = entries[index] else { continue }
        kept.appendCopy(of: row.row, from: row.chunk)
        entries[index] = .lying(FoundRow(source: source, chunk: kept, row: place, time: row.time))
      }
      columnBytes += kept.byteCount
    }
  }
}
