import Parquet
import Primitives
import Sys
public import Telemetry

extension Catalogue {
  /// Devices up to which a question's columns are kept as they were decoded.
  static let fewDevices = 32

  /// Reads rows of a part.
  ///
  /// - Parameters:
  ///   - devices: only those; nil for all.
  ///   - times: half-open, in the table's unit; nil for all.
  ///   - fields: only those; nil for all.
  ///   - arrivals: whether the arrival times are wanted too.
  public func scan(
    _ part: Part, of table: TableState, devices: Set<String>? = nil, times: Range<Int64>? = nil,
    fields: [String]? = nil, arrivals: Bool = true, probe: QuestionProbe = .never
  ) throws -> RowSource {
    let path = directory(of: table.name) + "/" + part.path
    do {
      var scan = PartScan(
        reader: try cache.reader(path, precision: table.precision), schema: Self.readingSchema(of: table),
        precision: table.precision,
        devices: devices, times: times, fields: fields, arrivals: arrivals)
      scan.probe = probe
      if let devices, devices.count <= Self.fewDevices { scan.cache = (columnCache, path) }
      return try scan.run()
    } catch {
      noteMissing(part.path, of: table.name)
      throw unreadable(table.name, part.path, error)
    }
  }

  /// The table's columns, and of what its rows' series are.
  static func readingSchema(of table: TableState) -> TableSchema {
    var schema = table.schema
    if case .events = table.name { schema.kind = .events }
    schema.measurement = table.name.displayName
    return schema
  }
}

extension Part {
  /// Whether its bounds allow rows of that device.
  func mayHold(device: String) -> Bool {
    !device.utf8.lexicographicallyPrecedes(firstDevice.utf8) && !lastDevice.utf8.lexicographicallyPrecedes(device.utf8)
  }
}
