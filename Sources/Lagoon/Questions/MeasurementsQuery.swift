public import Primitives
import Registry
import Telemetry

/// What is known of one measurement.
public struct MeasurementSummary: Sendable {
  public var name: String
  /// By name.
  public var fields: [FieldSummary]
  public var rows: Int
  /// The oldest and the newest row's time; nil without rows.
  public var first: UnixNanos?
  public var last: UnixNanos?
}

/// Asks which measurements there are.
public struct MeasurementsQuery: Sendable {
  public init() {}

  /// By name.
  ///
  /// - Parameter contents: what parts hold, by device: for somebody whose scope is limited.
  /// - Throws: what the reader throws, of a limited scope alone.
  public func run(
    on view: LagoonView, directory: any DeviceDirectory = EmptyDirectory(), contents: PartContents = PartContents()
  ) throws -> [MeasurementSummary] {
    if !view.scope.isEverything { return try scoped(view, directory, contents) }
    return view.measurements.map { name, table in
      var summary = MeasurementSummary(name: name, fields: Self.fields(of: table), rows: 0, first: nil, last: nil)
      for part in table.parts where part.rowCount > 0 {
        summary.rows += part.rowCount
        summary.first = min(summary.first ?? .max, part.oldest)
        summary.last = max(summary.last ?? .min, part.newest)
      }
      for source in table.unsealed { Self.add(source, to: &summary) }
      return summary
    }
  }

  private static func add(_ source: RowSource, to summary: inout MeasurementSummary) {
    var oldest = Int64.max
    var newest = Int64.min
    for chunk in source.chunks {
      summary.rows += chunk.count
      chunk.withTimes { _, times in
        for row in times.indices {
          oldest = min(oldest, times[row])
          newest = max(newest, times[row])
        }
      }
    }
    if oldest > newest { return }
    let unit = source.precision.unitNanos
    summary.first = min(summary.first ?? .max, oldest * unit)
    summary.last = max(summary.last ?? .min, newest * unit)
  }

  /// The fields of parts and of unsealed rows; a part's schema knows a type better than a few rows.
  static func fields(of table: TableView) -> [FieldSummary] {
    var known: [String: FieldSummary] = [:]
    for field in table.fields { known[field.name] = field }
    for source in table.unsealed {
      for (column, field) in source.fields.enumerated() {
        if let summary = known[field.name] {
          if summary.unit.isEmpty { known[field.name]?.unit = field.unit }
        } else if let type = type(of: column, in: source) {
          known[field.name] = FieldSummary(name: field.name, type: type, unit: field.unit)
        }
      }
    }
    return known.values.sorted { $0.name < $1.name }
  }

  private static func type(of column: Int, in source: RowSource) -> FieldType? {
    var seen: Set<UInt8> = []
    for chunk in source.chunks {
      chunk.withColumn(column) { rows in
        var last: UInt8 = 0
        for row in rows.tags.indices where rows.tags[row] != last {
          last = rows.tags[row]
          seen.insert(last)
        }
      }
    }
    let tags = seen.map { ValueTag(rawValue: $0) }
    if tags.contains(.string) { return .string }
    if tags.contains(where: \.isDecimal) { return .decimal }
    if tags.contains(.double) { return .double }
    if tags.contains(.integer) { return .integer }
    return tags.contains(.boolean) ? .boolean : nil
  }
}
