import Primitives
import Registry
import Telemetry

/// Measurements of somebody for whom some devices alone exist: rows, times and fields of those, and no measurement
/// without any.
extension MeasurementsQuery {
  func scoped(
    _ view: LagoonView, _ directory: any DeviceDirectory, _ contents: PartContents
  ) throws -> [MeasurementSummary] {
    let filter = ScopeFilter(scope: view.scope, directory: directory)
    let devices = directory.devices(everWithin: view.scope) ?? []
    if devices.isEmpty { return [] }
    // Of most devices all that they sent is in the scope, or nothing.
    let changes = directory.changes(from: .min, to: .max)
    var summaries: [MeasurementSummary] = []
    for (name, table) in view.measurements {
      var sum = PartContents.Content()
      var found: [String: PartContents.Content] = [:]
      for source in table.unsealed {
        PartContents.add(source, to: &found) { devices.contains($0) && filter.takes($0, at: $1) }
      }
      for part in table.parts where part.rowCount > 0 {
        if let range = part.devices, !devices.contains(where: range.contains) { continue }
        try view.probe.check()
        var cut: Set<String> = []
        for (device, content) in try contents.content(of: part, in: table.name, view) where devices.contains(device) {
          let isInside = filter.takes(device, at: content.oldest)
          if Self.isConstant(changes, content.oldest, content.newest) {
            if isInside { sum.add(content) }
          } else {
            cut.insert(device)
          }
        }
        if cut.isEmpty { continue }
        let source = try view.reader.scan(
          ScanRequest(table: table.name, path: part.path, devices: cut, from: part.oldest, arrivals: false))
        PartContents.add(source, to: &found) { cut.contains($0) && filter.takes($0, at: $1) }
      }
      for content in found.values { sum.add(content) }
      if sum.rows == 0 { continue }
      let fields = Self.fields(of: table).filter { sum.fields.contains($0.name) }
      summaries.append(
        MeasurementSummary(name: name, fields: fields, rows: sum.rows, first: sum.oldest, last: sum.newest))
    }
    return summaries
  }

  /// Whether the registry says the same from one time to another.
  private static func isConstant(_ changes: [UnixNanos], _ oldest: UnixNanos, _ newest: UnixNanos) -> Bool {
    !changes.contains { $0 > oldest && $0 <= newest }
  }
}
