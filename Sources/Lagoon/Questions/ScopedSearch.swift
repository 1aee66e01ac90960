import Primitives
import Registry
import Telemetry

/// Looks for whether anything of a name exists for somebody whose scope is limited, where an answer held nothing of it.
///
/// It stops at the first row that is found.
public struct ScopedSearch {
  private let view: LagoonView
  private let filter: ScopeFilter
  private let devices: Set<String>

  /// - Parameter view: of somebody whose scope is limited.
  public init(_ view: LagoonView, directory: any DeviceDirectory) {
    self.view = view
    filter = ScopeFilter(scope: view.scope, directory: directory)
    devices = directory.devices(everWithin: view.scope) ?? []
  }

  /// Whether a measurement has rows that exist for who asks, and among them some with that field and those tags.
  ///
  /// - Throws: what the reader throws.
  public func has(_ table: TableName, field: String? = nil, tag: String? = nil) throws -> Bool {
    guard let table = view.tables[table], !devices.isEmpty else { return false }
    for source in table.unsealed where hasRow(source, field, tag) { return true }
    for part in table.parts.sorted(by: { $0.newest > $1.newest }) {
      if let range = part.devices, !devices.contains(where: range.contains) { continue }
      try view.probe.check()
      let source = try view.reader.scan(
        ScanRequest(
          table: table.name, path: part.path, devices: devices, from: part.oldest, fields: field.map { [$0] } ?? [],
          arrivals: false))
      if hasRow(source, field, tag) { return true }
    }
    return false
  }

  private func hasRow(_ source: RowSource, _ field: String?, _ tag: String?) -> Bool {
    let column = field.flatMap { source.column(of: $0) }
    if field != nil && column == nil { return false }
    let unit = source.precision.unitNanos
    var isAsked = [Bool?](repeating: nil, count: source.series.count)
    for chunk in source.chunks {
      if let column, !chunk.hasColumn(column) { continue }
      for row in 0..<chunk.count {
        if let column, chunk.tag(row, column: column) == .null { continue }
        let series = chunk.series(row)
        let isKnown = isAsked[Int(series)]
        let asked = isKnown ?? isInside(series, of: source.series, tag)
        isAsked[Int(series)] = asked
        if asked, filter.takes(source.series.device(series), at: chunk.time(row) * unit) { return true }
      }
    }
    return false
  }

  private func isInside(_ series: UInt32, of list: SeriesList, _ tag: String?) -> Bool {
    guard devices.contains(list.device(series)) else { return false }
    return tag.map { name in list[series].tags.contains { $0.name == name } } ?? true
  }
}
