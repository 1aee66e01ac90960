import Parquet
public import Telemetry

/// What a field holds, as a client is told.
public enum FieldType: String, Sendable {
  case integer, decimal, double, boolean, string
}

/// A field as a table knows it.
public struct FieldSummary: Hashable, Sendable {
  public var name: String
  public var type: FieldType
  /// Empty if none was sent.
  public var unit: String

  public init(name: String, type: FieldType, unit: String = "") {
    self.name = name
    self.type = type
    self.unit = unit
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
