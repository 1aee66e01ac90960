import Primitives
import Registry
import Telemetry

/// Measurements of somebody for whom some devices alone exist: rows, times and fields of those, and no measurement
/// without any.
extension MeasurementsQuery {
  func scoped(
    _ view: LagoonView, _ directory: any DeviceDirectory, _ contents: PartContents
  ) throws -> [MeasurementSummary] {
    let devices = directory.devices(everWithin: view.scope) ?? []
    if devices.isEmpty { return [] }
    let changes = directory.changes(from: .min, to: .max)
    let look = ScopedLook(
      view: view, filter: ScopeFilter(scope: view.scope, directory: directory), devices: devices, changes: changes)
    var summaries: [MeasurementSummary] = []
    for (name, table) in view.measurements {
      var sum = PartContents.Content()
      var found: [String: PartContents.Content] = [:]
      for source in table.unsealed { look.add(source, to: &found) }
      for part in table.parts where part.rowCount > 0 {
        if let range = part.devices, !devices.contains(where: range.contains) { continue }
        try view.probe.check()
        let place = PartContents.Look(
          part: table.name.directoryName + "/" + part.path, scope: view.scope, registry: directory.edition)
        sum.add(try contents.sum(place) { try look.sum(of: part, in: table.name, contents) })
      }
      for content in found.values { sum.add(content) }
      if sum.rows == 0 { continue }
      let fields = Self.fields(of: table).filter { sum.fields.contains($0.name) }
      summaries.append(
        MeasurementSummary(name: name, fields: fields, rows: sum.rows, first: sum.oldest, last: sum.newest))
    }
    return summaries
  }
}

/// Somebody who looks at rows and parts, and sees of them what is in their scope.
private struct ScopedLook {
  let view: LagoonView
  let filter: ScopeFilter
  /// Those that are in the scope at some time.
  let devices: Set<String>
  /// The instants at which the registry changes.
  let changes: [UnixNanos]

  /// Adds what is seen of a source, by device.
  ///
  /// - Parameter wanted: only these; nil for all.
  func add(_ source: RowSource, to found: inout [String: PartContents.Content], wanted: Set<String>? = nil) {
    var verdicts = ScopeVerdicts(changes: changes, count: source.series.count)
    PartContents.add(source, to: &found) { series, time in
      verdicts.takes(Int(series), at: time) {
        let device = source.series.device(series)
        return (wanted ?? devices).contains(device) && filter.takes(device, at: time)
      }
    }
  }

  /// What is seen of a part. Of most devices that is all that they sent, or nothing: only of others rows are looked at.
  func sum(of part: QueryPart, in table: TableName, _ contents: PartContents) throws -> PartContents.Content {
    var sum = PartContents.Content()
    var cut: Set<String> = []
    for (device, content) in try contents.content(of: part, in: table, view) where devices.contains(device) {
      let isInside = filter.takes(device, at: content.oldest)
      if isConstant(content.oldest, content.newest) {
        if isInside { sum.add(content) }
      } else {
        cut.insert(device)
      }
    }
    if cut.isEmpty { return sum }
    let source = try view.reader.scan(
      ScanRequest(table: table, path: part.path, devices: cut, from: part.oldest, arrivals: false))
    var found: [String: PartContents.Content] = [:]
    add(source, to: &found, wanted: cut)
    for content in found.values { sum.add(content) }
    return sum
  }

  /// Whether the registry says the same from one time to another.
  private func isConstant(_ oldest: UnixNanos, _ newest: UnixNanos) -> Bool {
    !changes.contains { $0 > oldest && $0 <= newest }
  }
}
