import Parquet
import Primitives
public import Telemetry

extension Catalogue: PartReading {
  public func scan(_ request: ScanRequest) throws -> RowSource {
    guard let table = table(request.table) else {
      throw QueryError.unreadableTable(request.table.displayName, cause: "there is none")
    }
    let unit = table.precision.unitNanos
    // A time within a unit belongs to it: both bounds are raised to whole units.
    let from = request.from == .min ? Int64.min : -flooredDivision(-request.from, by: unit)
    let to = request.to == .max ? Int64.max : -flooredDivision(-request.to, by: unit)
    // The part may have left the table since the view was taken; its file is still there.
    let part = Part(
      path: request.path, date: "", rowCount: 0, byteCount: 0, oldestTime: 0, newestTime: 0, firstDevice: "",
      lastDevice: "", source: nil)
    return try scan(
      part, of: table, devices: request.devices, times: from < to ? from..<to : 0..<0, fields: request.fields,
      arrivals: request.arrivals, probe: request.probe)
  }

  /// Why a part cannot be read, without the paths of this machine, which are nobody else's business.
  func unreadable(_ table: TableName, _ part: String, _ error: any Error) -> QueryError {
    if let error = error as? QueryError { return error }
    return .unreadablePart(
      table: table.displayName, part: part, cause: "\(error)".replacing(data + "/", with: ""))
  }
}

extension TableState {
  /// The fields with the types of their columns.
  public var fieldSummaries: [FieldSummary] {
    schema.columns.filter { $0.role == .field }.map {
      FieldSummary(name: $0.wireName, type: FieldType($0.type), unit: $0.unit)
    }
  }
}

extension FieldType {
  init(_ type: ColumnType) {
    switch type {
    case .int64, .timestampMillis, .timestampMicros: self = .integer
    case .decimal: self = .decimal
    case .double: self = .double
    case .boolean: self = .boolean
    case .string: self = .string
    }
  }

  /// The type of a single value.
  public init(_ tag: ValueTag) {
    switch tag {
    case .integer: self = .integer
    case .boolean: self = .boolean
    case .string: self = .string
    case .double: self = .double
    default: self = .decimal
    }
  }
}
